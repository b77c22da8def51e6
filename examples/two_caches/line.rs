//! A line of text: its glyphs from a pen position on, cut off with an ellipsis where it must end.

use kit::pictures::font::{Font, FontSize};

/// A shaped glyph: its pen position and the next one's.
pub struct Glyph {
    pub glyph: u16,
    pub x: f32,
    end: f32,
}

/// Reused for every line, so that lines do not allocate.
#[derive(Default)]
pub struct Line {
    pub glyphs: Vec<Glyph>,
}

impl Line {
    /// Keeps only glyphs with ink: whitespace needs no mask.
    pub fn shape(&mut self, font: &mut Font, (text, size): (&str, FontSize), (start, right): (f32, f32)) {
        self.glyphs.clear();
        let mut pen = start;
        font.shape(text, size, |shaped| {
            let x = pen + shaped.x;
            pen += shaped.advance;
            if !shaped.whitespace {
                let (glyph, end) = (shaped.glyph, pen);
                self.glyphs.push(Glyph { glyph, x, end });
            }
        });
        if pen > right {
            self.shorten(font, size, (start, right));
        }
    }

    fn shorten(&mut self, font: &mut Font, size: FontSize, (start, right): (f32, f32)) {
        font.shape("…", size, |dots| {
            let glyphs = &mut self.glyphs;
            while glyphs.pop_if(|glyph| glyph.end + dots.advance > right).is_some() {}
            let x = glyphs.last().map_or(start, |glyph| glyph.end);
            let (glyph, end) = (dots.glyph, x + dots.advance);
            // If even the ellipsis does not fit, the line stays empty.
            if end <= right {
                glyphs.push(Glyph { glyph, x, end });
            }
        });
    }
}
