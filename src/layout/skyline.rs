//! One page's packer: append only, by the skyline of what has been placed.
//!
//! Nothing is ever freed here: a page is emptied as a whole, by an evacuation, and starts over with a new skyline.
//! Invariant: the segments cover the page's width without a gap, left to right.

use crate::geometry::{Rect, Size};

/// How many rectangles above the skyline are remembered for small regions.
///
/// More gain nothing: 16 and the fourth open page together are worth 0.3 to 0.7 % of the uploaded bytes.
const MAX_WASTE: usize = 16;

/// How many sizes that found no room are remembered.
const MAX_FAILED: usize = 8;

/// Waste with a side shorter than this is not remembered.
const MIN_WASTE_SIDE: u32 = 4;

/// The place of a region in relation to the skyline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Placement {
    /// On the skyline: over the region's width, everything from its top edge down to the page's end was unused.
    Skyline,
    /// Among other regions: only the rectangle itself was unused.
    Gap,
}

/// One level stretch of the skyline.
#[derive(Clone, Copy, Debug)]
struct Segment {
    x: u32,
    /// First unused row.
    y: u32,
    width: u32,
}

/// A position on the skyline, and what taking it would cost. The position nearest to the top edge is the best, then the
/// one that wastes least. Least waste first would leave a jagged skyline; the waste list recovers what the topmost
/// position wastes (3 % fewer bytes uploaded, fill 0.89 instead of 0.86).
#[derive(Clone, Copy)]
struct Candidate {
    /// Row of the region's top edge.
    y: u32,
    /// Texels between the region and the skyline above it. A page has at most 2^30 texels.
    wasted: u32,
    index: usize,
}

/// The skyline packer of a page.
///
/// ```text
///   x ->        rows fill from y = 0 downwards
///   +-----------------------------+ y = 0
///   |aaaaaaa|bbbb|cccccccccc|ddddd|
///   |aaaaaaa|bbbb|cccccccccc+-----+ <- segment of d
///   |aaaaaaa+----+cccccccccc|  w  |    e spans two segments: what is left between d and e (w) goes to the waste list
///   +-------+    +-----+----+-----+
///           +----+     |eeeeeeeeee|
///     the skyline      +----------+
///   |           unused            |
///   +-----------------------------+ y = side
/// ```
///
/// **Limitations.** Positions start at the left end of a segment only. Waste is kept for [`MAX_WASTE`] rectangles,
/// the largest ones. No rotation.
///
/// Source: the skyline heuristics of Jylänki, "A Thousand Ways to Pack the Bin" (2010): bottom-left, then least waste.
#[derive(Clone, Debug)]
pub(crate) struct Skyline {
    side: u32,
    /// Sorted by x; neighbors differ in y.
    segments: Vec<Segment>,
    /// Unused rectangles above the skyline, smallest area first.
    waste: Vec<Rect>,
    /// Sizes that found no room. Room only shrinks, so whatever covers one of them fails too.
    failed: Vec<Size>,
}

impl Skyline {
    pub(crate) fn new(side: u32) -> Self {
        Self {
            side,
            segments: vec![Segment {
                x: 0,
                y: 0,
                width: side,
            }],
            waste: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Texels between the skyline and the page's end.
    pub(crate) fn room(&self) -> u64 {
        let below = |s: &Segment| u64::from(self.side - s.y) * u64::from(s.width);
        self.segments.iter().map(below).sum()
    }

    /// The room between the skyline and the page's end, one rectangle per segment.
    pub(crate) fn free_rects(&self) -> impl Iterator<Item = Rect> + '_ {
        let below = |s: &Segment| Rect::new(s.x, s.y, Size::new(s.width, self.side - s.y));
        self.segments.iter().map(below).filter(|rect| rect.height > 0)
    }

    /// Takes a place for `size`, or remembers that there is none.
    pub(crate) fn place(&mut self, size: Size) -> Option<(Rect, Placement)> {
        if self.failed.iter().any(|failed| size.covers(*failed)) {
            return None;
        }
        if let Some(rect) = self.take_waste(size) {
            return Some((rect, Placement::Gap));
        }
        let Some(candidate) = self.best_candidate(size) else {
            self.remember_failed(size);
            return None;
        };
        Some((self.append(candidate, size), Placement::Skyline))
    }

    fn best_candidate(&self, size: Size) -> Option<Candidate> {
        let max_x = self.side - size.width;
        let mut best_y = self.side.checked_sub(size.height)?;
        let mut best: Option<Candidate> = None;
        for (index, segment) in self.segments.iter().enumerate() {
            if segment.x > max_x {
                break;
            }
            if segment.y > best_y {
                continue;
            }
            let Some((y, wasted)) = self.rest_on(index, size.width, best_y) else {
                continue;
            };
            if y < best_y || best.is_none_or(|best| wasted < best.wasted) {
                best = Some(Candidate { y, wasted, index });
                best_y = y;
            }
        }
        best
    }

    /// The row of a region's top edge at the left end of segment `index`, and the texels it wastes. `None` if that is
    /// below `max_y`.
    fn rest_on(&self, index: usize, width: u32, max_y: u32) -> Option<(u32, u32)> {
        let mut remaining = width;
        let mut y = 0;
        // Texels above the skyline, over the region's width.
        let mut above = 0;
        for segment in &self.segments[index..] {
            if segment.y > max_y {
                return None;
            }
            let span = segment.width.min(remaining);
            y = y.max(segment.y);
            above += span * segment.y;
            remaining -= span;
            if remaining == 0 {
                break;
            }
        }
        Some((y, y * width - above))
    }

    /// Puts a region on the skyline, and what it shuts off on the waste list.
    fn append(&mut self, candidate: Candidate, size: Size) -> Rect {
        let Candidate { index, y, .. } = candidate;
        let x = self.segments[index].x;
        let right = x + size.width;
        let mut end = index;
        while let Some(&segment) = self.segments.get(end).filter(|s| s.x < right) {
            if segment.y < y {
                let width = (segment.x + segment.width).min(right) - segment.x;
                let gap = Size::new(width, y - segment.y);
                self.keep_waste(Rect::new(segment.x, segment.y, gap));
            }
            end += 1;
        }
        self.raise(index..end, Rect::new(x, y, size));
        Rect::new(x, y, size)
    }

    /// Replaces the segments in `covered` by the lower edge of `rect` and what they leave to its right.
    fn raise(&mut self, covered: std::ops::Range<usize>, rect: Rect) {
        let last = self.segments[covered.end - 1];
        let rest = last.x + last.width - rect.right();
        let new = Segment {
            x: rect.x,
            y: rect.bottom(),
            width: rect.width,
        };
        // The rest keeps the last segment's place; the new one takes another's place, or is inserted.
        let index = covered.start;
        let end = covered.end - usize::from(rest > 0);
        if rest > 0 {
            self.segments[end] = Segment {
                x: rect.right(),
                y: last.y,
                width: rest,
            };
        }
        if end == index {
            self.segments.insert(index, new);
        } else {
            self.segments[index] = new;
            self.segments.drain(index + 1..end);
        }
        self.join_at(index + 1);
        self.join_at(index);
    }

    /// Joins segment `index` to the one on its left if both are level.
    fn join_at(&mut self, index: usize) {
        if index == 0 || index >= self.segments.len() {
            return;
        }
        let segment = self.segments[index];
        if self.segments[index - 1].y == segment.y {
            self.segments[index - 1].width += segment.width;
            self.segments.remove(index);
        }
    }

    /// Takes the smallest waste rectangle that covers `size`, and keeps the two rectangles that are left of it.
    fn take_waste(&mut self, size: Size) -> Option<Rect> {
        let index = self.waste.iter().position(|rect| rect.size().covers(size))?;
        let found = self.waste.remove(index);
        let right = found.width - size.width;
        let below = found.height - size.height;
        // Cut so that the larger of the two is as large as it can be.
        let (right_height, below_width) = if right > below {
            (found.height, size.width)
        } else {
            (size.height, found.width)
        };
        let right_rect = Size::new(right, right_height);
        let below_rect = Size::new(below_width, below);
        self.keep_waste(Rect::new(found.x + size.width, found.y, right_rect));
        self.keep_waste(Rect::new(found.x, found.y + size.height, below_rect));
        Some(Rect::new(found.x, found.y, size))
    }

    /// Remembers a rectangle, in place of the smallest one when the list is full.
    fn keep_waste(&mut self, rect: Rect) {
        if rect.width < MIN_WASTE_SIDE || rect.height < MIN_WASTE_SIDE {
            return;
        }
        if self.waste.len() == MAX_WASTE {
            if self.waste[0].size().texels() >= rect.size().texels() {
                return;
            }
            self.waste.remove(0);
        }
        let smaller = |other: &Rect| other.size().texels() < rect.size().texels();
        let index = self.waste.partition_point(smaller);
        self.waste.insert(index, rect);
    }

    fn remember_failed(&mut self, size: Size) {
        self.failed.retain(|failed| !failed.covers(size));
        if self.failed.len() == MAX_FAILED {
            self.failed.remove(0);
        }
        self.failed.push(size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(count: u32) -> impl Iterator<Item = Size> {
        (0..count).map(|i| Size::new(3 + i * 37 % 61, 3 + i * 53 % 47))
    }

    #[test]
    fn regions_stay_inside_and_apart() {
        let mut skyline = Skyline::new(256);
        let mut placed: Vec<Rect> = Vec::new();
        for (rect, _) in sizes(400).filter_map(|size| skyline.place(size)) {
            assert!(rect.right() <= 256 && rect.bottom() <= 256, "{rect:?} sticks out");
            assert!(
                placed.iter().all(|other| !other.overlaps(rect)),
                "{rect:?} overlaps another"
            );
            placed.push(rect);
        }
        let texels: u64 = placed.iter().map(|r| r.size().texels()).sum();
        assert!(texels > 256 * 256 * 8 / 10, "only {texels} texels filled");
    }

    #[test]
    fn a_region_on_the_skyline_has_only_unused_texels_below_it() {
        let mut skyline = Skyline::new(256);
        let mut placed: Vec<Rect> = Vec::new();
        let mut checked = 0;
        for (rect, placement) in sizes(400).filter_map(|size| skyline.place(size)) {
            if placement == Placement::Skyline {
                let below = Rect::new(rect.x, rect.y, Size::new(rect.width, 256 - rect.y));
                assert!(
                    placed.iter().all(|other| !other.overlaps(below)),
                    "{rect:?} is in a gap"
                );
                checked += 1;
            }
            placed.push(rect);
        }
        assert!(checked > 50, "only {checked} on the skyline");
    }

    #[test]
    fn a_size_that_found_no_room_does_not_refuse_smaller_ones() {
        let mut skyline = Skyline::new(64);
        assert!(skyline.place(Size::new(64, 48)).is_some());
        assert!(skyline.place(Size::new(1, 17)).is_none());
        assert!(
            skyline.place(Size::new(64, 16)).is_some(),
            "there is room for it in the last rows"
        );
        assert_eq!(skyline.room(), 0, "the page is full");
    }

    #[test]
    fn equal_squares_fill_a_page_without_waste() {
        let mut skyline = Skyline::new(256);
        for _ in 0..64 {
            assert!(skyline.place(Size::new(32, 32)).is_some(), "64 fill the page");
        }
        assert!(skyline.place(Size::new(1, 1)).is_none(), "the page is full");
    }

    #[test]
    fn waste_above_a_wide_region_takes_small_ones() {
        let mut skyline = Skyline::new(64);
        skyline.place(Size::new(32, 32)).unwrap();
        let (over, _) = skyline.place(Size::new(64, 32)).unwrap();
        assert_eq!(over.y, 32, "the wide one lies below the first");
        let (small, placement) = skyline.place(Size::new(16, 16)).unwrap();
        assert_eq!(
            (small.x, small.y, placement),
            (32, 0, Placement::Gap),
            "in the waste"
        );
    }
}
