//! Where each page's square goes on the map.

use super::canvas::Area;
use super::section::WIDTH;

/// Longest side of a page's square, and greatest height of the map, at scale 1.
const MAX_SQUARE: i32 = 194;
const MAX_HEIGHT: i32 = 240;

/// Squares of one size, in rows. In pixels, except `scale`.
pub(super) struct Grid {
    square: i32,
    gap: i32,
    columns: i32,
    height: i32,
    scale: i32,
}

impl Grid {
    /// Finds the largest squares with which this many pages fit on the map.
    pub(super) fn new(pages: u32, scale: i32) -> Self {
        let pages = pages.max(1) as i32;
        let width = WIDTH * scale;
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
                scale,
            })
        };
        let largest = (3 * scale..=MAX_SQUARE * scale).rev().find_map(fits);
        // With thousands of pages, the smallest squares: the map shows as many as it has room for.
        largest.unwrap_or(Self {
            square: scale,
            gap: scale,
            columns: width / (2 * scale),
            height: MAX_HEIGHT * scale,
            scale,
        })
    }

    /// Returns the height at scale 1.
    pub(super) fn height(&self) -> i32 {
        self.height / self.scale
    }

    /// Returns the square of the page that is drawn at this place, on a map at `at`.
    pub(super) fn square(&self, at: Area, index: usize) -> Area {
        let index = index as i32;
        let step = self.square + self.gap;
        let (column, row) = (index % self.columns, index / self.columns);
        Area::new(at.x + column * step, at.y + row * step, self.square, self.square)
    }
}
