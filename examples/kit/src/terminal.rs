//! Text for a terminal. Names of files and arguments may hold any characters.

use std::fmt::Display;

/// Returns the text with its control characters escaped, as `\u{1b}`. Printed raw, they could move the cursor, change
/// colors or the window's title, or fake a line of output.
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

/// Control characters, and those that end a line or reverse its direction. Paths may contain quotes and backslashes.
fn is_command(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
