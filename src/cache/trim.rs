//! Memory given back before the budget asks for it: on request, and by a cache at rest.
//!
//! Entries go first, then the textures that the rest doesn't need. Invariant: nothing in use or pinned goes.

use std::hash::Hash;
use std::time::Instant;

use super::PixmapCache;
use crate::descriptor::Idle;
use crate::layout::EvictReason;

/// A texture is released when what is alive covers at most this share of the pages that stay (numerator and
/// denominator). Far below full, so that a cache at the edge doesn't commit and release in turns.
const RELEASE_BELOW: (u64, u64) = (1, 2);

/// What [`PixmapCache::trim`] is to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trim {
    /// Entries that weren't used in the last `for_frames` frames, and the textures that are then not needed.
    Unused {
        /// Frames without a touch; 0 stands for everything not used in this frame.
        for_frames: u64,
    },
    /// Enough that video memory is at most this many bytes, if what is in use allows. The budget stays as it is.
    To(u64),
    /// Everything that isn't in use in this frame or pinned.
    All,
}

/// When a cache at rest gives memory back.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdleClock {
    idle: Option<Idle>,
    /// When the next trimming is due; `None` until the first frame after an insertion.
    due: Option<Instant>,
    /// Insertions when that was reckoned: another count means that something new came.
    uploads_seen: u64,
    /// First frame of the interval before the next trimming: what was seen since then stays.
    interval_frame: u64,
}

impl IdleClock {
    pub(super) fn new(idle: Option<Idle>) -> Self {
        Self {
            idle,
            due: None,
            uploads_seen: 0,
            interval_frame: 0,
        }
    }

    /// Whether anybody has to read a clock.
    pub(super) fn runs(&self) -> bool {
        self.idle.is_some()
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Releases video memory on request, and returns how many bytes. Textures go whole: the one of an
    /// [`Upfront`](crate::Commit::Upfront) cache only when nothing is left in it.
    ///
    /// The bytes leave [`vram_bytes`](crate::CacheStats::vram_bytes) at a later [`begin_frame`](Self::begin_frame), once
    /// the GPU is done with them. Never waits.
    pub fn trim(&mut self, trim: Trim) -> u64 {
        let before = self.atlas.bound_bytes();
        let frame = self.keys.layout().stats().frame;
        match trim {
            Trim::Unused { for_frames } => {
                self.evict_unseen(frame.saturating_sub(for_frames), u64::MAX, EvictReason::Trimmed);
                self.release_spare();
            }
            Trim::To(bytes) => {
                let pages = self.atlas.plan().pages_within(bytes);
                if pages < self.page_count() && self.atlas.plan().upfront {
                    self.evict_unseen(frame, u64::MAX, EvictReason::Trimmed);
                }
                self.release_down_to(pages);
            }
            Trim::All => {
                self.evict_unseen(frame, u64::MAX, EvictReason::Trimmed);
                self.release_spare();
            }
        }
        before - self.atlas.bound_bytes()
    }

    fn evict_unseen(&mut self, frame: u64, texels: u64, reason: EvictReason) {
        self.keys.evict_unseen(frame, texels, reason);
        self.hand_over();
    }

    /// Releases textures as long as what is alive fits the rest with ease.
    fn release_spare(&mut self) {
        let live = self.keys.layout().stats().live_texels;
        let side = u64::from(self.page_side());
        let (above, below) = RELEASE_BELOW;
        let needed = (live * below).div_ceil(above * side * side) as u32;
        if self.atlas.plan().upfront && live > 0 {
            return;
        }
        // The fewest pages that are enough: textures are released from the largest on while the rest suffices.
        let mut kept = self.atlas.page_lists();
        kept.sort_by_key(Vec::len);
        while let Some(largest) = kept.pop() {
            let rest: usize = kept.iter().map(Vec::len).sum();
            if rest as u32 >= needed {
                self.release(largest);
            }
        }
    }

    /// Trims a cache at rest; see [`crate::Idle`].
    pub(super) fn trim_idle(&mut self, now: Instant) {
        let Some(idle) = self.idle_clock.idle else {
            return;
        };
        let frame = self.keys.layout().stats().frame;
        let news = self.counts.uploads != self.idle_clock.uploads_seen;
        let due = match self.idle_clock.due {
            Some(due) if !news => due,
            _ => {
                self.idle_clock.uploads_seen = self.counts.uploads;
                self.idle_clock.interval_frame = frame;
                self.idle_clock.due = now.checked_add(idle.after);
                return;
            }
        };
        if now < due || self.atlas.committed_pages() == 0 {
            return;
        }
        let quarter = self.keys.layout().stats().live_texels.div_ceil(4);
        self.evict_unseen(self.idle_clock.interval_frame, quarter, EvictReason::Idle);
        self.release_spare();
        self.idle_clock.interval_frame = frame;
        self.idle_clock.due = now.checked_add(idle.every);
    }
}
