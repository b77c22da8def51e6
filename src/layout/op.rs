//! What the layout has decided, in the order in which it must be carried out.
//!
//! Order matters: a place that one op leaves may be taken by the next. Replaying all ops from the first on gives every
//! resident entry its own texels.

use super::evict_reason::EvictReason;
use super::region::{PageIndex, Region};
use super::skyline::Placement;
use crate::geometry::Size;
use crate::key::PixmapKey;

/// The last use of an entry that was evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastUse {
    /// Why it was evicted.
    pub reason: EvictReason,
    /// Width and height of the pixmap, without smaller mip levels.
    pub size: Size,
    /// Frames since its last use.
    pub age_frames: u32,
    /// How often it was used again after a few frames without use, counted to 3.
    pub visits: u8,
}

/// Names the pixmap that a tile belongs to, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TileOf {
    /// The pixmap.
    pub key: PixmapKey,
    /// Which of its tiles, in the order in which their sizes were given.
    pub index: u32,
}

/// A decision of the layout, to be carried out on the texels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Write the entry's texels to `region`.
    Place {
        /// The entry, or the tile: tiles have keys of their own.
        key: PixmapKey,
        /// Its region.
        region: Region,
        /// What is known about the surroundings of the region.
        placement: Placement,
        /// Number of mip levels that the region holds.
        levels: u8,
        /// The pixmap that it is a tile of.
        tile: Option<TileOf>,
    },
    /// A pixmap is cut into tiles, which are placed by the ops that follow. It has no region of its own.
    Tile {
        /// The pixmap.
        key: PixmapKey,
        /// Width and height of the pixmap.
        size: Size,
        /// Number of its mip levels.
        levels: u8,
        /// Number of its tiles.
        tiles: u32,
    },
    /// A pixmap gets the region or the tiles of another one, whose key is dead from here on. Its own tiles were removed before;
    /// its own region is given up.
    Adopt {
        /// The pixmap.
        key: PixmapKey,
        /// The other one.
        from: PixmapKey,
    },
    /// Pack one page from scratch: the next `moves` ops are [`Op::Move`]s to `page`, most of them from `page` itself.
    /// They are one batch: all of them read before any of them writes, since one may go where another still lies.
    Rebuild {
        /// The page.
        page: PageIndex,
        /// Number of moves that follow.
        moves: u32,
    },
    /// Copy the entry's texels. The pages differ, except for moves that belong to an [`Op::Rebuild`].
    Move {
        /// The entry.
        key: PixmapKey,
        /// Where its texels are.
        from: Region,
        /// Where they go.
        to: Region,
    },
    /// The entry was evicted; its key is dead.
    Evict {
        /// The entry's key.
        key: PixmapKey,
        /// Where it was; for a pixmap in tiles, where the first of them was.
        from: Region,
        /// Why it was evicted, and its last use.
        last: LastUse,
    },
    /// The entry was removed on request, or is a tile of one that was removed or evicted; its key is dead.
    Remove {
        /// The entry's key.
        key: PixmapKey,
        /// Where it was; `None` for a pixmap in tiles.
        from: Option<Region>,
    },
}
