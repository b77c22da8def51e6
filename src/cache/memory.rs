//! How much video memory a cache holds: committing textures, releasing them, and other budgets.
//!
//! Textures come and go whole. Invariant: after every method `vram_bytes` is within the budget, except for what a
//! smaller budget couldn't release yet: what is in use waits for `release_overdue`, what the GPU uses for
//! `collect_released`.

use std::hash::Hash;

use super::PixmapCache;
use crate::error::BudgetError;
use crate::gpu::DeviceFault;
use crate::layout::{EvictReason, ReleaseTerms};

/// Frames until a texture that the device had no memory for is tried again; doubled each time.
const RETRY_FRAMES: u64 = 120;

/// Doublings of the above at most: about four minutes at 60 frames a second.
const MAX_DOUBLINGS: u32 = 7;

/// When memory was last asked for, and refused.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// No texture is tried before this frame.
    retry_frame: u64,
    failures_in_a_row: u32,
    /// What the device said when it last refused; none once it has made a texture.
    last_fault: Option<String>,
    /// Entries forgotten since the last `set_budget` began.
    pub(super) lost_entries: u32,
}

impl Memory {
    /// Whether the device had no memory when it was last asked.
    pub(super) fn is_short(&self) -> bool {
        self.failures_in_a_row > 0
    }

    /// Asks again, whatever was refused.
    pub(super) fn forget_failures(&mut self) {
        *self = Self::default();
    }

    pub(super) fn succeeded(&mut self) {
        self.failures_in_a_row = 0;
        self.last_fault = None;
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Returns how many bytes of video memory the cache may hold.
    pub fn budget(&self) -> u64 {
        self.atlas.plan().budget_bytes
    }

    /// Returns what the device said when it last refused a page texture, or its bind group. `None` once it has made one,
    /// and after [`set_budget`](Self::set_budget) and [`recreate`](Self::recreate).
    ///
    /// [`CacheStats::commit_failures`](crate::CacheStats::commit_failures) counts the refusals. The cache stays within
    /// the textures it has and tries again later.
    pub fn last_device_error(&self) -> Option<&str> {
        self.memory.last_fault.as_deref()
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
        self.atlas.set_budget(budget_bytes);
        self.memory.forget_failures();
        self.limit_pages();
        self.unpin_dropped();
        let terms = self.terms_within_frame(EvictReason::Budget);
        self.hold_budget(&terms);
        self.collect_released();
        self.within_budget()
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

    /// Commits the next texture: true when there are new pages.
    pub(super) fn commit_next(&mut self) -> bool {
        if self.layout.frame() < self.memory.retry_frame {
            return false;
        }
        let Some(mut layers) = self.atlas.next_layers() else {
            return false;
        };
        loop {
            let fault = match self.atlas.commit(layers) {
                Ok(Some(pages)) => {
                    self.commit_pages(&pages);
                    self.memory.succeeded();
                    self.limit_pages();
                    return true;
                }
                // What a smaller budget has released is in the way.
                Ok(None) => return false,
                Err(fault) => fault,
            };
            // A smaller texture is enough as long as there is no page at all.
            let fewer = self.atlas.plan().fewer_layers(layers);
            let Some(fewer) = fewer.filter(|_| self.page_count() == 0) else {
                self.postpone_commit(fault);
                return false;
            };
            layers = fewer;
        }
    }

    /// With every binding in use, a larger budget is of use only when the smallest texture makes way. What was recorded
    /// before must have been submitted: the larger one's layers may be written to at once, and the old one's aren't.
    fn grow_smallest(&mut self) {
        while self.layout.frame() >= self.memory.retry_frame
            && let Some((pages, layers)) = self.atlas.next_swap()
        {
            let terms = self.terms_within_frame(EvictReason::Budget);
            self.swap(&pages, layers, &terms);
        }
    }

    /// Stays within what there is, and tries again later.
    pub(super) fn postpone_commit(&mut self, fault: DeviceFault) {
        let frame = self.layout.frame();
        let memory = &mut self.memory;
        memory.retry_frame = frame + (RETRY_FRAMES << memory.failures_in_a_row.min(MAX_DOUBLINGS));
        memory.failures_in_a_row += 1;
        memory.last_fault = Some(fault.into_words());
        self.counts.commit_failures += 1;
        self.limit_pages();
    }

    /// Tells the layout how many pages there may be: those there are, while the device has no memory for more.
    pub(super) fn limit_pages(&mut self) {
        let frame = self.layout.frame();
        let max_pages = if frame < self.memory.retry_frame {
            self.page_count()
        } else {
            self.atlas.reachable_pages()
        };
        self.layout.set_max_pages(max_pages);
    }

    /// Releases what a smaller budget couldn't, as soon as it isn't in use any more. To be called while the entries of
    /// the last frame are protected.
    pub(super) fn release_overdue(&mut self) {
        // Another texture for an Upfront cache takes memory, which is not asked for in every frame.
        let frame = self.layout.frame();
        let waits = self.atlas.plan().is_upfront() && frame < self.memory.retry_frame;
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
        if self.layout.frame() == self.memory.retry_frame {
            self.limit_pages();
        }
        self.grow_smallest();
    }

    fn within_budget(&self) -> Result<(), BudgetError> {
        let stats = self.stats();
        let lost_entries = self.memory.lost_entries;
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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::{CacheDescriptor, CommitPolicy, PixelFormat, Pixmap, Size};

    fn descriptor(commit: CommitPolicy) -> CacheDescriptor<'static> {
        CacheDescriptor {
            budget_bytes: 1 << 20,
            page_side: Some(128),
            commit,
            idle: None,
            ..Default::default()
        }
    }

    fn cache() -> PixmapCache<u32> {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let descriptor = descriptor(CommitPolicy::Stepwise);
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
        cache.atlas.faults().creations = 2;
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
        cache.atlas.faults().creations = 2;
        insert(&mut cache).expect("a smaller texture comes");
        assert!(cache.page_count() >= 2);
        assert_eq!(cache.stats().commit_failures, 0);
    }

    fn upfront() -> PixmapCache<u32> {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let descriptor = descriptor(CommitPolicy::Upfront);
        PixmapCache::new(&device, &queue, &descriptor).expect("the descriptor is sound")
    }

    fn check_upfront_without_memory(budget_bytes: u64) {
        let mut cache = upfront();
        insert(&mut cache).expect("room");
        let pages = cache.page_count();
        cache.begin_frame();
        cache.atlas.faults().creations = 1;
        let held = cache.set_budget(budget_bytes);
        assert_eq!(held.is_err(), budget_bytes < 1 << 20, "{held:?}");
        assert_eq!(cache.len(), 1, "it has room in the texture of before");
        assert_eq!(cache.page_count(), pages, "one as large as before is there");
        assert!(
            cache
                .last_device_error()
                .is_some_and(|words| words.contains("none left")),
            "the device's words: {:?}",
            cache.last_device_error()
        );
        for _ in 0..RETRY_FRAMES - 1 {
            cache.begin_frame();
        }
        assert_eq!(cache.stats().commit_failures, 1, "not tried in each frame");
        for _ in 0..RETRY_FRAMES * 3 {
            cache.begin_frame();
        }
        let stats = cache.stats();
        assert_eq!(stats.entries, 1, "kept all the time");
        assert!(stats.vram_bytes <= budget_bytes, "swapped later: {stats:?}");
    }

    #[test]
    fn an_upfront_cache_that_finds_no_memory_for_less_keeps_its_entries_and_tries_later() {
        check_upfront_without_memory(512 << 10);
    }

    #[test]
    fn an_upfront_cache_that_finds_no_memory_for_more_keeps_its_entries() {
        check_upfront_without_memory(2 << 20);
    }

    #[test]
    fn an_upfront_cache_that_loses_its_texture_says_how_many_entries_that_cost() {
        let mut cache = upfront();
        insert(&mut cache).expect("room");
        insert(&mut cache).expect("room");
        cache.begin_frame();
        // For the other texture, and for one like the one that made way.
        cache.atlas.faults().creations = 2;
        let error = cache.set_budget(512 << 10).expect_err("entries are lost");
        assert_eq!(error.lost_entries, 2, "{error}");
        assert!(error.to_string().contains("2 entries"), "{error}");
        assert!(cache.is_empty() && cache.page_count() == 0, "{:?}", cache.stats());
        assert_eq!(cache.stats().vram_bytes, error.table_bytes, "nothing is held");
        assert!(matches!(
            insert(&mut cache),
            Err(crate::InsertError::OutOfMemory { .. })
        ));
        for _ in 0..RETRY_FRAMES {
            cache.begin_frame();
        }
        insert(&mut cache).expect("the device has memory again");
        assert_eq!(cache.last_device_error(), None, "what it said is past");
        assert_eq!(cache.set_budget(1 << 20), Ok(()), "the loss is told once");
    }

    /// What the device says to a pass that binds the cache's bind group.
    fn draw(cache: &PixmapCache<u32>, device: &wgpu::Device, queue: &wgpu::Queue) -> Option<wgpu::Error> {
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let mut encoder = device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_bind_group(0, cache.bind_group(), &[]);
        drop(pass);
        queue.submit([encoder.finish()]);
        pollster::block_on(scope.pop())
    }

    #[test]
    fn a_bind_group_that_cannot_be_made_leaves_the_one_before() {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let descriptor = descriptor(CommitPolicy::Stepwise);
        let mut cache: PixmapCache<u32> = PixmapCache::new(&device, &queue, &descriptor).expect("sound");
        insert(&mut cache).expect("room");
        cache.flush();
        let (before, pages) = (cache.bind_group().clone(), cache.page_count());
        cache.atlas.faults().unbindable = 1;
        assert!(!cache.commit_next(), "no bind group can be made of it");
        assert_eq!(*cache.bind_group(), before, "the bind group is of before");
        assert_eq!(cache.page_count(), pages, "there is no new page");
        assert_eq!(draw(&cache, &device, &queue).map(|error| error.to_string()), None);
        let words = cache.last_device_error().expect("the device said something");
        assert!(words.contains("destroyed"), "the device's words: {words}");
        for _ in 0..RETRY_FRAMES * 2 {
            insert(&mut cache).expect("the cache goes on");
            cache.flush();
            assert_eq!(draw(&cache, &device, &queue).map(|error| error.to_string()), None);
        }
        assert!(cache.page_count() > pages, "the next texture came later");
        assert_eq!(cache.stats().releasing_bytes, 0, "the unbound texture is gone");
        assert_eq!(cache.last_device_error(), None, "what it said is past");
    }

    #[test]
    fn a_swap_whose_bind_group_cannot_be_made_leaves_the_texture_of_before() {
        let mut cache = cache();
        while cache.page_count() < cache.stats().max_pages {
            insert(&mut cache).expect("room");
        }
        let (entries, pages) = (cache.len(), cache.page_count());
        let before = cache.bind_group().clone();
        cache.atlas.faults().unbindable = 1;
        assert_eq!(cache.set_budget(4 << 20), Ok(()), "a larger budget holds");
        assert_eq!((cache.len(), cache.page_count()), (entries, pages), "as before");
        assert_eq!(*cache.bind_group(), before, "the bind group is of before");
        assert!(cache.last_device_error().is_some(), "the device refused");
        for _ in 0..RETRY_FRAMES * 2 {
            insert(&mut cache).expect("the cache goes on");
            cache.flush();
        }
        assert!(cache.page_count() > pages, "swapped later");
        assert_eq!(cache.stats().releasing_bytes, 0, "the texture of before is gone");
    }
}
