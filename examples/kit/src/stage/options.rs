//! The command line of an example: the options that all shows have, and the ones of its own.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;
use pixmap_cache::Size;
use wgpu::Backends;

use crate::draw::gpu::AdapterChoice;

/// The help on these options.
pub const STAGE_HELP: &str = "  --headless         draw off screen even if there is a display
  --backend NAME     vulkan, gl, metal or dx12 [WGPU_BACKEND, or the best available]
  --adapter NAME     the adapter whose name contains NAME [the fastest]
  --size WxH         size of the window or the picture [1280x720]
  --frames N         stop after N frames [a window: when it is closed]
";

/// The help on `--out`, for shows that write one picture.
const OUT_HELP: &str = "  --out FILE.png     where the last frame drawn off screen goes
";
pub const HELP_HELP: &str = "  -h, --help         print this text
";

const BACKENDS: [(&str, Backends); 4] = [
    ("vulkan", Backends::VULKAN),
    ("gl", Backends::GL),
    ("metal", Backends::METAL),
    ("dx12", Backends::DX12),
];

/// Limits that catch a mistyped number, which would run for hours or fill the memory.
const MAX_FRAMES: u32 = 100_000;
const SIDES: std::ops::RangeInclusive<u32> = 64..=8192;

#[derive(Clone, Debug)]
pub struct StageOptions {
    pub headless: bool,
    pub adapter: AdapterChoice,
    pub size: Size,
    /// `None`: until the window is closed, or the example's default off screen.
    pub frames: Option<u32>,
    /// A file or a folder; the example says which, and its default.
    pub out: Option<PathBuf>,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self {
            headless: false,
            adapter: AdapterChoice::default(),
            size: Size::new(1280, 720),
            frames: None,
            out: None,
        }
    }
}

/// An argument that an example may take for itself.
pub enum Own<'a> {
    /// `--name`. Its value, if it has one, is still in the parser.
    Option(&'a str),
    /// An argument that is not an option.
    Value(OsString),
}

impl StageOptions {
    /// Reads the command line of an example without options of its own. Returns `None` after printing the help, which
    /// starts with `about`.
    pub fn from_command_line(about: &str) -> Result<Option<Self>, String> {
        Self::from_command_line_with(&format!("{about}\n\nOptions:\n"), |_, _| Ok(false))
    }

    /// Reads the command line of an example with options of its own. `take` returns whether the argument is one of them;
    /// `about` ends with the help on them.
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

    /// Reads a command line. Returns `None` if it asks for help. `take` sees each argument first.
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

    /// Takes the option `--name` and its value from `parser`. Returns false if it is not one of these options.
    fn take(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<bool, String> {
        match name {
            "headless" => self.headless = true,
            "backend" => self.adapter.backends = choose(name, &text(parser)?, &BACKENDS)?,
            "adapter" => self.adapter.name = Some(text(parser)?),
            "size" => self.size = parse_size(&text(parser)?)?,
            "frames" => self.frames = Some(parse_frames(&text(parser)?)?),
            "out" => self.out = Some(parser.value().map_err(complaint)?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Returns the value of the option that `parser` has just read.
pub fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(complaint)?;
    Ok(value.to_string_lossy().into_owned())
}

/// Returns the message about a wrong command line.
pub fn complaint(error: lexopt::Error) -> String {
    format!("{error}; --help lists the options.")
}

/// Returns the choice with that name, in any case.
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
