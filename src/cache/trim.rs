//! Memory given back before the budget asks for it: on request, and by a cache at rest.
//!
//! Entries go first, then the textures that the rest doesn't need. Invariant: nothing in use or pinned goes.

use std::hash::Hash;
use std::ops::Range;
use std::time::Instant;

use super::PixmapCache;
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

impl<N: Hash + Eq> PixmapCache<N> {
    /// Gives video memory back on request, and answers how many bytes. Textures go whole: the one of an
    /// [`Upfront`](crate::Commit::Upfront) cache only when nothing is left in it.
    pub fn trim(&mut self, trim: Trim) -> u64 {
        let before = self.atlas.vram_bytes();
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
        // Released memory returns to the device when a submission notices; the next flush may be far.
        before - self.atlas.vram_bytes()
    }

    fn evict_unseen(&mut self, frame: u64, texels: u64, reason: EvictReason) {
        let _ = (frame, texels, reason);
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
        let ranges = self.atlas.ranges();
        // The fewest pages that are enough: textures are released from the largest on while the rest suffices.
        let mut kept: Vec<Range<u32>> = ranges;
        kept.sort_by_key(|range| range.len());
        while let Some(largest) = kept.pop() {
            let rest: usize = kept.iter().map(|range| range.len()).sum();
            if rest as u32 >= needed {
                self.release(largest);
            }
        }
    }

    /// Trims a cache at rest; see [`crate::Idle`].
    pub(super) fn trim_idle(&mut self, now: Instant) {
        let layout = self.keys.layout().stats();
        let Some(step) = self.idle_clock.tick(now, layout.frame, self.counts.uploads) else {
            return;
        };
        if self.atlas.committed_pages() == 0 {
            return;
        }
        let quarter = layout.live_texels.div_ceil(4);
        let texels = quarter.saturating_mul(u64::from(step.steps));
        self.evict_unseen(step.seen_since, texels, EvictReason::Idle);
        if self.keys.layout().stats().evictions > layout.evictions {
            self.idle_clock.spend();
        }
        self.release_spare();
    }
}
