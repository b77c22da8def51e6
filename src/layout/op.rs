//! What the layout has decided, in the order in which it must be carried out.
//!
//! Order matters: a place that one op leaves may be taken by the next. Replaying all ops from the first on gives every
//! resident entry its own texels.

use super::evict_reason::EvictReason;
use super::region::{PageIndex, Region};
use super::skyline::Placement;
use crate::key::PixmapKey;

/// The last use of an entry that was evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastUse {
    /// Why it was evicted.
    pub reason: EvictReason,
    /// Frames since its last use.
    pub age_frames: u32,
    /// How often it was used again after a few frames without use, counted to 3.
    pub visits: u8,
}

/// A decision of the layout, to be carried out on the texels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Write the entry's texels to `region`.
    Place {
        /// The entry.
        key: PixmapKey,
        /// Its region.
        region: Region,
        /// What is known about the surroundings of the region.
        placement: Placement,
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
        /// Where it was.
        from: Region,
        /// Why it was evicted, and its last use.
        last: LastUse,
    },
    /// The entry was removed on request; its key is dead.
    Remove {
        /// The entry's key.
        key: PixmapKey,
        /// Where it was.
        from: Region,
    },
}
