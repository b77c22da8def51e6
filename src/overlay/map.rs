//! The map: each page as a square, with its regions in the colors of their ages.

use std::hash::Hash;

use super::canvas::{Area, Canvas, MAX_QUADS};
use super::grid::Grid;
use super::section::Section;
use crate::geometry::Rect;
use crate::gpu::PageTexels;
use crate::inspect::legend::{fill_color, frame_color};
use crate::inspect::{InspectedRegion, Inspection, palette};
use crate::layout::{PageCondition, PageIndex};

/// Quads left for the other sections.
const OTHER_QUADS: usize = 1 << 13;

/// Regions whose shorter side has fewer pixels get no gap to their neighbors, or no frame.
const MIN_GAPPED: i32 = 4;
const MIN_FRAMED: i32 = 5;

/// How bright the pages' texels are, of 255.
const TEXELS_SHARE: u8 = 110;

/// The pages of a cache.
pub(super) struct Map<'p, 'c, N> {
    inspection: &'p Inspection<'c, N>,
    /// What to draw the pages' texels from, if they are shown.
    texels: Option<PageTexels<'p>>,
    grid: Grid,
}

impl<'p, 'c, N: Hash + Eq> Map<'p, 'c, N> {
    /// Lays out a map that is drawn at this scale.
    pub(super) fn new(inspection: &'p Inspection<'c, N>, texels: Option<PageTexels<'p>>, scale: i32) -> Self {
        let grid = Grid::new(inspection.stats().pages, scale);
        Self {
            inspection,
            texels,
            grid,
        }
    }

    fn draw_page(&self, canvas: &mut Canvas, page: &PageSquare, index: PageIndex) {
        if let Some(texels) = self.texels {
            canvas.page(page.square, texels.place_of(index), TEXELS_SHARE);
        } else {
            canvas.fill(page.square, palette::LOST_FLAT);
            for rect in self.inspection.free_rects(index) {
                canvas.fill(page.area(rect), palette::FREE);
            }
        }
        for region in self.inspection.regions_on(index) {
            if canvas.len() + OTHER_QUADS > MAX_QUADS {
                return;
            }
            let area = page.area(region.region.rect);
            if self.texels.is_some() {
                draw_outline(canvas, area, &region);
            } else {
                draw_region(canvas, area, &region);
            }
        }
    }
}

impl<N: Hash + Eq> Section for Map<'_, '_, N> {
    fn height(&self) -> i32 {
        self.grid.height() + 2
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        let side = self.inspection.stats().page_side;
        for (index, page) in self.inspection.pages().enumerate() {
            let square = self.grid.square(at, index);
            if square.bottom() > at.bottom() {
                return;
            }
            self.draw_page(canvas, &PageSquare { square, side }, page.index);
            draw_condition(canvas, square, page.condition);
        }
    }
}

/// A page's square, and how many texels its side has.
struct PageSquare {
    square: Area,
    side: u32,
}

impl PageSquare {
    /// Returns where a rectangle of the page is drawn: in whole pixels, at least one, and within the square.
    fn area(&self, rect: Rect) -> Area {
        // At most 32,768 texels times a few hundred pixels.
        let (pixels, side) = (self.square.width as u32, self.side);
        let scaled = |texels: u32| ((texels * pixels + side / 2) / side) as i32;
        let last = self.square.width - 1;
        let (x, y) = (scaled(rect.x).min(last), scaled(rect.y).min(last));
        let (right, bottom) = (scaled(rect.right()).max(x + 1), scaled(rect.bottom()).max(y + 1));
        Area::new(self.square.x + x, self.square.y + y, right - x, bottom - y)
    }
}

/// Underlines a page that takes new regions, or that is being drained.
fn draw_condition(canvas: &mut Canvas, square: Area, condition: PageCondition) {
    let color = match condition {
        PageCondition::Head => palette::ACCENT,
        PageCondition::Open => palette::LABEL,
        PageCondition::Draining => palette::DEAD,
        PageCondition::Free | PageCondition::Sealed => return,
    };
    let mark = Area::new(square.x, square.bottom(), square.width, canvas.scale);
    canvas.fill(mark, color);
}

fn draw_region<N: Hash + Eq>(canvas: &mut Canvas, area: Area, region: &InspectedRegion<'_, N>) {
    let gap = i32::from(area.shorter_side() >= MIN_GAPPED);
    if gap > 0 {
        // Without this, the gap would look like waste.
        canvas.fill(area, palette::BACKGROUND);
    }
    let area = Area::new(area.x, area.y, area.width - gap, area.height - gap);
    let color = fill_color(region);
    match frame_color(region) {
        Some(frame) if area.shorter_side() >= MIN_FRAMED => {
            canvas.fill(area, frame);
            canvas.fill(area.inset(1), color);
        }
        _ => canvas.fill(area, color),
    }
}

/// Draws a frame only, around a region's texels.
fn draw_outline<N: Hash + Eq>(canvas: &mut Canvas, area: Area, region: &InspectedRegion<'_, N>) {
    let color = frame_color(region).unwrap_or(fill_color(region));
    if area.shorter_side() >= MIN_FRAMED {
        canvas.frame(area, color, 1);
    }
}
