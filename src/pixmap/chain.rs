//! Where the mip levels of a pixmap lie: the base and all smaller levels in one region.
//!
//! Pure geometry. The smaller levels stand in a column at the right of the base, each below the one before, so that a
//! region is 1.5 times as wide as its base:
//!
//! ```text
//! +-----------+-----+
//! |           |  1  |
//! |     0     +--+--+
//! |           |2 |
//! |           +-++
//! |           |3|
//! +-----------+-+
//! ```
//!
//! Invariant: no two levels overlap, and none leaves the region. Hardware mip levels in an atlas would tax every other
//! entry of the page: each region aligned and padded to the texels of its smallest level.

use crate::geometry::{Rect, Size};

/// Number of levels of a pixmap with a full chain: halved until the shorter side is one texel. 1 to 16.
pub(crate) fn full_levels(size: Size) -> u32 {
    size.width.min(size.height).max(1).ilog2() + 1
}

/// Size of a level; level 0 is the base. Rounded down, as graphics APIs do.
pub(crate) fn level_size(size: Size, level: u32) -> Size {
    Size::new(size.width >> level, size.height >> level)
}

/// Rectangle of a level, in texels from the corner of the region.
pub(crate) fn level_rect(size: Size, level: u32) -> Rect {
    let (x, y) = match level.checked_sub(1) {
        Some(larger) => (size.width, size.height - (size.height >> larger)),
        None => (0, 0),
    };
    Rect::new(x, y, level_size(size, level))
}

/// Size of the region that holds `levels` levels of a pixmap.
pub(crate) fn footprint(size: Size, levels: u32) -> Size {
    if levels > 1 {
        Size::new(size.width.saturating_add(size.width >> 1), size.height)
    } else {
        size
    }
}

/// Size of the pixmap whose region with `levels` levels has this size.
pub(crate) fn base(footprint: Size, levels: u32) -> Size {
    if levels > 1 {
        Size::new((2 * footprint.width).div_ceil(3), footprint.height)
    } else {
        footprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_follows_from_the_region() {
        for width in 2..=21_845 {
            let size = Size::new(width, 7);
            assert_eq!(base(footprint(size, 3), 3), size);
            assert_eq!(base(footprint(size, 1), 1), size);
        }
    }

    #[test]
    fn levels_lie_in_their_region_and_overlap_nowhere() {
        for width in (1..200).chain([255, 256, 257, 1000, 32_767]) {
            for height in [1, 2, 3, 5, 31, 64, 100, 255, 256, 257, 21_845] {
                let size = Size::new(width, height);
                let levels = full_levels(size);
                let whole = Rect::new(0, 0, footprint(size, levels));
                let rects: Vec<Rect> = (0..levels).map(|level| level_rect(size, level)).collect();
                for (index, rect) in rects.iter().enumerate() {
                    assert!(!rect.size().is_empty(), "{size}: level {index} is empty");
                    assert!(whole.contains(*rect), "{size}: level {index} leaves the region");
                    let overlaps = rects[..index].iter().any(|other| other.overlaps(*rect));
                    assert!(!overlaps, "{size}: level {index} overlaps another");
                }
                let last = level_size(size, levels - 1);
                assert_eq!(
                    last.width.min(last.height),
                    1,
                    "{size}: the last level is one texel high or wide"
                );
            }
        }
    }
}
