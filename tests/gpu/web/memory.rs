//! Memory in a browser: what is given back is destroyed, and staging memory is small, since the module's never shrinks.

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, InsertError, PixelFormat, PixmapBuf, PixmapCache, Size, Trim, UpdateError,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::browser::{staging_bytes, textures};
use crate::adapters::{Gpu, on_each_gpu};
use crate::noise::{self, noise, rgba_pages};

const MIB: u64 = 1 << 20;

/// Bytes by which changed rows of the table may exceed a limit.
const TABLE_BYTES: u64 = MIB;

fn cache(gpu: &Gpu, descriptor: &CacheDescriptor<'_>) -> PixmapCache {
    PixmapCache::new(&gpu.device, &gpu.queue, descriptor).expect("a cache")
}

fn pixmap(side: u32) -> PixmapBuf {
    noise(&mut noise::rng(92), PixelFormat::Rgba8, Size::new(side, side))
}

fn budget(mib: u64) -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes: mib * MIB,
        commit: CommitPolicy::Stepwise,
        ..Default::default()
    }
}

/// Frames after which what the GPU is done with has been given back.
async fn settle(gpu: &Gpu, cache: &mut PixmapCache) {
    for _ in 0..3 {
        cache.begin_frame();
        cache.flush();
        gpu.finish().await;
    }
}

#[wasm_bindgen_test]
async fn trimmed_textures_are_destroyed_once_their_frame_is_over() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(gpu, &rgba_pages(CommitPolicy::Stepwise, 16, 128));
        let none = textures();
        while cache.page_count() < cache.stats().max_pages {
            cache.insert(&pixmap(60)).expect("room");
        }
        let all = textures();
        assert!(all >= none + 4.0, "a texture for each step");
        settle(gpu, &mut cache).await;
        assert!(cache.trim(Trim::All) > 0, "nothing is in use");
        gpu.finish().await;
        assert_eq!(textures(), all, "passes with them may still be submitted");
        settle(gpu, &mut cache).await;
        assert_eq!(textures(), none, "gone");
    })
    .await;
}

/// The budget doesn't hold the old texture beside the new one.
#[wasm_bindgen_test]
async fn textures_swapped_through_buffers_are_destroyed() {
    on_each_gpu(async |gpu| {
        let budget_of = |pages| rgba_pages(CommitPolicy::Upfront, pages, 128).budget_bytes;
        let mut cache = cache(gpu, &rgba_pages(CommitPolicy::Upfront, 7, 128));
        cache.insert(&pixmap(60)).expect("room");
        cache.flush();
        let one = textures();
        for pages in [8, 7, 9, 5, 7] {
            cache.begin_frame();
            assert_eq!(cache.set_budget(budget_of(pages)), Ok(()));
            cache.flush();
            gpu.finish().await;
        }
        settle(gpu, &mut cache).await;
        assert_eq!(textures(), one, "one texture in place of the other");
    })
    .await;
}

/// The texture that comes has no room beside the one that goes, and nothing can wait for that.
#[wasm_bindgen_test]
async fn textures_of_an_empty_cache_make_way_for_others_at_once() {
    on_each_gpu(async |gpu| {
        let budget_of = |pages| rgba_pages(CommitPolicy::Upfront, pages, 128).budget_bytes;
        let mut cache = cache(gpu, &rgba_pages(CommitPolicy::Upfront, 7, 128));
        let one = textures();
        for pages in [16, 9, 15, 3] {
            assert_eq!(cache.set_budget(budget_of(pages)), Ok(()));
            assert_eq!(cache.page_count() as u64, pages, "the other texture has come");
            assert_eq!(cache.stats().releasing_bytes, 0, "{pages} pages");
        }
        settle(gpu, &mut cache).await;
        assert_eq!(textures(), one, "one texture in place of the other");
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_first_pixmap_of_a_large_budget_takes_a_quarter_of_a_mebibyte() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(gpu, &budget(64));
        cache.insert(&pixmap(16)).expect("room");
        let held = cache.stats().staging_bytes;
        assert!((1..=MIB / 4).contains(&held), "{held} bytes");
    })
    .await;
}

/// Without a turn of the event loop nothing comes back from the GPU.
#[wasm_bindgen_test]
async fn staging_memory_is_limited_to_the_budget_between_16_and_64_mib() {
    on_each_gpu(async |gpu| {
        for (mib, limit) in [(4, 16), (24, 24), (80, 64)] {
            let mut cache = cache(gpu, &budget(mib));
            let key = cache.insert(&pixmap(256)).expect("room");
            let mut updated = Ok(());
            for _ in 0..1000 {
                updated = cache.update(key, (0, 0), &pixmap(256));
                if updated.is_err() {
                    break;
                }
                cache.flush();
            }
            let is_refused = matches!(updated, Err(UpdateError::Insert(InsertError::NoStaging { .. })));
            assert!(is_refused, "{mib} MiB: {updated:?}");
            let held = cache.stats().staging_bytes;
            let allowed = (limit - 1) * MIB..=limit * MIB + TABLE_BYTES;
            assert!(allowed.contains(&held), "{held} bytes with a budget of {mib} MiB");
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn staging_memory_of_a_burst_is_destroyed_within_a_hundred_frames() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(gpu, &budget(16));
        let others = staging_bytes();
        let key = cache.insert(&pixmap(256)).expect("room");
        for _ in 0..40 {
            cache.update(key, (0, 0), &pixmap(256)).expect("room");
            cache.flush();
        }
        let burst = cache.stats().staging_bytes;
        assert!(burst >= 8 * MIB, "{burst} bytes");
        for _ in 0..100 {
            cache.begin_frame();
            cache.update(key, (0, 0), &pixmap(8)).expect("room");
            cache.flush();
            gpu.finish().await;
        }
        let held = cache.stats().staging_bytes;
        assert!(held <= burst / 4, "{held} bytes of {burst}");
        if gpu.is_webgpu() {
            assert_eq!(staging_bytes() - others, held as f64, "the browser has no more");
        }
    })
    .await;
}
