//! The command line.

use std::path::{Path, PathBuf};

use wgpu::TextureFormat;

use kit::stage::StageOptions;
use kit::stage::options::{HELP_HELP, Own, STAGE_HELP, text};

const ABOUT: &str = "\
Draws a wall of pictures while a pool of threads decodes them, prints how long the cache's part of a frame took, and
writes PNGs: an early frame, with placeholders, and the last one. Always off screen, at a display's frame rate.

Usage: cargo run --release --example threads -- [OPTIONS] [FOLDER]

  FOLDER             show the images of this folder (PNG, JPEG, WebP, GIF, BMP) instead of the Twemoji set

  --threads N        threads of the pool [one less than the machine's cores]
  --out DIR          where the PNGs go [target/threads]
";

/// Frames of the camera's tour, unless --frames gives a number.
const TOUR_FRAMES: u32 = 360;
const MAX_THREADS: usize = 256;

/// The settings of one run.
pub struct Options {
    pub stage: StageOptions,
    pub folder: Option<PathBuf>,
    /// 0 for the default.
    pub threads: usize,
    pub format: TextureFormat,
}

impl Options {
    /// Returns `None` if help is requested.
    pub fn parse(parser: lexopt::Parser) -> Result<Option<Self>, String> {
        let (mut folder, mut threads) = (None, 0);
        let stage = StageOptions::parse(parser, |own, parser| {
            match own {
                Own::Option("threads") => threads = parse_threads(&text(parser)?)?,
                Own::Value(path) if folder.is_none() => folder = Some(path.into()),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(stage.map(|stage| Self {
            stage,
            folder,
            threads,
            format: TextureFormat::Rgba8UnormSrgb,
        }))
    }

    /// Returns the folder for PNGs.
    pub fn out(&self) -> &Path {
        self.stage.out.as_deref().unwrap_or(Path::new("target/threads"))
    }

    pub fn tour_frames(&self) -> u32 {
        self.stage.frames.unwrap_or(TOUR_FRAMES)
    }
}

pub fn help() -> String {
    format!("{ABOUT}\n{STAGE_HELP}{HELP_HELP}")
}

fn parse_threads(value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(threads) if (1..=MAX_THREADS).contains(&threads) => Ok(threads),
        _ => Err(format!(
            "--threads takes a whole number from 1 to {MAX_THREADS}, not {value:?}."
        )),
    }
}
