//! Where the panel is drawn, and what it holds.

#[cfg(not(target_arch = "wasm32"))]
use pixmap_cache::Trim;
use pixmap_cache::overlay::{Corner, OverlayFrame, PageView};
use pixmap_cache::{CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, Size};
use wasm_bindgen_test::wasm_bindgen_test;

use super::scene::{Scene, aged, check_nothing, check_panel, frame};
use crate::adapters::on_each_gpu;
use crate::noise::rgba_pages;
use crate::target::TARGET_SIDE;

const CORNERS: [Corner; 4] = [
    Corner::TopLeft,
    Corner::TopRight,
    Corner::BottomLeft,
    Corner::BottomRight,
];

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn the_panel_is_drawn_in_each_corner_and_nothing_beside_it() {
    on_each_gpu(async |gpu| {
        let cache = aged(gpu);
        let mut scene = Scene::of_rgba(gpu);
        let mut areas = Vec::new();
        for corner in CORNERS {
            for pages in [PageView::Ages, PageView::Texels] {
                let frame = OverlayFrame {
                    corner,
                    pages,
                    ..frame()
                };
                let drawn = scene.show(&cache, &frame).await;
                check_panel(&drawn, scene.overlay.area());
            }
            areas.push(scene.overlay.area());
        }
        areas.dedup();
        assert_eq!(areas.len(), CORNERS.len(), "each corner has its area: {areas:?}");
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_hidden_overlay_draws_nothing() {
    on_each_gpu(async |gpu| {
        let cache = aged(gpu);
        let mut scene = Scene::of_rgba(gpu);
        scene.show(&cache, &frame()).await;
        scene.overlay.hide();
        check_nothing(&scene.draw().await);
        let area = scene.overlay.area();
        assert_eq!(area.size().texels(), 0, "a hidden overlay has no area");
        let drawn = scene.show(&cache, &frame()).await;
        check_panel(&drawn, scene.overlay.area());
    })
    .await;
}

/// Only wgpu's counters on Vulkan see textures being freed.
#[cfg(not(target_arch = "wasm32"))]
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_hidden_overlay_holds_no_texture() {
    on_each_gpu(async |gpu| {
        let mut cache = aged(gpu);
        let mut scene = Scene::of_rgba(gpu);
        let pages = PageView::Texels;
        scene.show(&cache, &OverlayFrame { pages, ..frame() }).await;
        let counted = || {
            gpu.wait();
            gpu.device.get_internal_counters().hal.texture_memory.read()
        };
        scene.overlay.hide();
        let before = counted();
        cache.begin_frame();
        let released = cache.trim(Trim::All);
        assert!(
            released >= 4 * 64 * 64 * 4,
            "all pages are released: {released} bytes"
        );
        gpu.wait();
        cache.begin_frame();
        let releasing = cache.stats().releasing_bytes;
        assert_eq!(releasing, 0, "the GPU is done with the textures");
        if gpu.backend == wgpu::Backend::Vulkan {
            let returned = before - counted();
            assert!(
                returned >= released as isize,
                "the device has them back: {returned} of {released} bytes"
            );
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn the_area_is_what_is_drawn_over_even_where_the_panel_does_not_fit() {
    on_each_gpu(async |gpu| {
        let cache = aged(gpu);
        let mut scene = Scene::of_rgba(gpu);
        for corner in CORNERS {
            let base = OverlayFrame { corner, ..frame() };
            // Larger than the target at this scale.
            let drawn = scene.show(&cache, &OverlayFrame { scale: 4, ..base }).await;
            check_panel(&drawn, scene.overlay.area());
            for viewport in [[0, 0], [5, 5], [100, 20]] {
                scene.overlay.prepare(&cache, &OverlayFrame { viewport, ..base });
                let area = scene.overlay.area();
                let within = area.right() <= viewport[0] && area.bottom() <= viewport[1];
                assert!(within, "the area {area:?} is within {viewport:?}");
            }
        }
    })
    .await;
}

/// However small the target, odd the scale and long the lines, and whatever has been committed.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn any_frame_is_prepared_within_bounds() {
    on_each_gpu(async |gpu| {
        let mut scene = Scene::of_rgba(gpu);
        let descriptor = rgba_pages(CommitPolicy::Stepwise, 200, 64);
        let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        for round in 0..4 {
            show_all(&mut scene, &cache, round % 2 == 0).await;
            for _ in 0..1500 {
                cache.begin_frame();
                cache
                    .insert(&PixmapBuf::new(PixelFormat::Rgba8, Size::new(8, 8), vec![9; 256]))
                    .expect("room");
            }
            cache.flush();
        }
        let bytes = scene.overlay.vram_bytes();
        assert!(bytes < 3 << 19, "memory is bounded: {bytes} bytes");
    })
    .await;
}

/// Shows a cache in targets and scales of all kinds.
async fn show_all(scene: &mut Scene<'_>, cache: &PixmapCache, with_lines: bool) {
    let long = "x".repeat(500);
    let lines = vec![(long.as_str(), long.as_str()); 100];
    let lines = if with_lines { &lines[..] } else { &[] };
    let viewports = [
        [0, 0],
        [1, 1],
        [100, 3000],
        [u32::MAX, u32::MAX],
        [TARGET_SIDE; 2],
    ];
    for viewport in viewports {
        for scale in [0, 1, 3, u32::MAX] {
            let frame = OverlayFrame {
                viewport,
                scale,
                lines,
                ..frame()
            };
            scene.show(cache, &frame).await;
        }
    }
}
