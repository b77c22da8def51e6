//! A cache whose budget is checked after every step, against its own count and wgpu's, while the GPU is busy.

use std::collections::HashMap;

use pixmap_cache::{CommitPolicy, InsertError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size};
use rand_pcg::Pcg32;

use crate::adapters::{Gpu, each_gpu};
use crate::busy::{self, Busy, InFlight};
use crate::noise::{self, noise, rgba_pages};

pub const BOTH: [CommitPolicy; 2] = [CommitPolicy::Upfront, CommitPolicy::Stepwise];

/// Sides of pages and of the squares on them, sixteen to a page.
const PAGE_SIDE: u32 = 128;
const SIDE: u32 = 32;
const PAGES: u64 = 16;

/// A cache and its contents, and what wgpu counted before it existed.
pub struct Watched<'g> {
    pub gpu: &'g Gpu,
    pub cache: PixmapCache,
    pub busy: Busy,
    base: isize,
    /// Bytes that may be held: the budget, or what was held when it was cut.
    limit: u64,
    rng: Pcg32,
    pixmaps: HashMap<PixmapKey, PixmapBuf>,
}

pub fn budget_of(pages: u64) -> u64 {
    rgba_pages(CommitPolicy::Stepwise, pages, PAGE_SIDE).budget_bytes
}

fn counted(gpu: &Gpu) -> isize {
    gpu.device.get_internal_counters().hal.texture_memory.read()
}

impl<'g> Watched<'g> {
    /// A cache whose pages are all committed, and full.
    pub fn new(gpu: &'g Gpu, commit: CommitPolicy, loops: u32) -> Self {
        let mut descriptor = rgba_pages(commit, PAGES, PAGE_SIDE);
        descriptor.idle = None;
        let make = || PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        // The target of the long passes doesn't belong to the cache.
        let busy = Busy::new(gpu, &make(), loops);
        gpu.queue.submit([]);
        gpu.wait();
        let base = counted(gpu);
        let mut watched = Self {
            gpu,
            cache: make(),
            busy,
            base,
            limit: descriptor.budget_bytes,
            rng: noise::rng(22),
            pixmaps: HashMap::new(),
        };
        watched.fill(400);
        let stats = watched.cache.stats();
        assert_eq!(
            stats.pages, stats.max_pages,
            "{commit:?}: every page is committed"
        );
        watched
    }

    /// Checks that wgpu counts what the cache counts, and that this is within the limit.
    pub fn check(&self, step: &str) {
        let stats = self.cache.stats();
        assert!(
            stats.vram_bytes <= self.limit,
            "{step}: {} of {} bytes are held",
            stats.vram_bytes,
            self.limit
        );
        if self.gpu.backend == wgpu::Backend::Vulkan && self.gpu.software {
            let counted = (counted(self.gpu) - self.base) as u64;
            assert_eq!(
                counted, stats.vram_bytes,
                "{step}: by wgpu's count, by the cache's"
            );
        }
    }

    pub fn insert(&mut self) -> Result<PixmapKey, InsertError> {
        let pixmap = noise(&mut self.rng, PixelFormat::Rgba8, Size::new(SIDE, SIDE));
        let key = self.cache.insert(&pixmap)?;
        self.pixmaps.insert(key, pixmap);
        Ok(key)
    }

    pub fn fill(&mut self, count: u32) {
        for number in 0..count {
            if number % 8 == 0 {
                self.cache.begin_frame();
            }
            self.insert().expect("eight a frame have room");
        }
        self.cache.flush();
    }

    /// Starts frames until nothing is in use in this frame or the one before.
    pub fn use_nothing(&mut self) {
        self.cache.begin_frame();
        self.cache.begin_frame();
        assert_eq!(self.cache.stats().protected_bytes, 0, "nothing is in use");
    }

    pub fn submit_long_pass(&self) -> InFlight {
        let pass = self.busy.submit(self.gpu, &self.cache);
        self.check("a long pass is submitted");
        pass
    }

    pub fn set_budget(&mut self, pages: u64) -> Result<(), pixmap_cache::BudgetError> {
        let budget_bytes = budget_of(pages);
        self.limit = budget_bytes.max(self.cache.stats().vram_bytes);
        let held = self.cache.set_budget(budget_bytes);
        assert_eq!(
            held.is_ok(),
            self.cache.stats().vram_bytes <= budget_bytes,
            "{held:?}"
        );
        self.check("the budget is set");
        held
    }

    /// Checks that each entry has the pixels that went in, and returns how many there are.
    pub fn check_pixels(&mut self) -> usize {
        let keys: Vec<PixmapKey> = self.cache.keys().collect();
        for key in &keys {
            let back = self.cache.read_back(*key).expect("resident");
            assert!(back == self.pixmaps[key], "{key:?} read back");
        }
        keys.len()
    }

    /// Starts frames until no released texture is left, so that the budget holds.
    pub fn settle(&mut self) {
        self.gpu.wait();
        self.cache.begin_frame();
        self.gpu.wait();
        self.cache.begin_frame();
        let stats = self.cache.stats();
        assert_eq!(stats.releasing_bytes, 0, "{stats:?}");
        self.limit = stats.budget_bytes;
        self.check("the GPU is done");
    }
}

pub fn each_case(test: impl Fn(Watched<'_>, CommitPolicy)) {
    each_gpu(|gpu| {
        for commit in BOTH {
            test(Watched::new(gpu, commit, busy::SHORT), commit);
        }
    });
}
