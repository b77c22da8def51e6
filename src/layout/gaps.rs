//! The free rectangles between the entries that stay on a page, for when protected entries leave no other room.
//!
//! A last resort: ordinary work never comes here. Keeps the largest free rectangles, overlapping each other, and
//! cuts them down as places are taken.

use crate::geometry::{Rect, Size};

/// Free rectangles remembered; bounds the work per obstacle.
const MAX_GAPS: usize = 96;

/// Maximal free rectangles of one page.
///
/// Source: MAXRECTS of Jylänki, "A Thousand Ways to Pack the Bin" (2010), bounded to the largest rectangles.
///
/// **Limitations.** On a page of many small obstacles rectangles beyond the [`MAX_GAPS`] largest are lost, so `take`
/// may miss room for something small.
#[derive(Clone, Debug)]
pub(crate) struct Gaps {
    free: Vec<Rect>,
}

impl Gaps {
    /// What `obstacles` leave free of a page. They don't overlap each other.
    pub(crate) fn between(side: u32, obstacles: impl IntoIterator<Item = Rect>) -> Self {
        let mut gaps = Self {
            free: vec![Rect::new(0, 0, Size::new(side, side))],
        };
        for obstacle in obstacles {
            gaps.cut(obstacle);
        }
        gaps
    }

    /// Takes the place for `size` whose shorter leftover is the smallest.
    pub(crate) fn take(&mut self, size: Size) -> Option<Rect> {
        let leftover = |r: &&Rect| (r.width - size.width).min(r.height - size.height);
        let fitting = self.free.iter().filter(|r| r.size().covers(size));
        let best = fitting.min_by_key(leftover)?;
        let taken = Rect::new(best.x, best.y, size);
        self.cut(taken);
        Some(taken)
    }

    /// Splits every free rectangle that `obstacle` touches into the up to four around it.
    fn cut(&mut self, obstacle: Rect) {
        let mut pieces = Vec::new();
        self.free.retain(|&free| {
            let hit = free.overlaps(obstacle);
            if hit {
                pieces.extend(around(free, obstacle));
            }
            !hit
        });
        for (index, &piece) in pieces.iter().enumerate() {
            let in_later = pieces[index + 1..].iter().any(|p| p.contains(piece));
            let in_earlier = pieces[..index].iter().any(|p| p.contains(piece) && *p != piece);
            if !in_later && !in_earlier && !self.free.iter().any(|f| f.contains(piece)) {
                self.free.push(piece);
            }
        }
        if self.free.len() > MAX_GAPS {
            self.free.sort_by_key(|r| std::cmp::Reverse(r.size().texels()));
            self.free.truncate(MAX_GAPS);
        }
    }
}

/// The parts of `free` left of, right of, above and below `obstacle`; they overlap at the corners.
fn around(free: Rect, obstacle: Rect) -> impl Iterator<Item = Rect> {
    let columns = |x: u32, right: u32| Rect {
        x,
        width: right.max(x) - x,
        ..free
    };
    let rows = |y: u32, bottom: u32| Rect {
        y,
        height: bottom.max(y) - y,
        ..free
    };
    [
        columns(free.x, obstacle.x),
        columns(obstacle.right(), free.right()),
        rows(free.y, obstacle.y),
        rows(obstacle.bottom(), free.bottom()),
    ]
    .into_iter()
    .filter(|piece| !piece.size().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_taken_are_free_and_apart() {
        let obstacles: Vec<Rect> = (0..16)
            .map(|i| Rect::new(i % 4 * 64, i / 4 * 64, Size::new(40, 50)))
            .collect();
        let mut gaps = Gaps::between(256, obstacles.iter().copied());
        let mut taken: Vec<Rect> = Vec::new();
        while let Some(rect) = gaps.take(Size::new(24, 40)) {
            assert!(obstacles.iter().chain(&taken).all(|o| !o.overlaps(rect)));
            assert!(rect.right() <= 256 && rect.bottom() <= 256);
            taken.push(rect);
        }
        assert!(taken.len() >= 16, "only {} places found", taken.len());
    }

    #[test]
    fn small_holes_side_by_side_count_as_one_large_one() {
        // A ring of obstacles around a hole of 128x128 that once held sixteen regions.
        let ring = [
            Rect::new(0, 0, Size::new(256, 64)),
            Rect::new(0, 192, Size::new(256, 64)),
            Rect::new(0, 64, Size::new(64, 128)),
            Rect::new(192, 64, Size::new(64, 128)),
        ];
        let mut gaps = Gaps::between(256, ring);
        let hole = gaps.take(Size::new(128, 128));
        assert_eq!(hole, Some(Rect::new(64, 64, Size::new(128, 128))));
        assert_eq!(gaps.take(Size::new(1, 1)), None);
    }
}
