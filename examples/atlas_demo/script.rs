//! Scripts: what a user would do, frame by frame, through the same code as the keys. `--script FILE` or `--script tour`.
//!
//! A line is `frame N COMMAND`, or `COMMAND` for the frame of the line before. `#` begins a comment. Frames count from
//! 0 and stand still while a `settle` or `check` waits for pictures.

use std::collections::VecDeque;
use std::path::PathBuf;

use crate::bindings::{Action, action_of};
use crate::options::parse_bytes;

const TOUR: &str = include_str!("tour.script");
const ANIMATION: &str = include_str!("animation.script");

/// For `--help`.
pub const SCRIPT_HELP: &str = "  key K              press a key
  budget BYTES       set the budget
  drag X Y           move the wall by that many pixels
  wheel N            turn the wheel by N notches over the middle, in if positive
  settle             wait without motion until every picture is ready
  check              settle, then compare every visible picture with its source
  screenshot FILE    save what is drawn as a PNG in the folder of --out
  same A B           fail unless two such PNGs show the same
  quit               end the run; without it a window stays open
";

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Act(Action),
    Budget(u64),
    Drag(f32, f32),
    Wheel(f32),
    Settle,
    Check,
    Screenshot(PathBuf),
    Same(PathBuf, PathBuf),
    Quit,
}

/// Commands by ascending frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    steps: VecDeque<(u64, Command)>,
}

impl Script {
    /// Returns the built-in script of that name, or a file's.
    pub fn open(name: &str) -> Result<Self, String> {
        if name == "tour" {
            return Self::parse(TOUR);
        }
        let text = std::fs::read_to_string(name).map_err(|error| {
            format!(
                "the script {name} cannot be read ({error}): give a file, or `tour` for the built-in one."
            )
        })?;
        Self::parse(&text)
    }

    /// Returns the built-in script of `--animate`.
    pub fn animation() -> Result<Self, String> {
        Self::parse(ANIMATION)
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps = VecDeque::new();
        let mut frame = 0;
        for (line, number) in text.lines().zip(1..) {
            let line = line.split('#').next().unwrap_or_default();
            let step =
                parse_line(line, frame).map_err(|error| format!("line {number} of the script: {error}."))?;
            if let Some(step) = step {
                frame = step.0;
                steps.push_back(step);
            }
        }
        Ok(Self { steps })
    }

    /// Returns the next command that is due at `frame`.
    pub fn next_due(&mut self, frame: u64) -> Option<Command> {
        let due = self.steps.front().is_some_and(|(at, _)| *at <= frame);
        due.then(|| self.steps.pop_front())?.map(|(_, command)| command)
    }

    pub fn is_over(&self) -> bool {
        self.steps.is_empty()
    }
}

fn parse_line(line: &str, previous: u64) -> Result<Option<(u64, Command)>, String> {
    let mut words = line.split_whitespace().peekable();
    let mut frame = previous;
    if words.next_if_eq(&"frame").is_some() {
        frame = number(words.next(), "frame")?;
        if frame < previous {
            return Err(format!(
                "frame {frame} comes after frame {previous}: sort the lines"
            ));
        }
    }
    let Some(word) = words.next() else {
        return match line.trim() {
            "" => Ok(None),
            _ => Err("a command is missing".to_owned()),
        };
    };
    let command = match word {
        "key" => Command::Act(key(words.next())?),
        "budget" => Command::Budget(bytes(words.next())?),
        "drag" => Command::Drag(number(words.next(), "drag")?, number(words.next(), "drag")?),
        "wheel" => Command::Wheel(number(words.next(), "wheel")?),
        "settle" => Command::Settle,
        "check" => Command::Check,
        "screenshot" => Command::Screenshot(file(words.next(), "screenshot")?),
        "same" => Command::Same(file(words.next(), "same")?, file(words.next(), "same")?),
        "quit" => Command::Quit,
        _ => return Err(format!("there is no command {word:?}; --help lists them")),
    };
    match words.next() {
        None => Ok(Some((frame, command))),
        Some(more) => Err(format!("{more:?} is one word too many")),
    }
}

fn key(word: Option<&str>) -> Result<Action, String> {
    let name = word.ok_or("key takes a key's name")?;
    action_of(name).ok_or_else(|| format!("there is no key {name:?}; --help lists them"))
}

fn bytes(word: Option<&str>) -> Result<u64, String> {
    let word = word.ok_or("budget takes a number and a unit, such as 4MiB")?;
    parse_bytes(word).map_err(|_| format!("budget takes a number and a unit, such as 4MiB, not {word:?}"))
}

fn file(word: Option<&str>, command: &str) -> Result<PathBuf, String> {
    let file = word.map(PathBuf::from);
    file.ok_or_else(|| format!("{command} takes a file's name"))
}

fn number<T: std::str::FromStr>(word: Option<&str>, command: &str) -> Result<T, String> {
    let number = word.and_then(|word| word.parse().ok());
    number.ok_or_else(|| match word {
        Some(word) => format!("{command} takes a number, not {word:?}"),
        None => format!("{command} takes a number"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<(u64, Command)> {
        Script::parse(text).expect("it parses").steps.into()
    }

    #[test]
    fn a_line_without_a_frame_has_that_of_the_line_before() {
        let expected = [
            (0, Command::Settle),
            (60, Command::Budget(4 << 20)),
            (60, Command::Act(Action::Trim)),
            (90, Command::Quit),
        ];
        let text = "settle\nframe 60 budget 4MiB\nkey T\n\n# nothing\nframe 90 quit # the end";
        assert_eq!(commands(text), expected);
    }

    #[test]
    fn commands_come_when_they_are_due_and_once() {
        let mut script =
            Script::parse("frame 2 key a\nframe 2 drag 1.5 -2\nframe 4 wheel -3").expect("it parses");
        assert_eq!(script.next_due(1), None);
        assert_eq!(script.next_due(2), Some(Command::Act(Action::Atlas)));
        assert_eq!(script.next_due(3), Some(Command::Drag(1.5, -2.0)));
        assert_eq!(script.next_due(3), None);
        assert_eq!(script.next_due(9), Some(Command::Wheel(-3.0)));
        assert!(script.is_over());
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_what_would_do() {
        for (text, part) in [
            (
                "settle\nframe x quit",
                "line 2 of the script: frame takes a number",
            ),
            ("frame 5 quit\nframe 4 quit", "sort the lines"),
            ("frame 5", "a command is missing"),
            ("jump", "there is no command \"jump\""),
            ("key", "key takes a key's name"),
            ("key q", "there is no key \"q\""),
            ("budget much", "such as 4MiB"),
            ("wheel", "wheel takes a number"),
            ("screenshot", "a file's name"),
            ("same a.png", "a file's name"),
            ("quit now", "one word too many"),
        ] {
            let error = Script::parse(text).expect_err(text);
            assert!(error.contains(part), "{text:?} gives {error:?}, without {part:?}");
        }
    }

    #[test]
    fn the_built_in_tour_parses_and_ends() {
        let steps = commands(TOUR);
        assert_eq!(steps.last().map(|(_, command)| command), Some(&Command::Quit));
        assert!(steps.iter().any(|(_, command)| *command == Command::Check));
    }
}
