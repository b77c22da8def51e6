//! Sizes in bytes, as people write them.

/// Parses sizes such as `16MiB`, `512 KiB`, `1.5GiB`, `64MB` and `4096`.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let number_end = text
        .find(|c: char| c != '.' && !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let error = || format!("`{text}` is not a size in bytes; write it like 16MiB");
    let unit_bytes = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1_024.0,
        "m" | "mib" => 1_048_576.0,
        "g" | "gib" => 1_073_741_824.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        _ => return Err(error()),
    };
    let number: f64 = number.parse().map_err(|_| error())?;
    Ok((number * unit_bytes) as u64)
}

/// Returns the size in the largest unit that gives at least 1.
pub fn show_bytes(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.into_iter().find(|&(_, bits)| bytes >> bits > 0) {
        Some((unit, bits)) => format!("{:.1} {unit}", bytes as f64 / f64::from(1_u32 << bits)),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_binary_and_decimal_units_and_written_in_binary_ones() {
        let cases = [
            ("16MiB", 16 << 20, "16.0 MiB"),
            ("512 KiB", 512 << 10, "512.0 KiB"),
            ("1.5g", 3 << 29, "1.5 GiB"),
            ("64MB", 64_000_000, "61.0 MiB"),
            ("1023", 1023, "1023 bytes"),
        ];
        for (text, bytes, shown) in cases {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text} is read");
            assert_eq!(show_bytes(bytes), shown, "{text} is written");
        }
        for text in ["", "MiB", "1..5", "16 miles", "-1"] {
            let error = parse_bytes(text).expect_err("not a size");
            assert!(error.contains(&format!("`{text}`")), "{error}: names the text");
        }
    }
}
