//! Text for a terminal: names of files and arguments hold whatever characters their makers chose.

use std::fmt::Display;

/// The text with its control characters escaped, as `\u{1b}`. Printed raw, they would move the cursor, change colors or
/// the window's title, or show a line that the program never wrote.
pub fn printable(text: impl Display) -> String {
    let text = text.to_string();
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if is_command(character) {
            printable.extend(character.escape_debug());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// Control characters, and those that end a line or turn its direction. Quotes and backslashes stay: paths have them.
fn is_command(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_reaches_a_terminal() {
        let name = "a\u{1b}]0;title\u{7}\u{1b}[2J\r\n\u{9b}1m\u{7f}\u{202e}gnp.b";
        let shown = printable(name);
        assert_eq!(
            shown,
            "a\\u{1b}]0;title\\u{7}\\u{1b}[2J\\r\\n\\u{9b}1m\\u{7f}\\u{202e}gnp.b"
        );
        assert!(shown.chars().all(|character| !is_command(character)));
    }

    #[test]
    fn names_in_any_script_and_paths_of_any_system_are_printed_as_they_are() {
        for name in [r#"C:\Bilder\Grüße 'n' "co".png"#, "e\u{301}té/夏/☃.png", ""] {
            assert_eq!(printable(name), name);
        }
    }
}
