//! The command line: the options, their values, and the messages about wrong ones.
//!
//! What only the device or the cache can judge (a target too large, a budget too small) is checked later.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use wgpu::TextureFormat;

use crate::bindings;
use crate::script::{SCRIPT_HELP, Script};
use kit::stage::StageOptions;
use kit::stage::options::{HELP_HELP, Own, STAGE_HELP, choose, text};

const ABOUT: &str = "\
Draws a wall of pictures through a texture cache that is much smaller than the wall. With a display, it opens a window.
Without one, or with --headless, it draws --frames frames [360] off screen, prints a report of what the cache did, and
writes PNGs of the last frame, the middle frame and every page of the atlas.

Usage: cargo run --release --example atlas_demo -- [OPTIONS] [FOLDER]

  FOLDER             show the images of this folder (PNG, JPEG, WebP, GIF, BMP) instead of the Twemoji set

  --budget BYTES     VRAM that the cache may use, such as 8MiB or 0.5GiB [16MiB]
  --format FORMAT    texture format of the cache: rgba8unorm, rgba8unorm-srgb, bgra8unorm, bgra8unorm-srgb,
                     or r8unorm, which draws the pictures as ink [rgba8unorm-srgb]
  --seed N           order of the emoji and places that the camera visits [1]
  --script FILE      run the script FILE, described below; `tour` is built in and checks what is drawn
  --record FILE      record which picture is used in which frame, for the replay example
  --animate FILE.gif draw off screen and write an animation in which the budget is cut
  --out DIR          where the PNGs go [target/atlas_demo]
";

const FORMATS: [(&str, TextureFormat); 5] = [
    ("rgba8unorm", TextureFormat::Rgba8Unorm),
    ("rgba8unorm-srgb", TextureFormat::Rgba8UnormSrgb),
    ("bgra8unorm", TextureFormat::Bgra8Unorm),
    ("bgra8unorm-srgb", TextureFormat::Bgra8UnormSrgb),
    ("r8unorm", TextureFormat::R8Unorm),
];

/// The budget before it is cut, unless --budget comes later.
const ANIMATION_BUDGET_BYTES: u64 = 2560 << 10;

/// Frames of the camera's tour, unless --frames gives a number.
const TOUR_FRAMES: u32 = 360;

/// The settings of one run.
pub struct Options {
    pub stage: StageOptions,
    pub folder: Option<PathBuf>,
    pub budget_bytes: u64,
    pub format: TextureFormat,
    pub seed: u64,
    pub script: Option<Script>,
    /// The file for a trace.
    pub record: Option<PathBuf>,
    /// The file for an animation.
    pub animate: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stage: StageOptions::default(),
            folder: None,
            budget_bytes: 16 << 20,
            format: TextureFormat::Rgba8UnormSrgb,
            seed: 1,
            script: None,
            record: None,
            animate: None,
        }
    }
}

impl Options {
    /// Returns the folder for PNGs.
    pub fn out(&self) -> &Path {
        self.stage
            .out
            .as_deref()
            .unwrap_or(Path::new("target/atlas_demo"))
    }

    /// Returns the stage's options for a script that runs to its end off screen.
    pub fn unattended(&self) -> StageOptions {
        StageOptions {
            frames: Some(self.stage.frames.unwrap_or(u32::MAX)),
            out: Some(self.out().join("last.png")),
            ..self.stage.clone()
        }
    }

    pub fn tour_frames(&self) -> u32 {
        self.stage.frames.unwrap_or(TOUR_FRAMES)
    }
}

pub fn help() -> String {
    let keys = bindings::help();
    format!(
        "{ABOUT}\n{STAGE_HELP}{HELP_HELP}\nIn the window:\n\n{keys}\n\
         In a script, one command per line, optionally after `frame N`, counted from 0:\n\n{SCRIPT_HELP}"
    )
}

/// Reads the command line, the program's own name first. Returns `None` if help is requested.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, String> {
    let mut options = Options::default();
    let stage = StageOptions::parse(lexopt::Parser::from_iter(args), |own, parser| {
        match own {
            Own::Option("budget") => options.budget_bytes = parse_bytes(&text(parser)?)?,
            Own::Option("format") => options.format = choose("format", &text(parser)?, &FORMATS)?,
            Own::Option("script") => options.script = Some(Script::open(&text(parser)?)?),
            Own::Option("animate") => {
                options.animate = Some(text(parser)?.into());
                options.script = Some(Script::animation()?);
                options.budget_bytes = ANIMATION_BUDGET_BYTES;
            }
            Own::Option("record") => options.record = Some(text(parser)?.into()),
            Own::Option("seed") => options.seed = parse_seed(&text(parser)?)?,
            Own::Value(path) if options.folder.is_none() => options.folder = Some(path.into()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(stage.map(|stage| Options { stage, ..options }))
}

fn parse_seed(value: &str) -> Result<u64, String> {
    value
        .parse()
        .map_err(|_| format!("--seed takes a whole number from 0 to 2^64 - 1, not {value:?}."))
}

/// Reads `16MiB`, `1.5 GB` or `65536`: a number and an optional unit, a power of 1024 with an `i`, of 1000 without.
pub fn parse_bytes(value: &str) -> Result<u64, String> {
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
