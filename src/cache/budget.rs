//! Budgets: changing how much video memory a cache holds.
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

    /// Changes the budget, which takes effect at once.
    ///
    /// A larger budget evicts nothing; textures are committed as they are needed. A smaller one evicts entries and
    /// releases textures until the budget holds, except for entries in use: pinned, or used in this frame or the one
    /// before. Those keep their textures until a frame goes without them, and a budget that holds no page takes in nothing
    /// new. A budget of 0 empties the cache, except for the region table. Entries that stay keep their keys. Region table
    /// and page side never change.
    ///
    /// A cache that was created with a small budget can't use a much larger one: it has as many pages as its textures have
    /// layers, at most the device's `max_texture_array_layers` (four times as many when it commits
    /// [`Stepwise`](crate::CommitPolicy::Stepwise)), and `max_entries` entries.
    ///
    /// The bind group may be replaced. Passes recorded before must have been submitted.
    ///
    /// A released texture counts until the GPU is done with it. Until then the error says how many bytes these are, and a
    /// later [`begin_frame`](Self::begin_frame) drops the texture.
    ///
    /// An [`Upfront`](crate::CommitPolicy::Upfront) cache swaps its one texture for another. The budget doesn't hold both,
    /// so the entries are copied to staging memory in between, and this method waits for the GPU. A swap that fails,
    /// because entries are in use or the device has no memory for it, is tried again by a later `begin_frame`, which
    /// waits as well. A [`Stepwise`](crate::CommitPolicy::Stepwise) cache never waits. When it has all its textures, it
    /// swaps the smallest for a larger one.
    ///
    /// # Errors
    ///
    /// Returns a [`BudgetError`] when entries in use, textures that the GPU still uses, and the region table take more
    /// than `budget_bytes`. The new budget takes effect anyway; the excess is released at the start of a later frame. The
    /// error is also returned when the device has no memory to keep the entries of an `Upfront` cache, which are removed.
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

    /// Releases what exceeds the budget, as far as entries in use allow. Gives an `Upfront` cache all its pages.
    fn hold_budget(&mut self, terms: &ReleaseTerms) {
        let pages = self.atlas.plan().max_pages();
        if self.atlas.plan().is_upfront() {
            self.swap_to(pages, terms);
        } else {
            self.release_down_to(pages, terms);
        }
    }

    /// Releases what a smaller budget couldn't, as soon as it is no longer in use. Call it while the entries of the last
    /// frame are protected.
    pub(super) fn release_overdue(&mut self) {
        // An Upfront cache needs memory for another texture, and doesn't ask for it in every frame.
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

    /// Drops the textures that the GPU is done with, and uses the room. Call it when everything recorded before has been
    /// submitted: what was released until then is dropped as soon as the GPU has carried that out.
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
