//! What the layout has decided, in the order in which the GPU must carry it out.
//!
//! Order matters: a place that one op leaves may be taken by the next. Whoever replays the list from its start, one
//! op after the other, has every resident entry's own texels at its region.

use super::evict_reason::EvictReason;
use super::region::{PageIndex, Region};
use super::skyline::Placement;
use crate::key::PixmapKey;

/// What an entry was when it was evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// Why it had to go.
    pub reason: EvictReason,
    /// Frames since it was last used.
    pub age_frames: u32,
    /// How often it came back after having been out of sight, counted to 3.
    pub visits: u8,
}

/// One step for whoever holds the texels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// The entry lies at `region`; its texels are to be written there.
    Place {
        /// The entry.
        key: PixmapKey,
        /// Its region.
        region: Region,
        /// What is known of the region's surroundings.
        placement: Placement,
    },
    /// One page is packed anew: the next `moves` ops are [`Op::Move`]s to `page`, most of them from `page` itself. They are
    /// one batch: all of them read before any of them writes, since where one goes another may still lie.
    Rebuild {
        /// The page.
        page: PageIndex,
        /// How many moves follow.
        moves: u32,
    },
    /// Copy the entry's texels. The pages differ, but for moves that belong to an [`Op::Rebuild`].
    Move {
        /// The entry.
        key: PixmapKey,
        /// Where its texels are.
        from: Region,
        /// Where they go.
        to: Region,
    },
    /// The entry had to go; its key is dead.
    Evict {
        /// The entry that was.
        key: PixmapKey,
        /// Where it was.
        from: Region,
        /// Why, and what it was worth.
        last: LastUse,
    },
    /// The entry was forgotten on request; its key is dead.
    Remove {
        /// The entry that was.
        key: PixmapKey,
        /// Where it was.
        from: Region,
    },
}
