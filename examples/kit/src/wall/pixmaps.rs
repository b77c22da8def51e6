//! Pixmaps of pictures: their names, their mip levels, and the size at which a view fits the budget.

use pixmap_cache::{CacheStats, PixmapBuf, Size};

use super::RASTER_SIDES;

/// Percentage of the pages that one view may take, for sides up to a quarter of a page and for larger ones. Two views
/// must fit: the last one is still protected when the pictures of the next one arrive.
const SMALL_SHARE: u64 = 45;
const LARGE_SHARE: u64 = 35;

/// Smaller ones go without mip levels: there are thousands of them in one view, and none is drawn much smaller.
const MIN_SIDE_WITH_LEVELS: u32 = 32;

/// Each size of a picture is a pixmap of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixmapName {
    /// Number of the wall, counted from 0: pixmaps of an earlier one may still arrive.
    pub wall: u32,
    pub picture: u32,
    /// The longer side: one of `RASTER_SIDES`, unless the picture itself is smaller, or a sliver.
    pub side: u32,
}

/// The name in a trace.
impl std::fmt::Display for PixmapName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.picture, self.side)
    }
}

/// Asks for the mip levels of a pixmap: while the camera moves away, it is drawn smaller than it is.
pub fn with_levels(pixmap: PixmapBuf) -> PixmapBuf {
    if has_levels(pixmap.size) {
        pixmap.with_mipmaps()
    } else {
        pixmap
    }
}

/// Returns how many texels a pixmap takes, its mip levels included.
pub fn stored_texels(size: Size) -> u64 {
    if has_levels(size) {
        size.texels() * 3 / 2
    } else {
        size.texels()
    }
}

pub fn has_levels(size: Size) -> bool {
    size.longer_side() >= MIN_SIDE_WITH_LEVELS
}

/// Returns the wanted side, or the largest below it at which these pictures fit the budget with their mip levels.
/// `sizes` returns the sizes of all pictures in view in boxes of a side.
pub fn affordable_side<S: Iterator<Item = Size>>(
    wanted: u32,
    stats: &CacheStats,
    sizes: impl Fn(u32) -> S,
) -> u32 {
    let fits = |side: &&u32| {
        let side = **side;
        let share = if side * 4 <= stats.page_side {
            SMALL_SHARE
        } else {
            LARGE_SHARE
        };
        let page_texels = u64::from(stats.page_side).pow(2);
        let room_texels = u64::from(stats.max_pages) * page_texels * share / 100;
        side <= wanted && sizes(side).map(stored_texels).sum::<u64>() <= room_texels
    };
    *RASTER_SIDES.iter().rev().find(fits).unwrap_or(&RASTER_SIDES[0])
}
