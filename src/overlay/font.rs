//! The glyphs of the overlay: Noto Sans Mono, rasterized by the crate `noto-sans-mono-bitmap` at two heights.
//!
//! Even scales use the larger height, so that they are as sharp as odd ones. Characters beyond ASCII become `?`.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

const FIRST: char = ' ';
const LAST: char = '~';
const GLYPHS: u32 = LAST as u32 - FIRST as u32 + 1;

/// Width (which is also the advance) and height of a glyph at scale 1.
pub(super) const GLYPH_WIDTH: u32 = get_raster_width(FontWeight::Regular, RasterHeight::Size16) as u32;
pub(super) const GLYPH_HEIGHT: u32 = RasterHeight::Size16.val() as u32;

const LARGE_WIDTH: u32 = get_raster_width(FontWeight::Regular, RasterHeight::Size32) as u32;
const LARGE_HEIGHT: u32 = RasterHeight::Size32.val() as u32;

/// Size of the texture that holds both heights, the small one above the large one.
pub(super) const SHEET_WIDTH: u32 = LARGE_WIDTH * GLYPHS;
pub(super) const SHEET_HEIGHT: u32 = GLYPH_HEIGHT + LARGE_HEIGHT;

/// Returns the glyphs' coverage, one byte per texel.
pub(super) fn sheet() -> Vec<u8> {
    let mut sheet = vec![0; (SHEET_WIDTH * SHEET_HEIGHT) as usize];
    for glyph in FIRST..=LAST {
        for height in [RasterHeight::Size16, RasterHeight::Size32] {
            let Some(raster) = get_raster(glyph, FontWeight::Regular, height) else {
                continue;
            };
            let [x, y, ..] = source(glyph, height == RasterHeight::Size32);
            for (row, texels) in raster.rows().enumerate() {
                let start = (usize::from(y) + row) * SHEET_WIDTH as usize + usize::from(x);
                sheet[start..start + texels.len()].copy_from_slice(texels);
            }
        }
    }
    sheet
}

/// Returns corner and size of a glyph on the sheet.
pub(super) fn source(glyph: char, large: bool) -> [u16; 4] {
    let known = if (FIRST..=LAST).contains(&glyph) {
        glyph
    } else {
        '?'
    };
    let index = known as u32 - FIRST as u32;
    let [x, y, width, height] = if large {
        [index * LARGE_WIDTH, GLYPH_HEIGHT, LARGE_WIDTH, LARGE_HEIGHT]
    } else {
        [index * GLYPH_WIDTH, 0, GLYPH_WIDTH, GLYPH_HEIGHT]
    };
    [x as u16, y as u16, width as u16, height as u16]
}
