//! Text as coverage: lines of glyphs in Noto Sans Mono, from the crate `noto-sans-mono-bitmap`.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// How a piece of text stands out; the shade is `panel.wgsl`'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain = 0,
    Dim = 127,
    Accent = 255,
}

pub type Line = Vec<(Tone, String)>;

/// Texels of two bytes: a glyph's coverage and its tone.
pub struct Sheet {
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// The size of the letters, and the lengths that follow from it, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letters {
    glyphs: RasterHeight,
}

impl Letters {
    /// Returns one of two sizes: only whole factors are crisp.
    pub fn at_scale(scale_factor: f64) -> Self {
        let glyphs = if scale_factor >= 1.5 {
            RasterHeight::Size32
        } else {
            RasterHeight::Size16
        };
        Self { glyphs }
    }

    pub fn advance(self) -> u32 {
        get_raster_width(FontWeight::Regular, self.glyphs) as u32
    }

    fn glyph_height(self) -> u32 {
        self.glyphs.val() as u32
    }

    pub fn line_height(self) -> u32 {
        self.glyph_height() * 5 / 4
    }

    /// Returns the margin around a panel's text, and between panels.
    pub fn margin(self) -> u32 {
        self.glyph_height() * 5 / 8
    }

    pub fn rasterize(self, lines: &[Line]) -> Sheet {
        let letters = |line: &Line| line.iter().map(|(_, text)| text.chars().count()).sum::<usize>();
        let longest = lines.iter().map(letters).max().unwrap_or(0) as u32;
        let width = longest * self.advance() + 2 * self.margin();
        let height = lines.len() as u32 * self.line_height() + 2 * self.margin();
        let bytes = vec![0; (width * height * 2) as usize];
        let mut sheet = Sheet { width, height, bytes };
        for (line, row) in lines.iter().zip(0..) {
            let y = self.margin() + row * self.line_height() + (self.line_height() - self.glyph_height()) / 2;
            let mut x = self.margin();
            for (tone, text) in line {
                for letter in text.chars() {
                    self.set(&mut sheet, (x, y), (letter, *tone));
                    x += self.advance();
                }
            }
        }
        sheet
    }

    fn set(self, sheet: &mut Sheet, (x, y): (u32, u32), (letter, tone): (char, Tone)) {
        let raster = |letter| get_raster(letter, FontWeight::Regular, self.glyphs);
        let Some(glyph) = raster(letter).or_else(|| raster('?')) else {
            return;
        };
        for (row, line) in glyph.rows().zip(y..) {
            let start = ((line * sheet.width + x) * 2) as usize;
            for (coverage, texel) in row.iter().zip(sheet.bytes[start..].as_chunks_mut::<2>().0) {
                *texel = [*coverage, tone as u8];
            }
        }
    }
}
