//! Textures committed as they are needed, within what the device has memory for.
//!
//! How much that may be is decided in `budget.rs`; textures go in `release.rs`. Invariant: the layout never counts on a
//! page that the device has just refused.

use std::hash::Hash;

use super::PixmapCache;
use crate::gpu::DeviceFault;
use crate::layout::EvictReason;

impl<N: Hash + Eq> PixmapCache<N> {
    /// Returns the device's message when it last refused a page texture or the bind group for it. `None` once it has made
    /// one, and after [`set_budget`](Self::set_budget) and [`recreate`](Self::recreate). The message of a refusal for which the
    /// cache [needs to be recreated](Self::needs_recreate) stays until then.
    ///
    /// [`CacheStats::commit_failures`](crate::CacheStats::commit_failures) counts the refusals. The cache stays within
    /// the textures it has and tries again later.
    pub fn last_device_error(&self) -> Option<&str> {
        self.essential_fault.as_deref().or(self.backoff.last_fault())
    }

    /// Commits the next texture. Returns whether there are new pages.
    pub(super) fn commit_next(&mut self) -> bool {
        if self.backoff.is_waiting(self.layout.frame()) {
            return false;
        }
        let Some(mut layers) = self.atlas.next_layers() else {
            return false;
        };
        loop {
            let fault = match self.atlas.commit(layers) {
                Ok(Some(pages)) => {
                    self.commit_pages(&pages);
                    self.watch_owed();
                    self.backoff.succeed();
                    self.limit_pages();
                    return true;
                }
                // Textures that a smaller budget released still take the room.
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

    /// Swaps the smallest texture for a larger one when every binding is in use and the budget has room. What was recorded
    /// before must have been submitted: the larger one's layers may be written to at once.
    pub(super) fn grow_smallest(&mut self) {
        while !self.backoff.is_waiting(self.layout.frame())
            && let Some((pages, layers)) = self.atlas.next_swap()
        {
            let terms = self.terms_within_frame(EvictReason::Budget);
            self.swap(&pages, layers, &terms);
        }
    }

    /// Stays within the textures that exist, and tries again later.
    pub(super) fn postpone_commit(&mut self, fault: DeviceFault) {
        self.backoff.fail(self.layout.frame(), fault);
        self.counts.commit_failures += 1;
        self.limit_pages();
    }

    /// Tells the layout how many pages there may be: no more than exist, while the device has no memory for others.
    pub(super) fn limit_pages(&mut self) {
        let max_pages = if self.backoff.is_waiting(self.layout.frame()) {
            self.page_count()
        } else {
            self.atlas.reachable_pages()
        };
        self.layout.set_max_pages(max_pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::backoff::RETRY_FRAMES;
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
