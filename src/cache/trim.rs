//! Trimming: memory released before the budget requires it, on request and by a cache at rest.
//!
//! Textures are released whole, and entries are evicted only for a texture that is then released. Invariant: nothing in
//! use or pinned is evicted.

use std::cmp::Reverse;
use std::hash::Hash;

use super::PixmapCache;
use crate::clock::Instant;
use crate::layout::{EvictReason, ReleaseTerms};

/// Selects what [`PixmapCache::trim`] releases. Entries are in use if they are pinned or were used in this frame or the one
/// before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trim {
    /// Releases the textures that aren't needed for entries in use or used in the last `for_frames` frames.
    Unused {
        /// Frames without a touch after which an entry may go.
        for_frames: u64,
    },
    /// Releases enough for video memory to be at most this many bytes, as far as entries in use allow. The budget stays as
    /// it is.
    To(u64),
    /// Releases the textures that aren't needed for entries in use.
    All,
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Releases video memory on request. Returns the number of bytes released.
    ///
    /// Textures are released whole, and entries are evicted only for a texture that is then released. The one texture of
    /// an [`Upfront`](crate::CommitPolicy::Upfront) cache is released when nothing in it is in use.
    ///
    /// The bytes leave [`vram_bytes`](crate::CacheStats::vram_bytes) at a later [`begin_frame`](Self::begin_frame), once
    /// the GPU is done with them. Never waits for the GPU.
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
        // If nothing is kept, all at once: one by one, entries would move to the texture that is released next.
        if terms.max_evicted_texels == u64::MAX && self.release_together(&lists, terms) {
            return;
        }
        for list in lists {
            let evictions = self.layout.stats().evictions;
            let released = self.release(&list, terms);
            let evicted = self.layout.stats().evictions > evictions;
            // The terms limit what is evicted for all textures together.
            if released && evicted && terms.max_evicted_texels < u64::MAX {
                return;
            }
        }
    }

    /// Trims an idle cache; see [`crate::IdlePolicy`].
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
