//! Recent evictions and their reasons.
//!
//! A ring of fixed length, kept when the descriptor asks for it: a recorded eviction keeps the entry's name alive.
//! Recording copies a few words and, once the ring is full, drops the name of the oldest.

use std::collections::{VecDeque, vec_deque};
use std::iter::{FusedIterator, Rev};

use crate::geometry::Size;
use crate::key::PixmapKey;
use crate::layout::{EvictReason, LastUse, PageIndex, Region};

/// An entry that the cache has evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eviction<N> {
    /// The entry's key, which is dead.
    pub key: PixmapKey,
    /// The entry's name, if it had one.
    pub name: Option<N>,
    /// Width and height in texels.
    pub size: Size,
    /// The page that the entry was on.
    pub page: PageIndex,
    /// The frame in which the entry was evicted.
    pub frame: u64,
    /// Frames from the entry's last use to its eviction.
    pub age_frames: u32,
    /// How often the entry had been used again after a time out of use, counted to 3.
    pub visits: u8,
    /// Why the entry was evicted.
    pub reason: EvictReason,
}

/// When and from where an entry was evicted.
#[derive(Clone, Copy)]
pub(crate) struct Departure {
    pub(crate) frame: u64,
    pub(crate) from: Region,
    pub(crate) last: LastUse,
}

/// The last evictions of a cache that records them.
#[derive(Debug)]
pub(crate) struct EvictionLog<N> {
    /// Oldest first; at most [`EvictionLog::MAX`].
    ring: VecDeque<Eviction<N>>,
}

impl<N> EvictionLog<N> {
    /// Evictions recorded: about 16 KiB, and what the names hold.
    const MAX: usize = 256;

    pub(crate) fn new() -> Self {
        Self {
            ring: VecDeque::new(),
        }
    }

    pub(crate) fn record(&mut self, key: PixmapKey, name: Option<N>, departure: Departure) {
        let Departure { frame, from, last } = departure;
        if self.ring.len() == Self::MAX {
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

    pub(super) fn newest_first(&self) -> Evictions<'_, N> {
        Evictions {
            newest_first: self.ring.iter().rev(),
        }
    }
}

/// An iterator over the last evictions of a cache, the latest first, from
/// [`Inspection::evictions`](super::Inspection::evictions).
#[derive(Clone, Debug)]
pub struct Evictions<'c, N> {
    newest_first: Rev<vec_deque::Iter<'c, Eviction<N>>>,
}

/// None: evictions aren't recorded.
impl<N> Default for Evictions<'_, N> {
    fn default() -> Self {
        Self {
            newest_first: vec_deque::Iter::default().rev(),
        }
    }
}

impl<'c, N> Iterator for Evictions<'c, N> {
    type Item = &'c Eviction<N>;

    fn next(&mut self) -> Option<&'c Eviction<N>> {
        self.newest_first.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.newest_first.size_hint()
    }
}

impl<N> ExactSizeIterator for Evictions<'_, N> {}
impl<N> FusedIterator for Evictions<'_, N> {}
