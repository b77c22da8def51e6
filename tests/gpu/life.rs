//! A cache over its life: budgets, trimming, clearing, rest and the loss of its device keep the right pixels.

use std::time::Duration;

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, IdlePolicy, Instant, PixelFormat, PixmapCache, Rect, RetainPolicy, Size,
    Trim, UploadDescriptor,
};
use rand_pcg::Pcg32;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, finish, on_each_gpu};
use crate::draw::{Painter, sprite};
use crate::noise::{self, noise, rgba_pages};
use crate::record::Record;
use crate::target::Target;

/// A cache, and what went in.
struct Life {
    cache: PixmapCache,
    record: Record,
    rng: Pcg32,
    target: Target,
}

impl Life {
    fn new(gpu: &Gpu, descriptor: &CacheDescriptor<'_>) -> Self {
        Self {
            cache: PixmapCache::new(&gpu.device, &gpu.queue, descriptor).expect("a cache"),
            record: Record::default(),
            rng: noise::rng(71),
            target: Target::new(gpu, descriptor.format),
        }
    }

    /// A frame that takes in `count` pixmaps, some of them in tiles, and submits a pass.
    async fn frame(&mut self, gpu: &Gpu, count: u32) {
        self.cache.begin_frame();
        self.insert(count);
        self.cache.flush();
        gpu.finish().await;
    }

    fn insert(&mut self, count: u32) {
        for index in 0..count {
            let longest = if index % 8 == 7 { 100 } else { 32 };
            let size = noise::random_size(&mut self.rng, longest);
            let pixmap = noise(&mut self.rng, PixelFormat::Rgba8, size);
            let key = self.cache.insert(&pixmap).expect("room for a few");
            self.record.alive.push((key, pixmap));
        }
    }

    async fn check(&mut self, gpu: &Gpu) {
        self.record.bury(&self.cache);
        self.cache.flush();
        let painter = Painter::of_cache(gpu, &self.cache, self.target.format());
        let drawn_with = (&painter, &self.target);
        self.record.check_drawn(gpu, &self.cache, drawn_with).await;
        self.record.check_read_back(&mut self.cache).await;
        let stats = self.cache.stats();
        assert_eq!(
            stats.vram_bytes,
            self.cache.inspect().bytes().total(),
            "{stats:?}"
        );
    }
}

async fn check_budgets(gpu: &Gpu, commit: CommitPolicy) {
    let budget_of = |pages| rgba_pages(commit, pages, 128).budget_bytes;
    let mut life = Life::new(gpu, &rgba_pages(commit, 16, 128));
    for pages in [16, 4, 23, 2, 9, 0, 16] {
        for _ in 0..12 {
            // A budget without pages takes in nothing.
            let count = if life.cache.budget() < budget_of(2) { 0 } else { 4 };
            life.frame(gpu, count).await;
        }
        // The second may drop what the GPU used when the first began.
        life.cache.begin_frame();
        gpu.finish().await;
        life.cache.begin_frame();
        let _ = life.cache.set_budget(budget_of(pages));
        for _ in 0..3 {
            life.frame(gpu, 0).await;
        }
        life.check(gpu).await;
        let stats = life.cache.stats();
        assert!(
            stats.vram_bytes <= budget_of(pages),
            "{commit:?}, {pages} pages: {stats:?}"
        );
        assert_eq!(stats.releasing_bytes, 0, "{commit:?}, {pages} pages: {stats:?}");
    }
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn budgets_up_and_down_keep_the_right_pixels() {
    on_each_gpu(async |gpu| {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            check_budgets(gpu, commit).await;
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn trimming_and_clearing_give_memory_back_and_keep_the_right_pixels() {
    on_each_gpu(async |gpu| {
        let mut life = Life::new(gpu, &rgba_pages(CommitPolicy::Stepwise, 16, 128));
        for trim in [Trim::Unused { for_frames: 4 }, Trim::To(256 << 10), Trim::All] {
            for _ in 0..40 {
                life.frame(gpu, 4).await;
            }
            let before = life.cache.stats().vram_bytes;
            life.cache.begin_frame();
            let released = life.cache.trim(trim);
            assert!(released > 0, "{trim:?} released nothing");
            gpu.finish().await;
            for _ in 0..3 {
                life.frame(gpu, 0).await;
            }
            life.check(gpu).await;
            assert_eq!(life.cache.stats().vram_bytes, before - released, "{trim:?}");
        }
        life.frame(gpu, 8).await;
        life.cache.clear();
        life.check(gpu).await;
        assert!(life.cache.is_empty(), "cleared");
        life.frame(gpu, 8).await;
        life.check(gpu).await;
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_cache_at_rest_gives_memory_back_by_a_clock_of_the_application() {
    on_each_gpu(async |gpu| {
        let mut life = Life::new(
            gpu,
            &CacheDescriptor {
                idle: Some(IdlePolicy::default()),
                ..rgba_pages(CommitPolicy::Stepwise, 16, 128)
            },
        );
        let start = Instant::now();
        for _ in 0..40 {
            life.cache.begin_frame_at(start);
            life.insert(8);
            life.cache.flush();
            gpu.finish().await;
        }
        let before = life.cache.stats().vram_bytes;
        life.record.bury(&life.cache);
        let seen = life.record.alive[0].0;
        for second in 1..300 {
            life.cache.begin_frame_at(start + Duration::from_secs(second));
            assert!(life.cache.touch(seen), "what is seen stays");
            life.cache.flush();
        }
        gpu.finish().await;
        life.cache.begin_frame_at(start + Duration::from_secs(300));
        life.check(gpu).await;
        let stats = life.cache.stats();
        assert!(stats.vram_bytes < before, "{before} bytes, then {stats:?}");
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn what_is_retained_comes_back_on_another_device() {
    on_each_gpu(async |gpu| {
        let (device, queue) = gpu.device_elsewhere().await;
        let descriptor = CacheDescriptor {
            retain: RetainPolicy::Pixels {
                budget_bytes: 4 << 20,
            },
            uploads: UploadDescriptor {
                upload_bytes_per_frame: 64 << 10,
                ..Default::default()
            },
            ..rgba_pages(CommitPolicy::Stepwise, 16, 128)
        };
        let mut life = Life::new(gpu, &descriptor);
        life.cache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
        for _ in 0..20 {
            life.cache.begin_frame();
            life.insert(4);
            life.cache.flush();
        }
        life.record.bury(&life.cache);
        device.destroy();
        let forgotten = life.cache.recreate(&gpu.device, &gpu.queue);
        assert_eq!(forgotten, Ok(Vec::new()), "there is a copy of everything");
        for _ in 0..40 {
            life.frame(gpu, 0).await;
        }
        assert!(
            life.record.alive.len() > 40,
            "{} came back",
            life.record.alive.len()
        );
        life.check(gpu).await;
    })
    .await;
}

/// In a browser nothing else tells of a loss on WebGPU.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_loss_is_noticed_after_a_flush() {
    on_each_gpu(async |gpu| {
        let (device, queue) = gpu.device_elsewhere().await;
        let descriptor = rgba_pages(CommitPolicy::Stepwise, 16, 128);
        let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
        let pixmap = noise(&mut noise::rng(72), PixelFormat::Rgba8, Size::new(20, 20));
        for _ in 0..10 {
            cache.begin_frame();
            cache.insert(&pixmap).expect("room");
            cache.flush();
            // So that there is staging memory to lose.
            finish(&device, &queue).await;
        }
        assert!(!cache.needs_recreate(), "nothing is lost yet");
        device.destroy();
        for _ in 0..50 {
            cache.begin_frame();
            // There may be no staging memory any more.
            let _ = cache.insert(&pixmap);
            cache.flush();
            let _ = device.poll(wgpu::PollType::Poll);
            gpu.finish().await;
        }
        assert!(cache.needs_recreate(), "fifty frames after the loss");
        cache.recreate(&gpu.device, &gpu.queue).expect("another device");
        assert!(!cache.needs_recreate());
        let key = cache.insert(&pixmap).expect("room");
        let back = cache.read_back_async(key).await.expect("resident");
        assert!(back == pixmap, "on the other device");
    })
    .await;
}

/// By the clock that the cache reads itself, in a browser too.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_cache_at_rest_gives_memory_back_by_its_own_clock() {
    on_each_gpu(async |gpu| {
        let microsecond = Duration::from_micros(1);
        let mut life = Life::new(
            gpu,
            &CacheDescriptor {
                idle: Some(IdlePolicy {
                    after: microsecond,
                    every: microsecond,
                }),
                ..rgba_pages(CommitPolicy::Stepwise, 16, 128)
            },
        );
        life.insert(40);
        let before = life.cache.stats().vram_bytes;
        for _ in 0..100 {
            life.frame(gpu, 0).await;
        }
        let stats = life.cache.stats();
        assert!(stats.vram_bytes < before, "{before} bytes, then {stats:?}");
    })
    .await;
}

/// The frame's contract: what is recorded in a frame may be submitted until the next one begins.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_pass_recorded_before_a_trim_and_submitted_after_it_draws() {
    on_each_gpu(async |gpu| {
        let mut life = Life::new(gpu, &rgba_pages(CommitPolicy::Stepwise, 16, 128));
        for _ in 0..10 {
            life.frame(gpu, 8).await;
        }
        for _ in 0..2 {
            life.frame(gpu, 0).await;
        }
        life.record.bury(&life.cache);
        let (seen, pixmap) = &life.record.alive[0];
        assert!(life.cache.touch(*seen));
        let at = Rect::new(3, 5, pixmap.size);
        let painter = Painter::of_cache(gpu, &life.cache, life.target.format());
        let sprites = [sprite(*seen, at)];
        let pass = painter.record(gpu, &[(life.cache.bind_group(), &sprites)], &life.target);
        assert!(life.cache.trim(Trim::All) > 0, "the others aren't in use");
        life.cache.flush();
        gpu.queue.submit([pass]);
        let drawn = life.target.texels(gpu).await;
        assert!(drawn.rect(at) == pixmap.bytes, "what is in use is drawn");
    })
    .await;
}
