//! The map: each page as a square, with its regions in the colors of their ages.

use std::hash::Hash;

use super::canvas::{Area, Canvas, MAX_QUADS};
use super::palette;
use super::panel::Panel;
use crate::geometry::Rect;
use crate::inspect::{InspectedRegion, Inspection, age_color};
use crate::layout::{PageCondition, PageIndex};

/// Quads kept for what is not the map.
const OTHER_QUADS: usize = 1 << 13;

/// Longest side of a page's square, and highest map, at scale 1.
const MAX_SQUARE: i32 = 194;
const MAX_HEIGHT: i32 = 240;

/// Shorter sides of regions have no gap to the next one, and no frame.
const MIN_GAPPED: i32 = 4;
const MIN_FRAMED: i32 = 5;

/// How bright the pages' texels are, of 255.
const TEXELS_SHARE: u8 = 110;

/// Where each page's square goes.
pub(super) struct Grid {
    square: i32,
    gap: i32,
    columns: i32,
    pub(super) height: i32,
}

impl Grid {
    /// The largest squares for `pages` pages in `width` pixels, within the highest map.
    pub(super) fn new(pages: u32, width: i32, scale: i32) -> Self {
        let pages = pages.max(1) as i32;
        let fits = |square: i32| {
            let gap = if square < 24 * scale { scale } else { 4 * scale };
            let columns = ((width + gap) / (square + gap)).clamp(1, pages);
            let rows = (pages + columns - 1) / columns;
            let height = rows * (square + gap) - gap;
            (height <= MAX_HEIGHT * scale).then_some(Self {
                square,
                gap,
                columns,
                height,
            })
        };
        let largest = (3 * scale..=MAX_SQUARE * scale).rev().find_map(fits);
        // Thousands of pages: a row of them, of which the panel shows what it has room for.
        largest.unwrap_or(Self {
            square: scale,
            gap: scale,
            columns: width / (2 * scale),
            height: MAX_HEIGHT * scale,
        })
    }

    fn area(&self, at: Area, index: usize) -> Area {
        let index = index as i32;
        let step = self.square + self.gap;
        let (column, row) = (index % self.columns, index / self.columns);
        Area::new(at.x + column * step, at.y + row * step, self.square, self.square)
    }
}

impl<N: Hash + Eq> Panel<'_, '_, N> {
    pub(super) fn draw_map(&self, canvas: &mut Canvas, grid: &Grid, at: Area) {
        for (index, page) in self.inspection.pages().enumerate() {
            let square = grid.area(at, index);
            if square.y + square.height > at.y + at.height {
                return;
            }
            let side = self.inspection.stats().page_side;
            self.draw_page(canvas, &PageSquare { square, side }, page.index);
            self.draw_condition(canvas, square, page.condition);
        }
    }

    fn draw_page(&self, canvas: &mut Canvas, page: &PageSquare, index: PageIndex) {
        match self.place_of {
            Some(place_of) => canvas.page(page.square, place_of(index), TEXELS_SHARE),
            None => {
                canvas.fill(page.square, palette::LOST);
                for rect in self.inspection.free_rects(index) {
                    canvas.fill(page.area(rect), palette::FREE);
                }
            }
        }
        for region in self.inspection.regions_on(index) {
            if canvas.len() + OTHER_QUADS > MAX_QUADS {
                return;
            }
            match self.place_of {
                Some(_) => draw_frame(canvas, page.area(region.region.rect), &region),
                None => draw_region(canvas, page.area(region.region.rect), &region),
            }
        }
    }

    fn draw_condition(&self, canvas: &mut Canvas, square: Area, condition: PageCondition) {
        let color = match condition {
            PageCondition::Head => palette::ACCENT,
            PageCondition::Open => palette::LABEL,
            PageCondition::Draining => palette::DEAD,
            PageCondition::Free | PageCondition::Sealed => return,
        };
        let mark = Area::new(square.x, square.y + square.height, square.width, canvas.scale);
        canvas.fill(mark, color);
    }
}

/// A page's square, and how many texels its side has.
struct PageSquare {
    square: Area,
    side: u32,
}

impl PageSquare {
    /// Where a rectangle of the page lies: whole pixels, at least one, and no two pages' share one.
    fn area(&self, rect: Rect) -> Area {
        // At most 32,768 texels times a few hundred pixels.
        let (pixels, side) = (self.square.width as u32, self.side);
        let scaled = |texels: u32| ((texels * pixels + side / 2) / side) as i32;
        let most = self.square.width - 1;
        let (x, y) = (scaled(rect.x).min(most), scaled(rect.y).min(most));
        let (right, bottom) = (scaled(rect.right()).max(x + 1), scaled(rect.bottom()).max(y + 1));
        Area::new(self.square.x + x, self.square.y + y, right - x, bottom - y)
    }
}

fn draw_region<N: Hash + Eq>(canvas: &mut Canvas, area: Area, region: &InspectedRegion<'_, N>) {
    let gap = i32::from(area.width.min(area.height) >= MIN_GAPPED);
    if gap > 0 {
        // Else the gap would look like waste.
        canvas.fill(area, palette::GAP);
    }
    let area = Area::new(area.x, area.y, area.width - gap, area.height - gap);
    let color = palette::opaque(age_color(region.age_frames));
    match frame_color(region) {
        Some(frame) if area.width.min(area.height) >= MIN_FRAMED => {
            canvas.fill(area, frame);
            canvas.fill(area.inset(1), color);
        }
        _ => canvas.fill(area, color),
    }
}

/// In place of its texels, a frame around them.
fn draw_frame<N: Hash + Eq>(canvas: &mut Canvas, area: Area, region: &InspectedRegion<'_, N>) {
    let color = frame_color(region).unwrap_or(palette::opaque(age_color(region.age_frames)));
    if area.width.min(area.height) >= MIN_FRAMED {
        canvas.frame(area, color, 1);
    }
}

fn frame_color<N: Hash + Eq>(region: &InspectedRegion<'_, N>) -> Option<[u8; 4]> {
    match (region.pinned, region.is_protected()) {
        (true, _) => Some(palette::PINNED),
        (false, true) => Some(palette::PROTECTED),
        (false, false) => None,
    }
}

/// Pages of a cache, as the map counts them.
pub(super) fn page_count<N: Hash + Eq>(inspection: &Inspection<'_, N>) -> u32 {
    inspection.stats().pages
}
