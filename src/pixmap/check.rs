//! Whether a pixmap's fields agree with each other. Knows no cache.

use super::{Pixmap, chain};
use crate::error::InsertError;
use crate::geometry::Size;

/// Checks the bytes of a pixmap, and the levels that it brings.
pub(crate) fn levels(pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
    bytes(pixmap)?;
    for (level, brought) in (1..).zip(pixmap.levels) {
        let expected = if level < chain::full_levels(pixmap.size) {
            chain::level_size(pixmap.size, level)
        } else {
            Size::default()
        };
        let got = brought.size;
        if got != expected || expected.is_empty() || brought.format != pixmap.format {
            return Err(InsertError::WrongLevel { level, expected, got });
        }
        bytes(&brought.as_pixmap())?;
    }
    Ok(())
}

/// Checks that the number of bytes agrees with the other fields.
fn bytes(pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
    let row_bytes = pixmap.row_bytes() as u64;
    let bytes_per_row = u64::from(pixmap.bytes_per_row);
    if bytes_per_row < row_bytes {
        return Err(InsertError::RowTooShort {
            expected: row_bytes,
            got: bytes_per_row,
        });
    }
    let expected = bytes_per_row * u64::from(pixmap.size.height);
    let least = expected - bytes_per_row + row_bytes;
    let got = pixmap.bytes.len() as u64;
    if got < least || got > expected {
        return Err(InsertError::WrongLength { expected, got });
    }
    Ok(())
}
