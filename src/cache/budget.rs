//! How much video memory a cache holds: other budgets, and what they release.
//!
//! Textures come in `commit.rs` and go in `release.rs`. Invariant: after every method `vram_bytes` is within the budget,
//! except for what a smaller budget couldn't release yet: what is in use waits for `release_overdue`, what the GPU uses
//! for `collect_released`.

use std::hash::Hash;

use super::PixmapCache;
use crate::error::BudgetError;
use crate::layout::{EvictReason, ReleaseTerms};

impl<N: Hash + Eq> PixmapCache<N> {
    /// Returns how many bytes of video memory the cache may hold.
    pub fn budget(&self) -> u64 {
        self.atlas.plan().budget_bytes
    }

    /// Changes the budget at once. A larger one evicts nothing: textures come as they are needed. Below what is held,
    /// entries are evicted and textures released until it holds, the ones in use in this frame or pinned last. 0
    /// empties the cache, except for the region table. Keys of entries that stay are valid, others stay dead.
    ///
    /// The bind group may be replaced. Passes recorded before must have been submitted.
    ///
    /// A released texture counts until the GPU is done with it. If it isn't yet, a later
    /// [`begin_frame`](Self::begin_frame) drops the texture, and the error says how many bytes these are.
    ///
    /// A cache that commits [`Upfront`](crate::CommitPolicy::Upfront) swaps its one texture for another. The budget doesn't
    /// hold both, so the entries wait in staging memory, and this waits for the GPU. A swap that can't be made, because
    /// entries are in use or the device has no memory for it, is tried again by a later `begin_frame`, which waits in
    /// turn. A [`Stepwise`](crate::CommitPolicy::Stepwise) cache never waits. When all its textures are there, its smallest is
    /// swapped for a larger one.
    ///
    /// Region table and page side stay as they were made: see [`max_entries`](crate::CacheDescriptor::max_entries).
    ///
    /// # Errors
    ///
    /// [`BudgetError`] when entries in use, textures that the GPU still uses, or the region table take more than
    /// `budget_bytes`. The new budget is in force all the same: what is over it goes at the start of a later frame. Also
    /// when the device had no memory to keep the entries of an `Upfront` cache, and they are forgotten.
    pub fn set_budget(&mut self, budget_bytes: u64) -> Result<(), BudgetError> {
        let lost_before = self.counts.lost_entries;
        self.atlas.set_budget(budget_bytes);
        self.backoff.reset();
        self.limit_pages();
        self.unpin_dropped();
        let terms = self.terms_within_frame(EvictReason::Budget);
        self.hold_budget(&terms);
        self.collect_released();
        self.within_budget(self.counts.lost_entries - lost_before)
    }

    /// Releases what is over the budget, as far as what is in use allows. Gives an `Upfront` cache all its pages.
    fn hold_budget(&mut self, terms: &ReleaseTerms) {
        let pages = self.atlas.plan().max_pages();
        if self.atlas.plan().is_upfront() {
            self.swap_to(pages, terms);
        } else {
            self.release_down_to(pages, terms);
        }
    }

    /// Releases what a smaller budget couldn't, as soon as it isn't in use any more. To be called while the entries of
    /// the last frame are protected.
    pub(super) fn release_overdue(&mut self) {
        // Another texture for an Upfront cache takes memory, which is not asked for in every frame.
        let frame = self.layout.frame();
        let waits = self.atlas.plan().is_upfront() && self.backoff.is_waiting(frame);
        if self.atlas.bound_bytes() > self.budget() && self.page_count() > 0 && !waits {
            let terms = ReleaseTerms {
                keep_since_frame: frame,
                ..self.terms_within_frame(EvictReason::Budget)
            };
            self.hold_budget(&terms);
        }
    }

    /// Drops what the GPU is done with, and uses the room. To be called when everything recorded before is submitted:
    /// what was released until then is dropped as soon as the GPU has done that.
    pub(super) fn collect_released(&mut self) {
        self.atlas.collect_released();
        if self.backoff.ends_at(self.layout.frame()) {
            self.limit_pages();
        }
        self.grow_smallest();
    }

    fn within_budget(&self, lost_entries: u32) -> Result<(), BudgetError> {
        let stats = self.stats();
        if stats.vram_bytes <= stats.budget_bytes && lost_entries == 0 {
            return Ok(());
        }
        Err(BudgetError {
            vram_bytes: stats.vram_bytes,
            budget_bytes: stats.budget_bytes,
            protected_bytes: stats.protected_bytes,
            releasing_bytes: stats.releasing_bytes,
            table_bytes: self.atlas.plan().fixed_bytes(),
            lost_entries,
        })
    }
}
