//! Numbers as text: short, and of about the same width from frame to frame.

/// Formats a count with commas between thousands.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a count of things: the noun gets an `s` unless there is one.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// Formats a mean count: with one decimal below 100.
#[cfg(feature = "overlay")]
pub(crate) fn mean(number: f64) -> String {
    if number < 100.0 {
        format!("{number:.1}")
    } else {
        count(number.round() as u64)
    }
}

/// Formats a number of bytes in the largest binary unit that it reaches.
pub(crate) fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1023.5 {
        return format!("{bytes:.0} B");
    }
    let mut amount = bytes / 1024.0;
    let mut unit = 0;
    while amount >= 999.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// Formats a part of a whole in percent: a dash when the whole is zero.
pub(crate) fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{:.1} %", part / whole * 100.0)
    } else {
        "-".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_counted_in_the_singular() {
        let texts = [0, 1, 1000].map(|number| counted(number, "frame"));
        assert_eq!(
            texts,
            ["0 frames", "1 frame", "1,000 frames"],
            "the noun agrees with the number"
        );
    }
}
