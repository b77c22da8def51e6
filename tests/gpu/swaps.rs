//! Swaps of a texture for a larger or smaller one keep the pixels.

use std::collections::HashMap;

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapCache, Size};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu_within, small_buffers};
use crate::noise::{self, noise, rgba_pages};

/// Pages that are larger than any buffer, rows that need padding, and a multiple of layers that fit one buffer.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn swaps_keep_pixels_with_any_size_of_buffers_and_rows() {
    on_each_gpu_within(small_buffers(), async |gpu| {
        check_swaps(gpu, wgpu::TextureFormat::Rgba8Unorm, 512).await;
        if !gpu.is_webgl() {
            check_swaps(gpu, wgpu::TextureFormat::Bgra8UnormSrgb, 128).await;
        }
        check_swaps(gpu, wgpu::TextureFormat::R8Unorm, 1024).await;
        check_swaps(gpu, wgpu::TextureFormat::R8Unorm, 64).await;
    })
    .await;
}

async fn check_swaps(gpu: &Gpu, format: wgpu::TextureFormat, page_side: u32) {
    let pixels = match format {
        wgpu::TextureFormat::R8Unorm => PixelFormat::R8,
        wgpu::TextureFormat::Bgra8UnormSrgb => PixelFormat::Bgra8,
        _ => PixelFormat::Rgba8,
    };
    let page_bytes = u64::from(page_side * page_side * pixels.bytes_per_texel());
    let budget_of =
        |pages: u64| pages * page_bytes + rgba_pages(CommitPolicy::Upfront, 0, page_side).budget_bytes;
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
            let back = cache.read_back_async(key).await.expect("resident");
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
    gpu.finish().await;
    let staging = cache.stats().staging_bytes;
    cache.begin_frame();
    assert_eq!(cache.stats().releasing_bytes, 0);
    assert!(
        cache.stats().staging_bytes <= staging,
        "nothing is kept of a swap"
    );
}
