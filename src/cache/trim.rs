//! Memory given back before the budget asks for it: on request, and by a cache at rest.
//!
//! Textures go whole, and entries only for a texture that goes. Invariant: nothing in use or pinned goes.

use std::cmp::Reverse;
use std::hash::Hash;
use std::time::Instant;

use super::PixmapCache;
use crate::layout::{EvictReason, ReleaseTerms};

/// What [`PixmapCache::trim`] is to give back. In use is what is pinned, or was used in this frame or the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trim {
    /// The textures that aren't needed for what is in use or was used in the last `for_frames` frames.
    Unused {
        /// Frames without a touch after which an entry may go.
        for_frames: u64,
    },
    /// Enough that video memory is at most this many bytes, if what is in use allows. The budget stays as it is.
    To(u64),
    /// The textures that aren't needed for what is in use.
    All,
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Releases video memory on request, and returns how many bytes. Textures go whole, and entries are evicted only for
    /// a texture that goes: the one of an [`Upfront`](crate::CommitPolicy::Upfront) cache goes when nothing in it is in use.
    ///
    /// The bytes leave [`vram_bytes`](crate::CacheStats::vram_bytes) at a later [`begin_frame`](Self::begin_frame), once
    /// the GPU is done with them. Never waits.
    pub fn trim(&mut self, trim: Trim) -> u64 {
        self.unpin_dropped();
        let before = self.atlas.bound_bytes();
        let mut terms = self.terms_within_frame(EvictReason::Trimmed);
        match trim {
            Trim::Unused { for_frames } => {
                let since = self.layout.frame().saturating_sub(for_frames);
                terms.keep_since_frame = terms.keep_since_frame.min(since);
                self.release_unneeded(&terms);
            }
            Trim::To(bytes) => {
                let pages = self.atlas.plan().pages_within(bytes);
                self.release_down_to(pages, &terms);
            }
            Trim::All => self.release_unneeded(&terms),
        }
        before - self.atlas.bound_bytes()
    }

    /// Releases every texture that the terms allow to go, the largest first.
    fn release_unneeded(&mut self, terms: &ReleaseTerms) {
        let mut lists = self.atlas.page_lists();
        lists.sort_by_key(|list| Reverse(list.len()));
        // When nothing is kept. One by one, entries would move on to the texture that goes next.
        if terms.max_evicted_texels == u64::MAX && self.release_together(&lists, terms) {
            return;
        }
        for list in lists {
            let evictions = self.layout.stats().evictions;
            let released = self.release(&list, terms);
            let evicted = self.layout.stats().evictions > evictions;
            // What the terms allow to be evicted is for all textures together.
            if released && evicted && terms.max_evicted_texels < u64::MAX {
                return;
            }
        }
    }

    /// Trims a cache at rest; see [`crate::IdlePolicy`].
    pub(super) fn trim_idle(&mut self, now: Instant) {
        let layout = self.layout.stats();
        let Some(step) = self.idle_clock.tick(now, layout.frame, self.counts.uploads) else {
            return;
        };
        let quarters = u64::from(step.steps);
        self.release_unneeded(&ReleaseTerms {
            reason: EvictReason::Idle,
            keep_since_frame: step.seen_since,
            max_evicted_texels: layout.live_texels.saturating_mul(quarters) / 4,
        });
        if self.layout.stats().evictions > layout.evictions {
            self.idle_clock.spend();
        }
    }
}
