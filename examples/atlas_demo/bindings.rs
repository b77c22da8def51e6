//! The keys and what they do, in one table used by the help on the screen, `--help`, scripts and the keyboard.

use winit::event::{ElementState, KeyEvent};
use winit::keyboard::{Key, NamedKey};

/// What a key asks of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    HalveBudget,
    DoubleBudget,
    Pause,
    Trim,
    Clear,
    Sampling,
    Atlas,
    Help,
    Picture,
    LoseDevice,
}

pub struct Binding {
    /// Names of the keys in lower case. The first one is shown.
    pub keys: &'static [&'static str],
    pub action: Action,
    /// A word or two, for the bar.
    pub short: &'static str,
    pub long: &'static str,
}

const fn binding(
    keys: &'static [&'static str],
    action: Action,
    (short, long): (&'static str, &'static str),
) -> Binding {
    Binding {
        keys,
        action,
        short,
        long,
    }
}

pub const BINDINGS: [Binding; 10] = [
    binding(
        &["[", "-"],
        Action::HalveBudget,
        ("budget/2", "halve the budget: watch it evict"),
    ),
    binding(
        &["]", "+", "="],
        Action::DoubleBudget,
        ("budget x2", "double the budget"),
    ),
    binding(&["space"], Action::Pause, ("pause", "pause or resume the tour")),
    binding(
        &["t"],
        Action::Trim,
        ("trim", "trim: evict what is not on the screen"),
    ),
    binding(&["c"], Action::Clear, ("clear", "clear: remove every picture")),
    binding(
        &["n"],
        Action::Sampling,
        ("filter", "nearest or linear filtering"),
    ),
    binding(
        &["a"],
        Action::Atlas,
        ("atlas", "atlas: ages, texels, large, off"),
    ),
    binding(
        &["p"],
        Action::Picture,
        ("picture", "save the window's contents as a PNG"),
    ),
    binding(
        &["d"],
        Action::LoseDevice,
        ("device", "destroy the device and continue with a new one"),
    ),
    binding(&["h", "f1"], Action::Help, ("help", "more or less help")),
];

/// Returns what a key of that name does.
pub fn action_of(key: &str) -> Option<Action> {
    let named = |binding: &&Binding| binding.keys.iter().any(|name| name.eq_ignore_ascii_case(key));
    BINDINGS.iter().find(named).map(|binding| binding.action)
}

/// Returns what a key does if it was just pressed.
pub fn action_of_event(event: &KeyEvent) -> Option<Action> {
    if event.state != ElementState::Pressed || event.repeat {
        return None;
    }
    match &event.logical_key {
        Key::Character(text) => action_of(text),
        Key::Named(NamedKey::Space) => action_of("space"),
        Key::Named(NamedKey::F1) => action_of("f1"),
        _ => None,
    }
}

/// Returns a line for each key, for `--help`.
pub fn help() -> String {
    let mouse = [("drag".to_owned(), "move the wall"), ("wheel".to_owned(), "zoom")];
    let keys = BINDINGS
        .iter()
        .map(|binding| (binding.keys.join(" "), binding.long));
    let esc = [("esc".to_owned(), "quit")];
    let lines = mouse.into_iter().chain(keys).chain(esc);
    lines
        .map(|(keys, what)| format!("  {keys:<19}{what}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let all: Vec<&str> = BINDINGS
            .iter()
            .flat_map(|binding| binding.keys)
            .copied()
            .collect();
        for (index, key) in all.iter().enumerate() {
            assert!(!all[..index].contains(key), "{key} is bound twice");
        }
    }

    #[test]
    fn every_key_of_the_table_is_found_in_either_case() {
        for binding in &BINDINGS {
            for key in binding.keys {
                assert_eq!(action_of(key), Some(binding.action), "{key}");
                assert_eq!(action_of(&key.to_uppercase()), Some(binding.action), "{key}");
            }
        }
        assert_eq!(action_of("x"), None);
    }

    #[test]
    fn the_help_names_every_action() {
        let help = help();
        for binding in &BINDINGS {
            assert!(
                help.contains(binding.long),
                "{} is missing in the help",
                binding.long
            );
        }
    }
}
