//! Quads to draw, collected on the CPU: rectangles, frames and text, in pixels of the target.
//!
//! Invariant: there are never more than [`MAX_QUADS`]; further ones are left out.

use super::font;
use crate::geometry::{Rect, Size};
use crate::inspect::palette::Color;

/// Maximum number of quads. A region takes up to three: with fewer than 19,000 regions none is left out.
pub(super) const MAX_QUADS: usize = 1 << 16;

/// One instance, as `overlay.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct GpuQuad {
    /// Corner and size in pixels.
    pub(super) at: [i16; 4],
    /// Red, green, blue and opacity, in sRGB.
    pub(super) color: [u8; 4],
    /// For a glyph: corner and size on the sheet. For a page: texture, layer, 1 and 1. Otherwise zeros.
    pub(super) source: [u16; 4],
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    pub(super) const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self { x, y, width, height }
    }

    pub(super) fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) fn bottom(self) -> i32 {
        self.y + self.height
    }

    pub(super) fn shorter_side(self) -> i32 {
        self.width.min(self.height)
    }

    /// Returns the part that lies within a target of this size.
    pub(super) fn within(self, target: [u32; 2]) -> Rect {
        let clip = |from: i32, to: i32, side: u32| {
            let [from, to] = [from, to].map(|at| u32::try_from(at).unwrap_or(0).min(side));
            (from, to - from)
        };
        let (x, width) = clip(self.x, self.right(), target[0]);
        let (y, height) = clip(self.y, self.bottom(), target[1]);
        Rect::new(x, y, Size::new(width, height))
    }

    pub(super) fn inset(self, by: i32) -> Self {
        Self::new(
            self.x + by,
            self.y + by,
            self.width - 2 * by,
            self.height - 2 * by,
        )
    }
}

/// Quads in the order in which they are drawn.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    /// Pixels per unit of length.
    pub(super) scale: i32,
    /// What is below the pages' texels, the texels, and what is above them.
    pub(super) below: Vec<GpuQuad>,
    pub(super) texels: Vec<GpuQuad>,
    pub(super) above: Vec<GpuQuad>,
}

impl Canvas {
    pub(super) fn clear(&mut self, scale: i32) {
        self.scale = scale;
        self.below.clear();
        self.texels.clear();
        self.above.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.below.len() + self.texels.len() + self.above.len()
    }

    /// Converts a length to pixels.
    pub(super) fn px(&self, length: i32) -> i32 {
        length * self.scale
    }

    /// Blends a rectangle below everything else. Opacities are of 255.
    pub(super) fn blend_below(&mut self, area: Area, color: Color, opacity: u8) {
        let quad = quad(area, with_opacity(color, opacity), [0; 4]);
        push(&mut self.below, quad, MAX_QUADS);
    }

    pub(super) fn blend(&mut self, area: Area, color: Color, opacity: u8) {
        self.push_above(quad(area, with_opacity(color, opacity), [0; 4]));
    }

    pub(super) fn fill(&mut self, area: Area, color: Color) {
        self.blend(area, color, u8::MAX);
    }

    /// Draws a page's texels, multiplied by `share` of 255.
    pub(super) fn page(&mut self, area: Area, place: u32, share: u8) {
        let source = [(place >> 16) as u16, place as u16, 1, 1];
        let left = MAX_QUADS - self.below.len() - self.above.len();
        push(&mut self.texels, quad(area, [0, 0, 0, share], source), left);
    }

    /// Draws a frame just inside `area`.
    pub(super) fn frame(&mut self, area: Area, color: Color, thickness: i32) {
        let inner = area.height - 2 * thickness;
        let (y, bottom) = (area.y + thickness, area.bottom() - thickness);
        self.fill(Area::new(area.x, area.y, area.width, thickness), color);
        self.fill(Area::new(area.x, bottom, area.width, thickness), color);
        self.fill(Area::new(area.x, y, thickness, inner), color);
        self.fill(Area::new(area.right() - thickness, y, thickness, inner), color);
    }

    /// Draws text whose first glyph has its corner at `x`, `y`.
    pub(super) fn text(&mut self, x: i32, y: i32, text: &str, color: Color) {
        let advance = self.px(font::GLYPH_WIDTH as i32);
        let height = self.px(font::GLYPH_HEIGHT as i32);
        let large = self.scale % 2 == 0;
        for (index, glyph) in (0..).zip(text.chars()).filter(|(_, glyph)| *glyph != ' ') {
            let area = Area::new(x + index * advance, y, advance, height);
            let source = font::source(glyph, large);
            self.push_above(quad(area, with_opacity(color, u8::MAX), source));
        }
    }

    /// Draws text that ends at `right`.
    pub(super) fn text_right(&mut self, right: i32, y: i32, text: &str, color: Color) {
        let width = self.width_of(text);
        self.text(right - width, y, text, color);
    }

    pub(super) fn width_of(&self, text: &str) -> i32 {
        self.px(font::GLYPH_WIDTH as i32 * text.chars().count() as i32)
    }

    fn push_above(&mut self, quad: GpuQuad) {
        let left = MAX_QUADS - self.below.len() - self.texels.len();
        push(&mut self.above, quad, left);
    }
}

fn with_opacity(Color([red, green, blue]): Color, opacity: u8) -> [u8; 4] {
    [red, green, blue, opacity]
}

fn quad(area: Area, color: [u8; 4], source: [u16; 4]) -> GpuQuad {
    let clamp = |pixels: i32| pixels.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    GpuQuad {
        at: [area.x, area.y, area.width.max(0), area.height.max(0)].map(clamp),
        color,
        source,
    }
}

fn push(quads: &mut Vec<GpuQuad>, quad: GpuQuad, max: usize) {
    if quads.len() < max {
        quads.push(quad);
    }
}
