//! The panel: its sections from top to bottom, as far as the target has room for them.

use std::hash::Hash;

use super::canvas::{Area, Canvas};
use super::descriptor::{Corner, OverlayFrame};
use super::history::History;
use super::legend::{Bytes, MapLegend};
use super::map::Map;
use super::plots::Plots;
use super::section::{Section, WIDTH};
use super::text::{Counters, Lines, Sums, Title};
use crate::gpu::PageTexels;
use crate::inspect::summary::Summary;
use crate::inspect::{Inspection, palette};

/// Lengths at scale 1.
const PADDING: i32 = 12;
const MARGIN: i32 = 12;
const SPACE: i32 = 8;

/// Opacities of 255. Where the target is sRGB, blending is in linear light, which lets more through than the number
/// suggests.
const PANEL_OPACITY: u8 = 252;
const EDGE_OPACITY: u8 = 26;

/// What one frame's panel is drawn from.
pub(super) struct Panel<'p, 'c, N> {
    pub(super) inspection: &'p Inspection<'c, N>,
    pub(super) history: &'p History,
    pub(super) frame: &'p OverlayFrame<'p>,
    /// The pages' texels, if they are shown.
    pub(super) texels: Option<PageTexels<'p>>,
}

impl<N: Hash + Eq> Panel<'_, '_, N> {
    /// Draws everything and returns the panel's place.
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Area {
        let scale = self.frame.scale.clamp(1, 4) as i32;
        canvas.clear(scale);
        let stats = self.inspection.stats();
        let summary = Summary(stats);
        let history = self.history;
        let bytes = self.inspection.bytes();
        let timed = self.frame.frame_time.is_some();
        let sections: [&dyn Section; 8] = [
            &Title(summary),
            &Bytes { summary, bytes },
            &Map::new(self.inspection, self.texels, scale),
            &MapLegend,
            &Sums(summary),
            &Counters { stats, history },
            &Lines(self.frame.lines),
            &Plots { history, timed },
        ];
        let sections = self.fitting(&sections, scale);
        let area = self.area(&sections, scale);
        draw_stacked(canvas, &sections, area);
        area
    }

    /// Returns the sections that the target has room for. The title is always among them.
    fn fitting<'s>(&self, sections: &[&'s dyn Section], scale: i32) -> Vec<&'s dyn Section> {
        let [_, height] = self.viewport();
        let mut left = height / scale - 2 * MARGIN - 2 * PADDING + SPACE;
        let mut fitting: Vec<&dyn Section> = Vec::with_capacity(sections.len());
        for section in sections.iter().filter(|section| section.height() > 0) {
            left -= section.height() + SPACE;
            if left < 0 && !fitting.is_empty() {
                break;
            }
            fitting.push(*section);
        }
        fitting
    }

    /// Returns where a panel of these sections goes.
    fn area(&self, sections: &[&dyn Section], scale: i32) -> Area {
        let heights = sections.iter().map(|section| section.height() + SPACE);
        let height = (heights.sum::<i32>() - SPACE + 2 * PADDING) * scale;
        let width = (WIDTH + 2 * PADDING) * scale;
        let margin = MARGIN * scale;
        let [target_width, target_height] = self.viewport();
        let (right, bottom) = (target_width - width - margin, target_height - height - margin);
        let (x, y) = match self.frame.corner {
            Corner::TopLeft => (margin, margin),
            Corner::TopRight => (right, margin),
            Corner::BottomLeft => (margin, bottom),
            Corner::BottomRight => (right, bottom),
        };
        // What doesn't fit goes beyond the right and bottom edges: title and first figures stay visible.
        Area::new(x.max(0), y.max(0), width, height)
    }

    fn viewport(&self) -> [i32; 2] {
        let viewport = self.frame.viewport;
        viewport.map(|side| i32::try_from(side).unwrap_or(i32::MAX))
    }
}

fn draw_stacked(canvas: &mut Canvas, sections: &[&dyn Section], area: Area) {
    canvas.blend_below(area, palette::LINE, EDGE_OPACITY);
    canvas.blend_below(area.inset(canvas.scale), palette::BACKGROUND, PANEL_OPACITY);
    let mut at = area.inset(canvas.px(PADDING));
    for section in sections {
        at.height = canvas.px(section.height());
        section.draw(canvas, at);
        at.y += at.height + canvas.px(SPACE);
    }
}
