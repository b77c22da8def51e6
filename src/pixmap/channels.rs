//! Rows of texels in another order of channels.
//!
//! Invariant: every pair of formats is converted but color to mask, which a cache refuses.

use super::PixelFormat;

/// Returns a row in the format `to`. Copies it into `converted` unless it is in that format already.
pub(crate) fn row_as<'a>(
    row: &'a [u8],
    (from, to): (PixelFormat, PixelFormat),
    converted: &'a mut Vec<u8>,
) -> &'a [u8] {
    if from == to {
        return row;
    }
    converted.clear();
    if from == PixelFormat::R8 {
        // Gray as three equal channels, opaque.
        converted.extend(row.iter().flat_map(|gray| [*gray, *gray, *gray, 255]));
    } else {
        let (texels, _) = row.as_chunks::<4>();
        converted.extend(texels.iter().flat_map(|[a, b, c, d]| [*c, *b, *a, *d]));
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_and_blue_change_places_and_gray_becomes_opaque() {
        let mut buffer = Vec::new();
        let mut row = |row: &[u8], from, to| row_as(row, (from, to), &mut buffer).to_vec();
        assert_eq!(
            row(&[1, 2, 3, 4], PixelFormat::Rgba8, PixelFormat::Bgra8),
            [3, 2, 1, 4]
        );
        assert_eq!(
            row(&[1, 2, 3, 4], PixelFormat::Rgba8, PixelFormat::Rgba8),
            [1, 2, 3, 4]
        );
        assert_eq!(
            row(&[9, 7], PixelFormat::R8, PixelFormat::Bgra8),
            [9, 9, 9, 255, 7, 7, 7, 255]
        );
    }
}
