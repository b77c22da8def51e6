//! Quads to draw, collected on the CPU: rectangles, outlines and text, in pixels of the target.
//!
//! Invariant: never more than [`MAX_QUADS`], whatever is drawn; what comes later is left out.

use super::font;
use crate::geometry::{Rect, Size};

/// Quads at most. A region takes up to three; with fewer than 19,000 regions none is left out.
pub(super) const MAX_QUADS: usize = 1 << 16;

/// Red, green, blue and opacity, in sRGB.
pub(super) type Color = [u8; 4];

/// One instance, as `overlay.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct GpuQuad {
    /// Corner and size in pixels.
    pub(super) at: [i16; 4],
    pub(super) color: Color,
    /// Corner and size on the sheet of glyphs, or texture, layer, 1 and 1.
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

    /// What of it is within a target of this size.
    pub(super) fn within(self, target: [u32; 2]) -> Rect {
        let clip = |from: i32, to: i32, side: u32| {
            let [from, to] = [from, to].map(|at| u32::try_from(at).unwrap_or(0).min(side));
            (from, to - from)
        };
        let (x, width) = clip(self.x, self.right(), target[0]);
        let (y, height) = clip(self.y, self.y + self.height, target[1]);
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

#[derive(Debug, Default)]
pub(super) struct Canvas {
    /// Pixels per unit of length.
    pub(super) scale: i32,
    /// Everything below the pages' texels, the pages, and what is above.
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

    /// A length at the present scale.
    pub(super) fn px(&self, length: i32) -> i32 {
        length * self.scale
    }

    pub(super) fn fill_below(&mut self, area: Area, color: Color) {
        let quad = quad(area, color, [0; 4]);
        push(&mut self.below, quad, MAX_QUADS);
    }

    pub(super) fn fill(&mut self, area: Area, color: Color) {
        let left = MAX_QUADS - self.below.len() - self.texels.len();
        push(&mut self.above, quad(area, color, [0; 4]), left);
    }

    /// A page's texels, times `share` of 255.
    pub(super) fn page(&mut self, area: Area, place: u32, share: u8) {
        let source = [(place >> 16) as u16, place as u16, 1, 1];
        let left = MAX_QUADS - self.below.len() - self.above.len();
        push(&mut self.texels, quad(area, [0, 0, 0, share], source), left);
    }

    /// A frame just inside `area`.
    pub(super) fn frame(&mut self, area: Area, color: Color, thickness: i32) {
        let inner = area.height - 2 * thickness;
        let (y, bottom) = (area.y + thickness, area.y + area.height - thickness);
        self.fill(Area::new(area.x, area.y, area.width, thickness), color);
        self.fill(Area::new(area.x, bottom, area.width, thickness), color);
        self.fill(Area::new(area.x, y, thickness, inner), color);
        self.fill(Area::new(area.right() - thickness, y, thickness, inner), color);
    }

    /// Text whose first glyph has its corner at `x`, `y`.
    pub(super) fn text(&mut self, x: i32, y: i32, text: &str, color: Color) {
        let (advance, height) = (
            self.px(font::GLYPH_WIDTH as i32),
            self.px(font::GLYPH_HEIGHT as i32),
        );
        let large = self.scale % 2 == 0;
        for (index, glyph) in (0..).zip(text.chars()) {
            if glyph == ' ' {
                continue;
            }
            let left = MAX_QUADS - self.below.len() - self.texels.len();
            let area = Area::new(x + index * advance, y, advance, height);
            push(
                &mut self.above,
                quad(area, color, font::source(glyph, large)),
                left,
            );
        }
    }

    /// Text that ends at `right`.
    pub(super) fn text_right(&mut self, right: i32, y: i32, text: &str, color: Color) {
        let width = self.width_of(text);
        self.text(right - width, y, text, color);
    }

    pub(super) fn width_of(&self, text: &str) -> i32 {
        self.px(font::GLYPH_WIDTH as i32 * text.chars().count() as i32)
    }
}

fn quad(area: Area, color: Color, source: [u16; 4]) -> GpuQuad {
    let clamp = |pixels: i32| pixels.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    GpuQuad {
        at: [area.x, area.y, area.width.max(0), area.height.max(0)].map(clamp),
        color,
        source,
    }
}

fn push(quads: &mut Vec<GpuQuad>, quad: GpuQuad, most: usize) {
    if quads.len() < most {
        quads.push(quad);
    }
}
