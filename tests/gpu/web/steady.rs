//! Ten thousand frames: neither the module's memory, nor staging, nor the browser's textures grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pixmap_cache::{CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, Size};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use super::browser::{memory_bytes, now_ms, textures};
use crate::adapters::platform;
use crate::adapters::{Gpu, on_each_gpu};
use crate::draw::{Painter, Sprite, sprite};
use crate::noise::{self, noise, places, rgba_pages};
use crate::target::Target;

const FRAMES: u32 = 10_000;

/// Frames submitted before the GPU has to be done with the first of them.
const MAX_IN_FLIGHT: u32 = 4;

/// After these, everything that is kept is there.
const WARM_UP: u32 = 1_000;

/// Frames between two budgets: the cache gives textures back and commits others all the time.
const FRAMES_PER_BUDGET: u32 = 250;

/// What a GPU that falls behind for a moment may add, since the module's memory never shrinks. A KiB lost in each frame is
/// more.
const SLACK_BYTES: usize = 8 << 20;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Held {
    memory_bytes: usize,
    staging_bytes: u64,
    vram_bytes: u64,
    textures: f64,
}

impl Held {
    fn now(cache: &PixmapCache) -> Self {
        let stats = cache.stats();
        Self {
            memory_bytes: memory_bytes(),
            staging_bytes: stats.staging_bytes,
            vram_bytes: stats.vram_bytes,
            textures: textures(),
        }
    }
}

impl Held {
    /// The most of each.
    fn max(self, other: Self) -> Self {
        Self {
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
            staging_bytes: self.staging_bytes.max(other.staging_bytes),
            vram_bytes: self.vram_bytes.max(other.vram_bytes),
            textures: self.textures.max(other.textures),
        }
    }
}

struct Run<'g> {
    gpu: &'g Gpu,
    cache: PixmapCache,
    pixmaps: Vec<PixmapBuf>,
    painter: Painter,
    target: Target,
}

impl Run<'_> {
    /// Scrolls over all pixmaps, twelve at a time.
    fn frame(&mut self, frame: u32) {
        self.cache.begin_frame();
        if frame.is_multiple_of(FRAMES_PER_BUDGET) {
            let pages = if (frame / FRAMES_PER_BUDGET).is_multiple_of(2) {
                16
            } else {
                5
            };
            let budget = rgba_pages(CommitPolicy::Stepwise, pages, 128).budget_bytes;
            let _ = self.cache.set_budget(budget);
        }
        let shown: Vec<usize> = (0..12)
            .map(|index| (frame as usize / 2 + index * 7) % self.pixmaps.len())
            .collect();
        let places = places(shown.iter().map(|index| self.pixmaps[*index].size));
        let mut sprites: Vec<Sprite> = Vec::new();
        for (index, at) in shown.into_iter().zip(places) {
            let name = index.to_string();
            let key = match self.cache.find(&name) {
                Some(key) => key,
                None => {
                    let inserted = self.cache.insert_named(name, &self.pixmaps[index]);
                    inserted.expect("twelve have room")
                }
            };
            sprites.push(sprite(key, at));
        }
        self.cache.flush();
        let batches = [(self.cache.bind_group(), sprites.as_slice())];
        let pass = self.painter.record(self.gpu, &batches, &self.target);
        self.gpu.queue.submit([pass]);
    }
}

/// Counts a frame until the GPU is done with it.
fn count(in_flight: &Arc<AtomicU32>, gpu: &Gpu) {
    in_flight.fetch_add(1, Ordering::Relaxed);
    let in_flight = Arc::clone(in_flight);
    gpu.queue.on_submitted_work_done(move || {
        in_flight.fetch_sub(1, Ordering::Relaxed);
    });
}

async fn check_steady(gpu: &Gpu) {
    let rng = &mut noise::rng(91);
    let pixmaps = (0..400).map(|index| {
        let longest = if index % 16 == 0 { 100 } else { 40 };
        let size = noise::random_size(rng, longest);
        noise(
            rng,
            PixelFormat::Rgba8,
            Size::new(size.width.max(8), size.height.max(8)),
        )
    });
    let cache: PixmapCache = PixmapCache::new(
        &gpu.device,
        &gpu.queue,
        &rgba_pages(CommitPolicy::Stepwise, 16, 128),
    )
    .expect("a cache");
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let mut run = Run {
        painter: Painter::of_cache(gpu, &cache, target.format()),
        gpu,
        cache,
        pixmaps: pixmaps.collect(),
        target,
    };
    // The maxima of the warm-up: what waits for the GPU, and how many textures there are, changes from frame to frame.
    let mut warm = Held::now(&run.cache);
    let in_flight = Arc::new(AtomicU32::new(0));
    let (mut longest_ms, mut total_ms) = (0.0_f64, 0.0);
    for frame in 0..FRAMES {
        let start = now_ms();
        run.frame(frame);
        count(&in_flight, gpu);
        let ms = now_ms() - start;
        platform::turn(&gpu.device, &gpu.queue).await;
        // Like a page: otherwise a browser that is busy falls so far behind that staging memory runs out.
        while in_flight.load(Ordering::Relaxed) >= MAX_IN_FLIGHT {
            platform::turn(&gpu.device, &gpu.queue).await;
        }
        if frame <= WARM_UP {
            warm = warm.max(Held::now(&run.cache));
        }
        if frame == WARM_UP {
            gpu.finish().await;
            warm = warm.max(Held::now(&run.cache));
        }
        if frame > WARM_UP {
            longest_ms = longest_ms.max(ms);
            total_ms += ms;
        }
    }
    gpu.finish().await;
    run.cache.begin_frame();
    let (end, stats) = (Held::now(&run.cache), run.cache.stats());
    let mean_ms = total_ms / f64::from(FRAMES - WARM_UP);
    console_log!(
        "{}: {FRAMES} frames, {} moves, {} evictions, {mean_ms:.2} ms each, longest {longest_ms:.1} ms, {warm:?}, {end:?}",
        gpu.name,
        stats.moves,
        stats.evictions
    );
    assert!(stats.moves > 1000 && stats.evictions > 1000, "{stats:?}");
    let allowed = warm.memory_bytes + SLACK_BYTES;
    assert!(end.memory_bytes <= allowed, "{warm:?}, then {end:?}");
    let allowed = warm.staging_bytes + SLACK_BYTES as u64;
    assert!(end.staging_bytes <= allowed, "{warm:?}, then {end:?}");
    assert!(end.vram_bytes <= warm.vram_bytes, "{warm:?}, then {end:?}");
    assert!(end.textures <= warm.textures, "{warm:?}, then {end:?}");
}

#[wasm_bindgen_test]
async fn ten_thousand_frames_end_with_the_memory_they_began_with() {
    on_each_gpu(check_steady).await;
}
