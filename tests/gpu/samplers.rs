//! Filters that a draw chooses for itself: repeated, and nearest under a linear sampler.

use pixmap_cache::{CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Rect, Size};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};
use crate::draw::{Brush, Painter, Sprite, sprite};
use crate::noise::{self, noise, tiled_pages};
use crate::own_texture::{Sampling, drawn_from_own_textures};
use crate::target::Target;

/// In one region, in tiles, as wide as a tile covers, and a texel wide.
const SIZES: [(u32, u32); 7] = [(8, 8), (13, 5), (1, 9), (1, 1), (40, 33), (28, 14), (97, 3)];

/// A pixmap, and the sprite that shows it alone on a target.
type Drawn = (PixmapKey, PixmapBuf, Sprite);

fn scene(gpu: &Gpu, uv: [f32; 4]) -> (PixmapCache, Vec<Drawn>) {
    let rng = &mut noise::rng(61);
    let descriptor = tiled_pages(CommitPolicy::Upfront, 16, 64);
    let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
    let drawn = SIZES.map(|(width, height)| {
        let pixmap = noise(rng, PixelFormat::Rgba8, Size::new(width, height));
        let key = cache.insert(&pixmap).expect("room");
        let scale = 3.3;
        let spans = [uv[2] - uv[0], uv[3] - uv[1]];
        let size = [width as f32 * scale * spans[0], height as f32 * scale * spans[1]];
        let sprite = Sprite {
            at: [2.0, 3.0, size[0], size[1]],
            uv,
            ..sprite(key, Rect::default())
        };
        (key, pixmap, sprite)
    });
    (cache, drawn.into())
}

async fn check(
    gpu: &Gpu,
    uv: [f32; 4],
    fragment: &'static str,
    (filter, address): (wgpu::FilterMode, wgpu::AddressMode),
) {
    let (mut cache, drawn) = scene(gpu, uv);
    cache.flush();
    let brush = Brush {
        fragment,
        degrees: 0.0,
    };
    for (_, pixmap, sprite) in &drawn {
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let painter = Painter::with_brush(gpu, &cache, target.format(), brush);
        let shown = painter.drawn(gpu, &cache, &[*sprite], &target).await;
        let sampling = Sampling {
            format: wgpu::TextureFormat::Rgba8Unorm,
            filter,
            address,
            brush,
        };
        let own = drawn_from_own_textures(gpu, sampling, &[(pixmap, *sprite)], &target).await;
        let difference = shown.difference(&own);
        assert!(difference.most <= 1, "{fragment}, {pixmap:?}: {difference:?}");
    }
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_repeated_pixmap_has_no_seam() {
    on_each_gpu(async |gpu| {
        let repeated = (wgpu::FilterMode::Linear, wgpu::AddressMode::Repeat);
        check(gpu, [-0.7, -1.2, 1.6, 1.1], "fragment_repeat", repeated).await;
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn nearest_shows_single_texels_under_a_linear_sampler() {
    on_each_gpu(async |gpu| {
        let nearest = (wgpu::FilterMode::Nearest, wgpu::AddressMode::ClampToEdge);
        check(gpu, [0.0, 0.0, 1.0, 1.0], "fragment_nearest", nearest).await;
    })
    .await;
}
