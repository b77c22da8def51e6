//! The budget holds while the GPU is busy with textures that were released, by wgpu's own count.

use std::collections::HashMap;

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, InsertError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size, Trim,
};
use rand_pcg::Pcg32;

use crate::adapters::{Gpu, each_gpu, each_gpu_within};
use crate::busy::{self, Busy, InFlight};
use crate::noise::{self, noise, rgba_pages};

const BOTH: [CommitPolicy; 2] = [CommitPolicy::Upfront, CommitPolicy::Stepwise];

/// Pages of 128 and the squares that go on them, sixteen to a page.
const PAGE_SIDE: u32 = 128;
const SIDE: u32 = 32;
const PAGES: u64 = 16;

/// A cache, what is in it, and what wgpu counted before there was one.
struct Watched<'g> {
    gpu: &'g Gpu,
    cache: PixmapCache,
    busy: Busy,
    base: isize,
    /// What may be held: the budget, or what was held when it was cut.
    limit: u64,
    rng: Pcg32,
    pixmaps: HashMap<PixmapKey, PixmapBuf>,
}

fn budget_of(pages: u64) -> u64 {
    rgba_pages(CommitPolicy::Stepwise, pages, PAGE_SIDE).budget_bytes
}

fn counted(gpu: &Gpu) -> isize {
    gpu.device.get_internal_counters().hal.texture_memory.read()
}

impl<'g> Watched<'g> {
    /// A cache whose pages are all committed, and full.
    fn new(gpu: &'g Gpu, commit: CommitPolicy, loops: u32) -> Self {
        let mut descriptor = rgba_pages(commit, PAGES, PAGE_SIDE);
        descriptor.idle = None;
        let make = || PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        // The target of the long passes isn't the cache's.
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

    /// wgpu holds what the cache says it holds, and no more than it may.
    fn check(&self, step: &str) {
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

    fn insert(&mut self) -> Result<PixmapKey, InsertError> {
        let pixmap = noise(&mut self.rng, PixelFormat::Rgba8, Size::new(SIDE, SIDE));
        let key = self.cache.insert(&pixmap)?;
        self.pixmaps.insert(key, pixmap);
        Ok(key)
    }

    fn fill(&mut self, count: u32) {
        for number in 0..count {
            if number % 8 == 0 {
                self.cache.begin_frame();
            }
            self.insert().expect("eight a frame have room");
        }
        self.cache.flush();
    }

    /// Frames until nothing is in use: neither in this one nor in the one before.
    fn use_nothing(&mut self) {
        self.cache.begin_frame();
        self.cache.begin_frame();
        assert_eq!(self.cache.stats().protected_bytes, 0, "nothing is in use");
    }

    fn submit_long_pass(&self) -> InFlight {
        let pass = self.busy.submit(self.gpu, &self.cache);
        self.check("a long pass is submitted");
        pass
    }

    fn set_budget(&mut self, pages: u64) -> Result<(), pixmap_cache::BudgetError> {
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

    /// Each entry has the pixels that went in. Returns how many there are.
    fn check_pixels(&mut self) -> usize {
        let keys: Vec<PixmapKey> = self.cache.keys().collect();
        for key in &keys {
            let back = self.cache.read_back(*key).expect("resident");
            assert!(back == self.pixmaps[key], "{key:?} read back");
        }
        keys.len()
    }

    /// Frames until nothing is released any more: what was over the budget is gone then.
    fn settle(&mut self) {
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

fn each_case(test: impl Fn(Watched<'_>, CommitPolicy)) {
    each_gpu(|gpu| {
        for commit in BOTH {
            test(Watched::new(gpu, commit, busy::SHORT), commit);
        }
    });
}

#[test]
fn trimmed_textures_count_until_the_gpu_is_done_and_are_taken_back_at_once() {
    each_case(|mut watched, commit| {
        watched.submit_long_pass();
        watched.use_nothing();
        let pages = watched.cache.page_count();
        let before = watched.cache.stats().vram_bytes;
        let released = watched.cache.trim(Trim::All);
        watched.check("trimmed");
        let stats = watched.cache.stats();
        assert_eq!(watched.cache.page_count(), 0, "{commit:?}: nothing is in use");
        assert_eq!((stats.releasing_bytes, stats.vram_bytes), (released, before));
        // As many as the budget holds, all in this frame.
        for number in 0..u64::from(pages) * 16 {
            watched
                .insert()
                .expect("a released texture is no reason to refuse");
            watched.check(&format!("{commit:?}: {number} inserted again"));
        }
        watched.cache.flush();
        watched.check("flushed");
        assert_eq!(watched.check_pixels(), pages as usize * 16);
        watched.settle();
    });
}

#[test]
fn trimmed_textures_are_taken_back_in_later_frames() {
    each_case(|mut watched, commit| {
        let pass = watched.submit_long_pass();
        watched.use_nothing();
        assert!(watched.cache.trim(Trim::All) > 0, "{commit:?}: nothing is in use");
        for frame in 0..40 {
            watched.cache.begin_frame();
            watched.check(&format!("{commit:?}, frame {frame}"));
            for _ in 0..4 {
                watched.insert().expect("room");
                watched.check(&format!("{commit:?}, frame {frame}, inserted"));
            }
            watched.cache.flush();
        }
        watched.gpu.wait();
        assert!(pass.is_done());
        watched.check_pixels();
        watched.settle();
    });
}

#[test]
fn trimmed_textures_are_gone_once_the_gpu_is_done() {
    each_case(|mut watched, commit| {
        watched.submit_long_pass();
        watched.use_nothing();
        let released = watched.cache.trim(Trim::All);
        assert!(released > 0, "{commit:?}: nothing is in use");
        let before = watched.cache.stats().vram_bytes;
        // The fence is set here: until now a pass with the older bind group might have come.
        watched.cache.begin_frame();
        watched.check("a frame later");
        watched.gpu.wait();
        watched.check("the GPU is done, and nobody has looked");
        watched.cache.begin_frame();
        let stats = watched.cache.stats();
        assert_eq!(stats.vram_bytes, before - released, "dropped by begin_frame");
        watched.check("gone");
    });
}

/// The documented contract: what is recorded in a frame may be submitted until the next one begins.
#[test]
fn a_pass_recorded_before_a_release_and_submitted_after_it_counts_as_well() {
    each_case(|mut watched, commit| {
        watched.use_nothing();
        let pass = watched.busy.record(watched.gpu, &watched.cache);
        assert!(watched.cache.trim(Trim::All) > 0, "{commit:?}: nothing is in use");
        watched.check("trimmed while a pass is recorded");
        watched.gpu.wait();
        watched.check("nothing was submitted yet");
        let pass = InFlight::submit(watched.gpu, pass);
        watched.cache.begin_frame();
        watched.check("submitted");
        watched.gpu.wait();
        assert!(pass.is_done());
        watched.settle();
    });
}

#[test]
fn an_empty_cache_takes_another_budget_within_it() {
    each_case(|mut watched, commit| {
        for pages in [15, 9, 31, 4, 16] {
            watched.submit_long_pass();
            watched.cache.begin_frame();
            watched.cache.clear();
            let _ = watched.set_budget(pages);
            for _ in 0..20 {
                let inserted = watched.insert();
                // Nothing is in use: the error must not say so.
                let later = matches!(inserted, Err(InsertError::NextFrame { .. }));
                let cut = watched.cache.stats().vram_bytes > watched.cache.budget();
                assert!(inserted.is_ok() || later && cut, "{commit:?}: {inserted:?}");
                watched.check("inserted");
            }
            watched.settle();
            watched.fill(40);
            watched.check("filled");
            watched.check_pixels();
        }
    });
}

#[test]
fn a_smaller_budget_loses_nothing_in_use_and_holds_when_the_gpu_is_done() {
    each_case(|mut watched, commit| {
        watched.cache.begin_frame();
        let used: Vec<PixmapKey> = watched.cache.keys().step_by(4).collect();
        assert!(used.iter().all(|key| watched.cache.touch(*key)));
        watched.submit_long_pass();
        let held = watched.set_budget(9);
        if let Err(unreleased) = held {
            let stats = watched.cache.stats();
            assert_eq!(unreleased.releasing_bytes, stats.releasing_bytes);
            assert_eq!(unreleased.vram_bytes, stats.vram_bytes);
            assert!(
                commit == CommitPolicy::Stepwise,
                "Upfront has waited: {unreleased}"
            );
        }
        for key in &used {
            assert!(
                watched.cache.contains(*key),
                "{commit:?}: an entry in use is gone"
            );
        }
        watched.check_pixels();
        watched.check("read back");
        watched.settle();
        assert!(watched.cache.stats().pages >= 8, "{:?}", watched.cache.stats());
        watched.fill(100);
        watched.check("filled");
        watched.check_pixels();
    });
}

#[test]
fn a_larger_budget_evicts_nothing_in_any_mode() {
    each_case(|mut watched, commit| {
        let evictions = watched.cache.stats().evictions;
        let before: Vec<PixmapKey> = watched.cache.keys().collect();
        watched.submit_long_pass();
        assert_eq!(watched.set_budget(32), Ok(()), "{commit:?}");
        assert!(before.iter().all(|key| watched.cache.contains(*key)));
        // Thirteen pages more than before, in the same frame.
        for _ in 0..13 * 16 {
            watched.insert().expect("room");
            watched.check("inserted");
        }
        watched.cache.flush();
        let stats = watched.cache.stats();
        assert_eq!(stats.evictions, evictions, "{commit:?}: {stats:?}");
        assert!(before.iter().all(|key| watched.cache.contains(*key)));
        watched.check_pixels();
        watched.settle();
        watched.fill(200);
        watched.check("filled");
        watched.check_pixels();
        let stats = watched.cache.stats();
        assert!(stats.pages >= 29, "the budget is used: {stats:?}");
    });
}

#[test]
fn budgets_up_and_down_keep_pixels_and_bytes_right() {
    each_case(|mut watched, commit| {
        for pages in [5, 32, 10, 11, 40, 2, 16] {
            watched.submit_long_pass();
            watched.cache.begin_frame();
            let _ = watched.set_budget(pages);
            for frame in 0..20 {
                watched.cache.begin_frame();
                watched.check(&format!("{commit:?}, {pages} pages, frame {frame}"));
                for _ in 0..4 {
                    let _ = watched.insert();
                }
                watched.cache.flush();
            }
            watched.check_pixels();
            watched.settle();
        }
    });
}

/// By the GPU's work, not by a clock: the pass isn't done when `calls` have returned.
fn check_nothing_waits(commit: CommitPolicy, calls: impl Fn(&mut Watched<'_>)) {
    each_gpu(|gpu| {
        // llvmpipe's GL ends its work before it takes texels for a texture in use, whoever has them.
        if gpu.software && gpu.backend == wgpu::Backend::Gl {
            return;
        }
        let mut watched = Watched::new(gpu, commit, busy::LONG);
        let pass = watched.submit_long_pass();
        watched.cache.begin_frame();
        let submissions = watched.cache.stats().submissions;
        calls(&mut watched);
        let _ = gpu.device.poll(wgpu::PollType::Poll);
        assert!(
            !pass.is_done(),
            "{commit:?}: something waited, or the pass is too short"
        );
        // lavapipe works on one submission, takes another, and lets the next one wait, whoever has it.
        let submitted = watched.cache.stats().submissions - submissions;
        assert!(
            submitted <= 1,
            "{submitted} submissions while the pass is in flight"
        );
        gpu.wait();
        assert!(pass.is_done(), "the pass ends");
        watched.settle();
    });
}

#[test]
fn frames_trimming_and_insertions_do_not_wait_for_the_gpu() {
    for commit in BOTH {
        check_nothing_waits(commit, |watched| {
            watched.use_nothing();
            assert!(watched.cache.trim(Trim::All) > 0, "{commit:?}: nothing is in use");
            let key = watched.insert().expect("room");
            watched.cache.begin_frame();
            assert!(watched.cache.touch(key), "it is found");
            watched.insert().expect("room");
            watched.cache.begin_frame();
        });
    }
}

#[test]
fn a_flush_does_not_wait_for_the_gpu() {
    for commit in BOTH {
        check_nothing_waits(commit, |watched| {
            watched.insert().expect("room");
            watched.cache.flush();
            watched.cache.begin_frame();
        });
    }
}

#[test]
fn another_budget_of_a_stepwise_cache_does_not_wait_for_the_gpu() {
    for budget in [14, 32] {
        check_nothing_waits(CommitPolicy::Stepwise, |watched| {
            let _ = watched.set_budget(budget);
            watched.cache.begin_frame();
        });
    }
}

/// Pages that are larger than any buffer, rows that need padding, and a multiple of layers that fit one buffer.
#[test]
fn swaps_keep_pixels_whatever_buffers_and_rows_are_like() {
    let small_buffers = wgpu::Limits {
        max_buffer_size: 256 << 10,
        max_uniform_buffer_binding_size: 16 << 10,
        max_storage_buffer_binding_size: 0,
        ..wgpu::Limits::downlevel_webgl2_defaults()
    };
    each_gpu_within(small_buffers, |gpu| {
        check_swaps(gpu, wgpu::TextureFormat::Rgba8Unorm, 512);
        check_swaps(gpu, wgpu::TextureFormat::Bgra8UnormSrgb, 128);
        check_swaps(gpu, wgpu::TextureFormat::R8Unorm, 1024);
        check_swaps(gpu, wgpu::TextureFormat::R8Unorm, 64);
    });
}

fn check_swaps(gpu: &Gpu, format: wgpu::TextureFormat, page_side: u32) {
    let pixels = match format {
        wgpu::TextureFormat::R8Unorm => PixelFormat::R8,
        wgpu::TextureFormat::Bgra8UnormSrgb => PixelFormat::Bgra8,
        _ => PixelFormat::Rgba8,
    };
    let page_bytes = u64::from(page_side * page_side * pixels.bytes_per_texel());
    let budget_of = |pages: u64| pages * page_bytes + budget_of(0);
    let descriptor = CacheDescriptor {
        budget_bytes: budget_of(7),
        format,
        page_side: Some(page_side),
        ..rgba_pages(CommitPolicy::Upfront, 7, page_side)
    };
    let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
    let mut rng = noise::rng(23);
    let mut pixmaps = HashMap::new();
    for pages in [7, 4, 9, 14, 3] {
        cache.begin_frame();
        let before = cache.len();
        let evictions = cache.stats().evictions;
        assert_eq!(
            cache.set_budget(budget_of(pages)),
            Ok(()),
            "{format:?}, {pages} pages"
        );
        assert!(cache.len() + 1 >= before / 4, "{format:?}: most entries had room");
        if cache.stats().evictions == evictions {
            assert_eq!(cache.len(), before, "{format:?}: nothing is lost");
        }
        for key in cache.keys().collect::<Vec<_>>() {
            let back = cache.read_back(key).expect("resident");
            assert!(
                back == pixmaps[&key],
                "{format:?}, {page_side}: {key:?} after a swap"
            );
        }
        for _ in 0..pages {
            cache.begin_frame();
            let side = page_side / 2 - 1;
            let pixmap = noise(&mut rng, pixels, Size::new(side, side));
            pixmaps.insert(cache.insert(&pixmap).expect("room"), pixmap);
        }
        cache.flush();
    }
    gpu.wait();
    let staging = cache.stats().staging_bytes;
    cache.begin_frame();
    assert_eq!(cache.stats().releasing_bytes, 0);
    assert!(
        cache.stats().staging_bytes <= staging,
        "nothing is kept of a swap"
    );
}
