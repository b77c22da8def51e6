//! The command line: what the options are, what their values may be, and the sentences about wrong ones.
//!
//! What only the device or the cache can judge (a target too large, a budget too small) is checked where it is used.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;
use pixmap_cache::Size;
use wgpu::{Backends, TextureFormat};

pub const HELP: &str = "\
Draws a wall of pictures through a texture cache that is much smaller than the wall, prints what the cache did,
and writes PNGs: the last frame, the middle frame and every page of the atlas.

Usage: cargo run --release --example atlas_demo -- [OPTIONS] [FOLDER]

  FOLDER             show the images of this folder (PNG, JPEG, WebP, GIF, BMP) instead of the Twemoji set

  --budget BYTES     VRAM the cache may use, such as 8MiB or 0.5GiB [16MiB]
  --frames N         length of the camera's tour [360]
  --size WxH         size of the picture that is drawn [1280x720]
  --format FORMAT    texture format of the cache: rgba8unorm, rgba8unorm-srgb, bgra8unorm, bgra8unorm-srgb,
                     or r8unorm, which draws the pictures as ink [rgba8unorm-srgb]
  --backend NAME     vulkan, gl, metal or dx12 [the best there is]
  --adapter NAME     the adapter whose name contains NAME [the fastest kind there is]
  --seed N           order of the emoji and places the camera visits [1]
  --out DIR          where the PNGs go [target/atlas_demo]
  --help             this text
";

const FORMATS: [(&str, TextureFormat); 5] = [
    ("rgba8unorm", TextureFormat::Rgba8Unorm),
    ("rgba8unorm-srgb", TextureFormat::Rgba8UnormSrgb),
    ("bgra8unorm", TextureFormat::Bgra8Unorm),
    ("bgra8unorm-srgb", TextureFormat::Bgra8UnormSrgb),
    ("r8unorm", TextureFormat::R8Unorm),
];

const BACKENDS: [(&str, Backends); 4] = [
    ("vulkan", Backends::VULKAN),
    ("gl", Backends::GL),
    ("metal", Backends::METAL),
    ("dx12", Backends::DX12),
];

/// Longest tour and largest target: beyond them a mistyped number would run for hours or fill the memory.
const MAX_FRAMES: u32 = 100_000;
const SIDES: std::ops::RangeInclusive<u32> = 64..=8192;

/// What one run is asked to do.
pub struct Options {
    pub folder: Option<PathBuf>,
    pub budget_bytes: u64,
    pub frames: u32,
    pub size: Size,
    pub format: TextureFormat,
    pub backends: Backends,
    /// Part of the adapter's name, in any case.
    pub adapter: Option<String>,
    pub seed: u64,
    pub out: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            budget_bytes: 16 << 20,
            frames: 360,
            size: Size::new(1280, 720),
            format: TextureFormat::Rgba8UnormSrgb,
            backends: Backends::PRIMARY | Backends::SECONDARY,
            adapter: None,
            seed: 1,
            out: PathBuf::from("target/atlas_demo"),
        }
    }
}

pub enum Request {
    Help,
    Run(Options),
}

/// Reads the command line, the program's own name first.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
    let mut parser = lexopt::Parser::from_iter(args);
    let mut options = Options::default();
    while let Some(arg) = parser.next().map_err(complaint)? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            Arg::Long("out") => options.out = parser.value().map_err(complaint)?.into(),
            Arg::Long(name) => {
                let name = name.to_owned();
                // Before the value is asked for: an unknown option is the mistake, not its missing value.
                if !matches!(
                    name.as_str(),
                    "budget" | "frames" | "size" | "format" | "backend" | "adapter" | "seed"
                ) {
                    return Err(format!("there is no option --{name}; --help lists them."));
                }
                let value = parser.value().map_err(complaint)?;
                let value = value.to_string_lossy();
                set(&mut options, &name, &value)?;
            }
            Arg::Value(path) if options.folder.is_none() => options.folder = Some(path.into()),
            unexpected => return Err(complaint(unexpected.unexpected())),
        }
    }
    Ok(Request::Run(options))
}

fn complaint(error: lexopt::Error) -> String {
    format!("{error}; --help lists the options.")
}

fn set(options: &mut Options, name: &str, value: &str) -> Result<(), String> {
    match name {
        "budget" => options.budget_bytes = parse_bytes(value)?,
        "frames" => options.frames = parse_frames(value)?,
        "size" => options.size = parse_size(value)?,
        "format" => options.format = choose(name, value, &FORMATS)?,
        "backend" => options.backends = choose(name, value, &BACKENDS)?,
        "adapter" => options.adapter = Some(value.to_owned()),
        "seed" => options.seed = parse_seed(value)?,
        _ => unreachable!("BUG: parse lets only the names above through"),
    }
    Ok(())
}

fn parse_frames(value: &str) -> Result<u32, String> {
    match value.parse() {
        Ok(frames) if (1..=MAX_FRAMES).contains(&frames) => Ok(frames),
        _ => Err(format!(
            "--frames takes a whole number from 1 to {MAX_FRAMES}, not {value:?}."
        )),
    }
}

fn parse_seed(value: &str) -> Result<u64, String> {
    value
        .parse()
        .map_err(|_| format!("--seed takes a whole number from 0 to 2^64 - 1, not {value:?}."))
}

fn parse_size(value: &str) -> Result<Size, String> {
    let side = |text: &str| text.parse().ok().filter(|side| SIDES.contains(side));
    value
        .split_once(['x', 'X'])
        .and_then(|(width, height)| Some(Size::new(side(width)?, side(height)?)))
        .ok_or_else(|| {
            let (least, most) = (SIDES.start(), SIDES.end());
            format!(
                "--size takes WIDTHxHEIGHT, such as 1280x720, sides from {least} to {most}, not {value:?}."
            )
        })
}

/// `16MiB`, `1.5 GB`, `65536`: a number and perhaps a unit, powers of 1024 with an `i` and of 1000 without.
fn parse_bytes(value: &str) -> Result<u64, String> {
    let split = value
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(split);
    let unit_bytes = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1.0),
        "k" | "kb" => Some(1e3),
        "m" | "mb" => Some(1e6),
        "g" | "gb" => Some(1e9),
        "t" | "tb" => Some(1e12),
        "kib" => Some(1024f64),
        "mib" => Some(1024f64.powi(2)),
        "gib" => Some(1024f64.powi(3)),
        "tib" => Some(1024f64.powi(4)),
        _ => None,
    };
    match (number.parse::<f64>(), unit_bytes) {
        (Ok(number), Some(unit_bytes)) => Ok((number * unit_bytes) as u64),
        _ => Err(format!(
            "--budget takes a number and a unit, such as 16MiB or 0.5GiB, not {value:?}."
        )),
    }
}

fn choose<T: Copy>(option: &str, value: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    choices
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|(_, choice)| *choice)
        .ok_or_else(|| {
            let names = names.join(", ");
            format!("--{option} takes one of {names}, not {value:?}.")
        })
}
