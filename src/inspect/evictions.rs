//! The last evictions: what went, and why.
//!
//! A ring of fixed length. Names come out of the key table, where they would have been dropped, so that recording
//! copies a few words and, once the ring is full, drops the name of the oldest.

use std::collections::VecDeque;

use crate::geometry::Size;
use crate::key::PixmapKey;
use crate::layout::{EvictReason, LastUse, PageIndex, Region};

/// An entry that the cache has evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eviction<N> {
    /// The key, dead for ever.
    pub key: PixmapKey,
    /// The name, if it had one.
    pub name: Option<N>,
    /// Width and height in texels.
    pub size: Size,
    /// The page that it lay on.
    pub page: PageIndex,
    /// The frame in which it went.
    pub frame: u64,
    /// Frames since it was last used, then.
    pub age_frames: u32,
    /// How often it had come back after having been out of sight, counted to 3.
    pub visits: u8,
    /// Why it went.
    pub reason: EvictReason,
}

/// When and from where an entry went.
#[derive(Clone, Copy)]
pub(crate) struct Departure {
    pub(crate) frame: u64,
    pub(crate) from: Region,
    pub(crate) last: LastUse,
}

#[derive(Debug)]
pub(crate) struct Evictions<N> {
    /// Oldest first; at most [`Evictions::MOST`].
    ring: VecDeque<Eviction<N>>,
}

impl<N> Evictions<N> {
    /// Evictions remembered: about 16 KiB, and what the names hold.
    pub(crate) const MOST: usize = 256;

    pub(crate) fn new() -> Self {
        Self {
            ring: VecDeque::new(),
        }
    }

    pub(crate) fn record(&mut self, key: PixmapKey, name: Option<N>, departure: Departure) {
        let Departure { frame, from, last } = departure;
        if self.ring.len() == Self::MOST {
            self.ring.pop_front();
        }
        self.ring.push_back(Eviction {
            key,
            name,
            size: from.rect.size(),
            page: from.page,
            frame,
            age_frames: last.age_frames,
            visits: last.visits,
            reason: last.reason,
        });
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Eviction<N>> {
        self.ring.iter().rev()
    }
}
