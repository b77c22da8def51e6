//! What every part of the panel has in common.

use super::canvas::{Area, Canvas};
use super::font;

/// Height of a line of text, at scale 1.
pub(super) const LINE: i32 = 16;

/// Width of every section, in glyphs and at scale 1.
pub(super) const WIDTH_GLYPHS: usize = 56;
pub(super) const WIDTH: i32 = WIDTH_GLYPHS as i32 * font::GLYPH_WIDTH as i32;

/// A part of the panel. It is as wide as the panel's inside, and sections are stacked from top to bottom.
pub(super) trait Section {
    /// Returns the height at scale 1. A section of height 0 is left out.
    fn height(&self) -> i32;

    /// Draws within `at`, which has the section's width and height in pixels.
    fn draw(&self, canvas: &mut Canvas, at: Area);
}
