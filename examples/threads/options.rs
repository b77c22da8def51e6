//! The command line.

use std::path::PathBuf;

use lexopt::Arg;
use pixmap_cache::Size;
use wgpu::{Backends, TextureFormat};

pub const HELP: &str = "\
Draws a wall of pictures that a pool of threads decodes meanwhile, prints how long the cache's part of a frame took,
and writes PNGs: an early frame, with placeholders, and the last one.

Usage: cargo run --release --example threads -- [OPTIONS] [FOLDER]

  FOLDER             show the images of this folder (PNG, JPEG, WebP, GIF, BMP) instead of the Twemoji set

  --frames N         length of the camera's tour [360]
  --threads N        threads of the pool [one less than the machine has]
  --backend NAME     vulkan, gl, metal or dx12 [the best there is]
  --adapter NAME     the adapter whose name contains NAME [the fastest kind there is]
  --out DIR          where the PNGs go [target/threads]
  --help             this text
";

/// What one run is asked to do.
pub struct Options {
    pub folder: Option<PathBuf>,
    pub frames: u32,
    /// 0 leaves it to the machine.
    pub threads: usize,
    pub size: Size,
    pub format: TextureFormat,
    pub backends: Backends,
    pub adapter: Option<String>,
    pub out: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            frames: 360,
            threads: 0,
            size: Size::new(1280, 720),
            format: TextureFormat::Rgba8UnormSrgb,
            backends: Backends::PRIMARY | Backends::SECONDARY,
            adapter: None,
            out: PathBuf::from("target/threads"),
        }
    }
}

impl Options {
    /// `None` when the help is asked for.
    pub fn parse(mut parser: lexopt::Parser) -> Result<Option<Self>, String> {
        let mut options = Self::default();
        while let Some(arg) = parser.next().map_err(complaint)? {
            match arg {
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                Arg::Long("frames") => options.frames = number(&mut parser, "frames", 100_000)?,
                Arg::Long("threads") => options.threads = number(&mut parser, "threads", 256)? as usize,
                Arg::Long("backend") => options.backends = backends(&text(&mut parser)?)?,
                Arg::Long("adapter") => options.adapter = Some(text(&mut parser)?),
                Arg::Long("out") => options.out = parser.value().map_err(complaint)?.into(),
                Arg::Value(path) if options.folder.is_none() => options.folder = Some(path.into()),
                unexpected => return Err(complaint(unexpected.unexpected())),
            }
        }
        Ok(Some(options))
    }
}

fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(complaint)?;
    Ok(value.to_string_lossy().into_owned())
}

fn number(parser: &mut lexopt::Parser, name: &str, most: u32) -> Result<u32, String> {
    let value = text(parser)?;
    match value.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(format!(
            "--{name} takes a whole number from 1 to {most}, not {value:?}."
        )),
    }
}

fn backends(name: &str) -> Result<Backends, String> {
    match name {
        "vulkan" => Ok(Backends::VULKAN),
        "gl" => Ok(Backends::GL),
        "metal" => Ok(Backends::METAL),
        "dx12" => Ok(Backends::DX12),
        _ => Err(format!(
            "--backend takes one of vulkan, gl, metal, dx12, not {name:?}."
        )),
    }
}

fn complaint(error: lexopt::Error) -> String {
    format!("{error}; --help lists the options.")
}
