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
