//! How much video memory a cache holds: committing textures, releasing them, and other budgets.
//!
//! Textures come and go whole. Invariant: after every method `vram_bytes` is within the budget, but for what a smaller
//! budget couldn't release yet, and `release_overdue` sees to that.

use std::hash::Hash;
use std::ops::Range;

use super::PixmapCache;
use crate::error::Unreleased;
use crate::plan;

/// Frames until a texture that the device had no memory for is tried again; doubled each time.
const RETRY_FRAMES: u64 = 120;

/// Doublings of the above at most: about four minutes at 60 frames a second.
const MAX_DOUBLINGS: u32 = 7;

/// When memory was last asked for, and refused.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// No texture is tried before this frame.
    retry_frame: u64,
    failures_in_a_row: u32,
}

impl Memory {
    /// Whether the device had no memory when it was last asked.
    pub(super) fn is_short(&self) -> bool {
        self.failures_in_a_row > 0
    }

    pub(super) fn forget_failures(&mut self) {
        self.retry_frame = 0;
        self.failures_in_a_row = 0;
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Bytes of video memory that the cache may hold.
    pub fn budget(&self) -> u64 {
        self.atlas.plan().budget_bytes
    }

    /// Changes the budget at once. Above what is held nothing else changes: textures come as they are needed. Below,
    /// entries are evicted and textures released until it holds, the ones in use in this frame or pinned last. 0
    /// empties the cache but for the region table. Keys of entries that stay are valid, others are dead for ever.
    ///
    /// A cache that commits [`Upfront`](crate::Commit::Upfront) swaps its one texture for another, and for the time of
    /// the copy holds both. Who can't afford that calls [`clear`](Self::clear) first: an empty cache drops the one before
    /// it asks for the other. A swap that can't be made, because entries are in use or the device has no memory for it, is
    /// tried again by a later [`begin_frame`](Self::begin_frame). Its bind group is another one afterwards, and passes
    /// recorded with the old one must have been submitted before.
    ///
    /// Region table and page side stay as they were made: see [`max_entries`](crate::CacheDescriptor::max_entries).
    ///
    /// # Errors
    ///
    /// [`Unreleased`] when entries in use, or the region table, take more than `budget_bytes`. The new budget is in
    /// force all the same: what is over it is released at the start of a later frame.
    pub fn set_budget(&mut self, budget_bytes: u64) -> Result<(), Unreleased> {
        self.atlas.set_budget(budget_bytes);
        self.memory.forget_failures();
        self.limit_pages();
        self.hold_budget();
        self.within_budget()
    }

    /// Releases what is over the budget, as far as what is in use allows.
    fn hold_budget(&mut self) {
        let pages = self.atlas.plan().max_pages();
        match self.atlas.plan().upfront {
            true => self.swap_to(pages),
            false => self.release_down_to(pages),
        }
    }

    /// Commits the next texture: true when there are new pages.
    pub(super) fn commit_next(&mut self) -> bool {
        let frame = self.keys.layout().stats().frame;
        if frame < self.memory.retry_frame {
            return false;
        }
        let Some(mut layers) = self.atlas.next_layers() else {
            return self.make_way_for_larger();
        };
        loop {
            let failed = match self.atlas.commit(layers) {
                Ok(pages) => {
                    self.keys.commit_pages(pages);
                    self.limit_pages();
                    self.memory.failures_in_a_row = 0;
                    return true;
                }
                Err(failed) => failed,
            };
            // Less may do, as long as there is no page at all.
            if self.page_count() > 0 || layers < 4 {
                drop(failed);
                self.postpone_commit(frame);
                return false;
            }
            layers = plan::usable_layers(layers / 2);
        }
    }

    /// With every binding in use, a larger budget is of use only when the smallest texture makes way. Its memory
    /// isn't free before its last use is done, so the larger one is committed in a later frame.
    fn make_way_for_larger(&mut self) -> bool {
        let Some(spare) = self.atlas.plan().max_pages().checked_sub(self.page_count()) else {
            return false;
        };
        let smallest = self.atlas.ranges().into_iter().min_by_key(|pages| pages.len());
        let Some(smallest) = smallest.filter(|pages| pages.len() as u32 <= spare) else {
            return false;
        };
        if !self.atlas.plan().upfront && self.release(smallest) {
            self.memory.retry_frame = self.keys.layout().stats().frame + 2;
        }
        false
    }

    /// Stays within what there is, and tries again later.
    fn postpone_commit(&mut self, frame: u64) {
        let memory = &mut self.memory;
        memory.retry_frame = frame + (RETRY_FRAMES << memory.failures_in_a_row.min(MAX_DOUBLINGS));
        memory.failures_in_a_row += 1;
        self.counts.commit_failures += 1;
        self.limit_pages();
    }

    /// Tells the layout how many pages there may be: those there are, while the device has no memory for more.
    pub(super) fn limit_pages(&mut self) {
        let frame = self.keys.layout().stats().frame;
        let max_pages = match frame < self.memory.retry_frame {
            true => self.page_count(),
            false => self.atlas.reachable_pages(),
        };
        self.keys.set_max_pages(max_pages);
    }

    /// Releases what a smaller budget couldn't, as soon as it isn't in use any more.
    pub(super) fn release_overdue(&mut self) {
        let frame = self.keys.layout().stats().frame;
        if frame == self.memory.retry_frame {
            self.limit_pages();
        }
        // Another texture for an Upfront cache takes memory, which is not asked for in every frame.
        let waits = self.atlas.plan().upfront && frame < self.memory.retry_frame;
        if self.atlas.vram_bytes() > self.budget() && self.page_count() > 0 && !waits {
            self.hold_budget();
        }
    }

    fn within_budget(&self) -> Result<(), Unreleased> {
        let stats = self.stats();
        if stats.vram_bytes <= stats.budget_bytes {
            return Ok(());
        }
        Err(Unreleased {
            vram_bytes: stats.vram_bytes,
            budget_bytes: stats.budget_bytes,
            protected_bytes: stats.protected_bytes,
            table_bytes: self.atlas.plan().fixed_bytes(),
        })
    }

    /// Releases textures until at most `pages` pages are left.
    pub(super) fn release_down_to(&mut self, pages: u32) {
        for range in largest_to_release(&self.atlas.ranges(), pages) {
            self.release(range);
        }
    }

    /// Empties the pages of one texture and drops it. False when entries in use find no other place.
    pub(super) fn release(&mut self, pages: Range<u32>) -> bool {
        let emptied = self.keys.release_pages(pages.clone(), &self.released());
        self.hand_over();
        if !emptied {
            return false;
        }
        let released = self.atlas.release(&pages);
        if !released {
            self.keys.commit_pages(pages);
        }
        self.limit_pages();
        released
    }

    fn released(&self) -> crate::layout::ReleaseTerms {
        crate::layout::ReleaseTerms {
            reason: crate::layout::EvictReason::Released,
            keep_since_frame: self.keys.layout().stats().frame,
            max_evicted_texels: u64::MAX,
        }
    }

    /// Gives an Upfront cache `pages` pages, in place of those it has.
    fn swap_to(&mut self, pages: u32) {
        let committed = self.page_count();
        if self.is_empty() || pages < crate::layout::MIN_PAGES {
            self.release_down_to(0);
        }
        if self.page_count() == 0 {
            while self.commit_next() {}
            return;
        }
        let Some(last) = self.atlas.ranges().into_iter().max_by_key(|range| range.end) else {
            return;
        };
        let others = committed - last.len() as u32;
        if pages < others + crate::layout::MIN_PAGES {
            if self.release(last) {
                self.swap_to(pages);
            }
            return;
        }
        let layers = (pages - others).min(self.atlas.plan().most_layers);
        self.swap(last, plan::usable_layers(layers));
    }

    fn swap(&mut self, pages: Range<u32>, layers: u32) {
        let kept = pages.start + layers;
        if layers == pages.len() as u32 {
            return;
        }
        if kept < pages.end {
            let emptied = self.keys.release_pages(kept..pages.end, &self.released());
            self.hand_over();
            if !emptied {
                return;
            }
        }
        match self.atlas.swap(&pages, layers) {
            Ok(swapped) => {
                self.keys.commit_pages(swapped);
                self.memory.failures_in_a_row = 0;
                self.limit_pages();
            }
            // The old texture is still there, with all its pages.
            Err(_) => {
                self.keys.commit_pages(pages);
                self.postpone_commit(self.keys.layout().stats().frame);
            }
        }
    }
}

/// Which textures to release so that at most `pages` pages stay, and as many of them as can be.
fn largest_to_release(ranges: &[Range<u32>], pages: u32) -> Vec<Range<u32>> {
    let kept_pages = |kept: u32| -> u32 {
        let in_kept = ranges
            .iter()
            .enumerate()
            .filter(|(index, _)| kept & 1 << index != 0);
        in_kept.map(|(_, range)| range.len() as u32).sum()
    };
    // At most four textures: sixteen subsets.
    let subsets = (0..1u32 << ranges.len()).filter(|kept| kept_pages(*kept) <= pages);
    let kept = subsets.max_by_key(|kept| kept_pages(*kept)).unwrap_or(0);
    let released = ranges
        .iter()
        .enumerate()
        .filter(|(index, _)| kept & 1 << index == 0);
    released.map(|(_, range)| range.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::{CacheDescriptor, Commit, PixelFormat, Pixmap, Size};

    fn cache() -> PixmapCache<u32> {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let descriptor = CacheDescriptor {
            budget_bytes: 1 << 20,
            page_side: Some(128),
            commit: Commit::Stepwise,
            idle: None,
            ..Default::default()
        };
        PixmapCache::new(&device, &queue, &descriptor).expect("the descriptor is sound")
    }

    fn insert(cache: &mut PixmapCache<u32>) -> Result<(), crate::InsertError> {
        let bytes = [7; 32 * 32 * 4];
        let pixmap = Pixmap::new(PixelFormat::Rgba8, Size::new(32, 32), &bytes);
        cache.begin_frame();
        cache.insert(pixmap).map(drop)
    }

    #[test]
    fn without_memory_the_cache_evicts_within_what_it_has_and_tries_again_later() {
        let mut cache = cache();
        insert(&mut cache).expect("the first texture comes");
        let pages = cache.page_count();
        cache.atlas.commits_to_fail = 2;
        for _ in 0..RETRY_FRAMES {
            insert(&mut cache).expect("there is room for one pixmap a frame");
        }
        let stats = cache.stats();
        assert_eq!(cache.page_count(), pages, "a texture came in spite of all");
        assert!(stats.evictions > 0, "nothing was evicted");
        assert_eq!(
            stats.commit_failures, 1,
            "not tried once in {RETRY_FRAMES} frames"
        );
        for _ in 0..RETRY_FRAMES * 2 {
            insert(&mut cache).expect("there is room for one pixmap a frame");
        }
        assert_eq!(
            cache.stats().commit_failures,
            2,
            "the second try comes after the first wait"
        );
        for _ in 0..RETRY_FRAMES * 2 {
            insert(&mut cache).expect("there is room for one pixmap a frame");
        }
        assert!(cache.page_count() > pages, "the device has memory again");
        assert_eq!(cache.stats().commit_failures, 2);
    }

    #[test]
    fn without_any_page_a_smaller_texture_is_tried_at_once() {
        let mut cache = cache();
        cache.atlas.set_budget(16 << 20);
        cache.atlas.commits_to_fail = 2;
        insert(&mut cache).expect("a smaller texture comes");
        assert!(cache.page_count() >= 2);
        assert_eq!(cache.stats().commit_failures, 0);
    }

    #[test]
    fn an_upfront_cache_that_finds_no_memory_for_less_keeps_its_entries_and_tries_later() {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let descriptor = CacheDescriptor {
            budget_bytes: 1 << 20,
            page_side: Some(128),
            commit: Commit::Upfront,
            idle: None,
            ..Default::default()
        };
        let mut cache: PixmapCache<u32> = PixmapCache::new(&device, &queue, &descriptor).expect("sound");
        insert(&mut cache).expect("room");
        cache.begin_frame();
        cache.atlas.commits_to_fail = 2;
        assert!(
            cache.set_budget(512 << 10).is_err(),
            "the device has no memory for the copy"
        );
        assert_eq!(cache.len(), 1, "it had room in what was asked for");
        for _ in 0..RETRY_FRAMES - 1 {
            cache.begin_frame();
        }
        assert_eq!(cache.stats().commit_failures, 1, "not tried in each frame");
        for _ in 0..RETRY_FRAMES * 3 {
            cache.begin_frame();
        }
        assert_eq!(
            cache.stats().commit_failures,
            2,
            "tried later, in vain, and once more"
        );
        assert!(cache.stats().vram_bytes <= 512 << 10, "{:?}", cache.stats());
    }

    #[test]
    fn as_many_pages_stay_as_the_budget_holds() {
        let ranges = [0..2, 2..4, 4..8, 8..16];
        assert_eq!(largest_to_release(&ranges, 16), []);
        assert_eq!(largest_to_release(&ranges, 8), [0..2, 2..4, 4..8]);
        assert_eq!(largest_to_release(&ranges, 7), [0..2, 8..16]);
        assert_eq!(largest_to_release(&ranges, 1), ranges);
    }
}
