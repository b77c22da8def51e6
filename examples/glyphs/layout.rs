//! Breaks paragraphs into lines: the pen position of each glyph on a page of a given width.
//!
//! Greedy: a word that does not fit starts the next line. No bidirectional text, no hyphenation.

use crate::text::Paragraph;
use kit::pictures::font::{Font, FontSize, Shaped};

/// Distance between baselines, relative to the size.
const LEADING: f32 = 1.45;

/// A glyph in its place, in pixels from the page's corner.
#[derive(Clone, Copy)]
pub struct PlacedGlyph {
    pub font: u8,
    pub glyph: u16,
    pub size: FontSize,
    pub ink: [f32; 3],
    pub x: f32,
    pub baseline: f32,
}

/// The glyphs of a page, line by line from top to bottom.
#[derive(Default)]
pub struct Layout {
    pub glyphs: Vec<PlacedGlyph>,
    pub height: f32,
    /// Glyphs of the last word, which may have to go to the next line.
    word: Vec<Shaped>,
    pen: f32,
    baseline: f32,
}

impl Layout {
    /// Lays everything out again, with `size` for the body.
    pub fn set(&mut self, paragraphs: &[Paragraph], fonts: &mut [Font], (size, width): (FontSize, f32)) {
        self.glyphs.clear();
        self.baseline = 0.0;
        for paragraph in paragraphs {
            let size = FontSize::nearest(size.pixels() * paragraph.size);
            let line = size.pixels() * LEADING;
            (self.pen, self.baseline) = (0.0, self.baseline + line * (1.0 + paragraph.above));
            fonts[usize::from(paragraph.font)].shape(paragraph.text, size, |shaped| {
                if !shaped.whitespace {
                    self.word.push(shaped);
                    return;
                }
                self.place_word(paragraph, (size, width));
                self.pen += shaped.advance;
            });
            self.place_word(paragraph, (size, width));
        }
        self.height = self.baseline + size.pixels() * LEADING;
    }

    fn place_word(&mut self, paragraph: &Paragraph, (size, width): (FontSize, f32)) {
        let word_width: f32 = self.word.iter().map(|shaped| shaped.advance).sum();
        if self.pen + word_width > width && self.pen > 0.0 {
            (self.pen, self.baseline) = (0.0, self.baseline + size.pixels() * LEADING);
        }
        for shaped in self.word.drain(..) {
            self.glyphs.push(PlacedGlyph {
                font: paragraph.font,
                glyph: shaped.glyph,
                size,
                ink: paragraph.ink,
                x: self.pen + shaped.x,
                // Lines stand on whole pixels.
                baseline: self.baseline.round(),
            });
            self.pen += shaped.advance;
        }
    }
}
