//! The budget holds at every step, by the cache's own count and by wgpu's.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapCache, Size};

use crate::adapters::{Gpu, each_gpu};
use crate::churn::Churn;
use crate::noise::{self, noise, rgba_pages};

const PLACEHOLDER_BYTES: u64 = 512;

/// Bytes that a GPU's driver may add to all textures together for its own tiling and pages.
const DRIVER_ROUNDING_BYTES: u64 = 1 << 20;

/// The texture memory that wgpu counts, which it does on Vulkan.
fn counted_bytes(gpu: &Gpu) -> Option<u64> {
    let vulkan = gpu.backend == wgpu::Backend::Vulkan;
    let counters = gpu.device.get_internal_counters();
    let bytes = counters.hal.texture_memory.read();
    vulkan.then(|| bytes.try_into().expect("bytes are not negative"))
}

fn check_bytes(gpu: &Gpu, churn: &Churn) {
    let stats = churn.cache.stats();
    let pages = u64::from(stats.pages) * stats.page_bytes;
    // Rows in groups of four, and as narrow as possible.
    let ids = u64::from(stats.max_entries) + 1;
    let width = ids.div_ceil(32).next_power_of_two().clamp(256, 1024);
    let rows = ids.div_ceil(width).next_multiple_of(4);
    let fixed = rows * width * 16 + PLACEHOLDER_BYTES;
    let (vram, budget) = (stats.vram_bytes, stats.budget_bytes);
    assert!(vram <= budget, "{vram} of {budget}");
    assert_eq!(vram, pages + fixed, "pages, table and placeholder");
    if let Some(counted) = counted_bytes(gpu) {
        if gpu.software {
            assert_eq!(counted, vram, "wgpu counts what the cache counts");
        }
        let most = vram + DRIVER_ROUNDING_BYTES;
        assert!(
            (vram..=most).contains(&counted),
            "wgpu counts {counted}, the cache {vram}"
        );
    }
}

fn check_churn(descriptor: CacheDescriptor) {
    each_gpu(|gpu| {
        let mut churn = Churn::new(gpu, &descriptor, 6);
        check_bytes(gpu, &churn);
        for _ in 0..3000 {
            churn.step();
            check_bytes(gpu, &churn);
        }
        gpu.wait();
        check_bytes(gpu, &churn);
        let stats = churn.cache.stats();
        assert!(stats.evacuations >= 10, "{stats:?}");
        assert_eq!(stats.pages, stats.max_pages, "the budget was asked for");
        // Textures that only a bind group holds are freed as well.
        drop(churn);
        gpu.queue.submit([]);
        gpu.wait();
        assert_eq!(
            counted_bytes(gpu).unwrap_or(0),
            0,
            "a dropped cache holds nothing"
        );
    });
}

#[test]
fn churn_stays_within_the_budget_under_upfront() {
    check_churn(rgba_pages(CommitPolicy::Upfront, 11, 128));
}

#[test]
fn churn_stays_within_the_budget_while_textures_are_committed() {
    check_churn(rgba_pages(CommitPolicy::Stepwise, 11, 128));
}

/// The cache chooses page side, pages and table, for budgets that aren't multiples of a page.
#[test]
fn default_page_sides_stay_within_the_budget() {
    for (commit, budget_bytes) in [
        (CommitPolicy::Upfront, 1_000_000),
        (CommitPolicy::Stepwise, 1_000_000),
        (CommitPolicy::Auto, 1_234_567),
        (CommitPolicy::Stepwise, 400_000),
        (CommitPolicy::Upfront, 250_000),
    ] {
        check_churn(CacheDescriptor {
            budget_bytes,
            format: wgpu::TextureFormat::Rgba8Unorm,
            commit,
            max_tiles: Some(0),
            ..Default::default()
        });
    }
}

/// A software rasterizer runs every case of the switch between textures.
#[test]
fn auto_is_upfront_on_software_adapters_and_stepwise_elsewhere() {
    each_gpu(|gpu| {
        let descriptor = rgba_pages(CommitPolicy::Auto, 16, 64);
        let made = PixmapCache::<String>::new(&gpu.device, &gpu.queue, &descriptor);
        let cache = made.expect("a cache");
        let upfront = cache.page_count() == cache.stats().max_pages;
        assert_eq!(upfront, gpu.software, "{} pages at once", cache.page_count());
    });
}

#[test]
fn stepwise_commits_no_texture_before_it_is_needed() {
    each_gpu(|gpu| {
        let descriptor = rgba_pages(CommitPolicy::Stepwise, 16, 64);
        let mut cache = PixmapCache::<String>::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let mut rng = noise::rng(7);
        let mut steps = vec![cache.stats().pages];
        assert_eq!(cache.page_count(), 0, "nothing was inserted");
        for page in 0..16 {
            let pixmap = noise(&mut rng, PixelFormat::Rgba8, Size::new(64, 64));
            cache.insert(&pixmap).expect("room");
            let pages = cache.stats().pages;
            assert!(pages > page, "{pages} pages hold {}", page + 1);
            if steps.last() != Some(&pages) {
                assert_eq!(steps.last(), Some(&page), "committed when the rest is full");
                steps.push(pages);
            }
        }
        assert_eq!(steps, [0, 2, 4, 8, 16]);
    });
}
