//! The options that all shows have, and the command line of an example: these, and what it takes itself.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;
use pixmap_cache::Size;
use wgpu::Backends;

/// Their part of a help text.
pub const STAGE_HELP: &str = "  --headless         draw off screen, also where there is a display
  --backend NAME     vulkan, gl, metal or dx12 [WGPU_BACKEND, or the best there is]
  --adapter NAME     the adapter whose name contains NAME [the fastest kind there is]
  --size WxH         size of the window or picture [1280x720]
  --frames N         end after so many frames [a window: when it is closed]
";

/// The help on `--out` of shows that write one picture.
const OUT_HELP: &str = "  --out FILE.png     the last frame drawn off screen
";
const HELP_HELP: &str = "  -h, --help         this text
";

const BACKENDS: [(&str, Backends); 4] = [
    ("vulkan", Backends::VULKAN),
    ("gl", Backends::GL),
    ("metal", Backends::METAL),
    ("dx12", Backends::DX12),
];

/// Most frames and largest target: beyond them a mistyped number would run for hours or fill the memory.
const MAX_FRAMES: u32 = 100_000;
const SIDES: std::ops::RangeInclusive<u32> = 64..=8192;

#[derive(Clone, Debug)]
pub struct StageOptions {
    pub headless: bool,
    pub backends: Backends,
    /// Part of the adapter's name, in any case.
    pub adapter: Option<String>,
    pub size: Size,
    /// `None` leaves it to the one who closes the window, or to the example.
    pub frames: Option<u32>,
    /// What it names, and what it is otherwise, is the example's.
    pub out: Option<PathBuf>,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self {
            headless: false,
            backends: Backends::from_env().unwrap_or(Backends::PRIMARY | Backends::SECONDARY),
            adapter: None,
            size: Size::new(1280, 720),
            frames: None,
            out: None,
        }
    }
}

/// What an example may take itself.
pub enum Own<'a> {
    /// `--name`, whose value the parser has, if it has one.
    Option(&'a str),
    /// What isn't an option.
    Value(OsString),
}

impl StageOptions {
    /// The command line of an example without options of its own; `None` when it asked for help, which was printed:
    /// `about`, then the options.
    pub fn from_command_line(about: &str) -> Result<Option<Self>, String> {
        Self::from_command_line_with(&format!("{about}\n\nOptions:\n"), |_, _| Ok(false))
    }

    /// The same for an example with some: `take` answers whether it took one, and `about` ends with the help on them.
    pub fn from_command_line_with(
        about: &str,
        take: impl FnMut(Own, &mut lexopt::Parser) -> Result<bool, String>,
    ) -> Result<Option<Self>, String> {
        let options = Self::parse(lexopt::Parser::from_env(), take)?;
        if options.is_none() {
            print!("{about}{STAGE_HELP}{OUT_HELP}{HELP_HELP}");
        }
        Ok(options)
    }

    /// `None` when help was asked for. What `take` takes is no longer the stage's.
    pub fn parse(
        mut parser: lexopt::Parser,
        mut take: impl FnMut(Own, &mut lexopt::Parser) -> Result<bool, String>,
    ) -> Result<Option<Self>, String> {
        let mut options = Self::default();
        while let Some(arg) = parser.next().map_err(complaint)? {
            match arg {
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                Arg::Long(name) => {
                    let name = name.to_owned();
                    if !take(Own::Option(&name), &mut parser)? && !options.take(&name, &mut parser)? {
                        return Err(format!("there is no option --{name}; --help lists them."));
                    }
                }
                Arg::Value(value) => {
                    if !take(Own::Value(value.clone()), &mut parser)? {
                        return Err(complaint(Arg::Value(value).unexpected()));
                    }
                }
                unexpected => return Err(complaint(unexpected.unexpected())),
            }
        }
        Ok(Some(options))
    }

    /// Takes the option `--name`, and its value from `parser`; false when it isn't one of these.
    fn take(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<bool, String> {
        match name {
            "headless" => self.headless = true,
            "backend" => self.backends = choose(name, &text(parser)?, &BACKENDS)?,
            "adapter" => self.adapter = Some(text(parser)?),
            "size" => self.size = parse_size(&text(parser)?)?,
            "frames" => self.frames = Some(parse_frames(&text(parser)?)?),
            "out" => self.out = Some(parser.value().map_err(complaint)?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The value of the option that `parser` has just read.
pub fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(complaint)?;
    Ok(value.to_string_lossy().into_owned())
}

pub fn complaint(error: lexopt::Error) -> String {
    format!("{error}; --help lists the options.")
}

/// The choice of that name, in any case.
pub fn choose<T: Copy>(option: &str, value: &str, choices: &[(&str, T)]) -> Result<T, String> {
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

fn parse_frames(value: &str) -> Result<u32, String> {
    match value.parse() {
        Ok(frames) if (1..=MAX_FRAMES).contains(&frames) => Ok(frames),
        _ => Err(format!(
            "--frames takes a whole number from 1 to {MAX_FRAMES}, not {value:?}."
        )),
    }
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
