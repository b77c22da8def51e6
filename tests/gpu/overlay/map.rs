//! The map of pages: ages, frames and texels.

use pixmap_cache::Rect;
use pixmap_cache::overlay::{OverlayFrame, PageView};
use wasm_bindgen_test::wasm_bindgen_test;

use super::scene::{Scene, aged, check_ages, find, frame};
use crate::adapters::on_each_gpu;
use crate::target::Drawn;

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn each_region_has_the_color_of_its_age_in_linear_and_srgb_targets() {
    use wgpu::TextureFormat as F;
    on_each_gpu(async |gpu| {
        let cache = aged(gpu);
        for format in [F::Rgba8Unorm, F::Rgba8UnormSrgb] {
            let mut scene = Scene::new(gpu, format);
            for scale in [1, 2] {
                let drawn = scene.show(&cache, &OverlayFrame { scale, ..frame() }).await;
                check_ages(&drawn, scene.overlay.area());
            }
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn regions_in_use_have_a_white_frame() {
    on_each_gpu(async |gpu| {
        let mut cache = aged(gpu);
        let mut scene = Scene::of_rgba(gpu);
        let before = whites(&scene.show(&cache, &frame()).await, scene.overlay.area());
        let key = cache.keys().next().expect("an entry");
        cache.touch(key);
        let after = whites(&scene.show(&cache, &frame()).await, scene.overlay.area());
        let more = after - before;
        assert!(
            (400..500).contains(&more),
            "a frame around a square of about 115: {more} more white texels"
        );
    })
    .await;
}

fn whites(drawn: &Drawn, area: Rect) -> usize {
    let texels = drawn.rect(area);
    texels.chunks(4).filter(|texel| *texel == [255; 4]).count()
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn texels_are_the_pages_dimmed() {
    on_each_gpu(async |gpu| {
        let cache = aged(gpu);
        let pages = PageView::Texels;
        let drawn = Scene::of_rgba(gpu)
            .show(&cache, &OverlayFrame { pages, ..frame() })
            .await;
        for index in 0..4u32 {
            let value = (index * 60 + 30) as f32 / 255.0;
            // Premultiplied with an opacity of the same value: only dimmed.
            let shown = (value * 110.0 / 255.0 * 255.0).round() as u8;
            let (count, square) = find(&drawn, [shown; 3]);
            assert!(
                count > 100 * 100,
                "page {index} is shown: {count} texels of {shown} in {square:?}"
            );
        }
    })
    .await;
}
