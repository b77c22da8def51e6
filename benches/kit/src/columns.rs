//! Tables as text in aligned columns.

use std::fmt::Write;

/// Returns rows of equal length as lines, with every column aligned to the left.
pub fn aligned(rows: &[Vec<String>]) -> String {
    lines(rows, |_, text, width| format!("{text:<width$}"))
}

/// Returns rows of equal length as lines, with the first column aligned to the left and figures to the right.
pub fn aligned_figures(rows: &[Vec<String>]) -> String {
    lines(rows, |column, text, width| match column {
        0 => format!("{text:<width$}"),
        _ => format!("{text:>width$}"),
    })
}

fn lines(rows: &[Vec<String>], pad: impl Fn(usize, &str, usize) -> String) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let padded = row.iter().zip(&widths).enumerate();
        let padded: Vec<String> = padded
            .map(|(column, (cell, &width))| pad(column, cell, width))
            .collect();
        _ = writeln!(text, "{}", padded.join("  ").trim_end());
    }
    text
}
