//! Mip levels: drawn at any scale as from a texture of their own with the same levels, and never a neighbor's texel.

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Rect, Size,
};
use rand_pcg::Pcg32;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};
use crate::draw::{Brush, Painter, Sprite, sprite};
use crate::noise::{self, noise, tiled_pages};
use crate::own_texture::{Sampling, drawn_from_own_textures};
use crate::target::Target;

const PAGE_SIDE: u32 = 128;
const SCALES: [f32; 5] = [0.9, 0.5, 0.37, 0.1, 1.0 / 64.0];

/// In one region each: odd sides, a side of one texel, and powers of two. Then in tiles.
const SIZES: [(u32, u32); 12] = [
    (40, 40),
    (17, 31),
    (1, 50),
    (50, 1),
    (2, 2),
    (33, 64),
    (3, 7),
    (65, 65),
    (128, 128),
    (200, 77),
    (77, 301),
    (300, 2),
];

const GRAD: Brush = Brush {
    fragment: "fragment_grad",
    degrees: 0.0,
};

/// Levels with a color of their own, so that each level and each blend is told apart.
fn with_loud_levels(rng: &mut Pcg32, size: Size) -> PixmapBuf {
    let base = noise(rng, PixelFormat::Rgba8, size);
    let count = size.width.min(size.height).ilog2();
    let level = |level: u32| {
        let size = Size::new(size.width >> level, size.height >> level);
        noise(rng, PixelFormat::Rgba8, size)
    };
    let levels = (1..=count).map(level).collect();
    base.with_levels(levels)
}

fn cache(gpu: &Gpu, commit: CommitPolicy) -> PixmapCache {
    let descriptor = tiled_pages(commit, 24, PAGE_SIDE);
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache")
}

/// Draws at a scale and compares with textures of their own.
async fn check(gpu: &Gpu, cache: &PixmapCache, taken: &[(PixmapKey, PixmapBuf)], scale: f32) {
    // Several times each pixmap, so that small scales have texels to look at.
    let uv = [0.0, 0.0, 1.0, 1.0];
    let side = |texels: u32| (texels as f32 * scale).max(1.0);
    let room = |texels: u32| side(texels).ceil() as u32 + 1;
    let sizes = taken
        .iter()
        .map(|(_, p)| Size::new(room(p.size.width), room(p.size.height)));
    let places = noise::places(sizes);
    let at = |((key, pixmap), place): (&(PixmapKey, PixmapBuf), Rect)| Sprite {
        at: [
            place.x as f32,
            place.y as f32,
            side(pixmap.size.width),
            side(pixmap.size.height),
        ],
        uv,
        ..sprite(*key, place)
    };
    let sprites: Vec<Sprite> = taken.iter().zip(places).map(at).collect();
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let painter = Painter::with_brush(gpu, cache, target.format(), GRAD);
    let drawn = painter.drawn(gpu, cache, &sprites, &target).await;
    let sampling = Sampling {
        format: wgpu::TextureFormat::Rgba8Unorm,
        filter: wgpu::FilterMode::Linear,
        address: wgpu::AddressMode::ClampToEdge,
        brush: GRAD,
    };
    let draws: Vec<_> = taken.iter().map(|(_, pixmap)| pixmap).zip(sprites).collect();
    let own = drawn_from_own_textures(gpu, sampling, &draws, &target).await;
    let difference = drawn.difference(&own);
    assert!(difference.most <= 2, "at {scale}x: {difference:?}");
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn levels_are_drawn_like_those_of_a_texture_of_their_own() {
    on_each_gpu(async |gpu| {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            let rng = &mut noise::rng(31);
            let mut cache = cache(gpu, commit);
            let taken = SIZES.map(|(width, height)| {
                let pixmap = with_loud_levels(rng, Size::new(width, height));
                let key = cache.insert(&pixmap).expect("room for all");
                assert_eq!(cache.level_count(key), Some(pixmap.levels.len() as u32 + 1));
                (key, pixmap)
            });
            cache.flush();
            for scale in SCALES {
                check(gpu, &cache, &taken, scale).await;
            }
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn levels_move_with_their_pixmaps() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(32);
        let mut cache = cache(gpu, CommitPolicy::Upfront);
        let taken = SIZES.map(|(width, height)| {
            let pixmap = with_loud_levels(rng, Size::new(width, height));
            (cache.insert(&pixmap).expect("room for all"), pixmap)
        });
        for _ in 0..400 {
            cache.begin_frame();
            assert!(
                taken.iter().all(|(key, _)| cache.touch(*key)),
                "in use, so it stays"
            );
            for _ in 0..6 {
                let size = noise::random_size(rng, 40);
                cache
                    .insert(&noise(rng, PixelFormat::Rgba8, size))
                    .expect("room for a few");
            }
            cache.flush();
            gpu.finish().await;
        }
        assert!(cache.stats().moves > 10, "only {} moves", cache.stats().moves);
        for scale in SCALES {
            check(gpu, &cache, &taken, scale).await;
        }
    })
    .await;
}

/// Each level has one color of its own; everything around it is white.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn no_level_shows_a_texel_of_a_neighbor() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(gpu, CommitPolicy::Upfront);
        let solid = |size: Size, shade: u8| {
            PixmapBuf::new(PixelFormat::Rgba8, size, vec![shade; size.texels() as usize * 4])
        };
        let mut taken = Vec::new();
        for (width, height) in SIZES {
            let size = Size::new(width, height);
            let count = size.width.min(size.height).ilog2();
            let level = |level: u32| solid(Size::new(size.width >> level, size.height >> level), 40);
            let pixmap = solid(size, 40).with_levels((1..=count).map(level).collect());
            taken.push((cache.insert(&pixmap).expect("room"), pixmap));
            cache.insert(&solid(Size::new(9, 9), 255)).expect("room");
        }
        cache.flush();
        for scale in SCALES {
            check(gpu, &cache, &taken, scale).await;
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn generated_levels_are_drawn_too() {
    on_each_gpu(async |gpu| {
        let descriptor = CacheDescriptor {
            mipmaps: true,
            ..tiled_pages(CommitPolicy::Upfront, 16, PAGE_SIDE)
        };
        let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let size = Size::new(48, 48);
        let halves = |x: u32| {
            if x.is_multiple_of(2) {
                [0, 0, 0, 255]
            } else {
                [200, 200, 200, 255]
            }
        };
        let bytes = (0..size.texels() as u32).flat_map(|texel| halves(texel % size.width));
        let stripes = PixmapBuf::new(PixelFormat::Rgba8, size, bytes.collect());
        let key = cache.insert(&stripes).expect("room");
        let plain = PixmapBuf {
            mipmaps: pixmap_cache::Mipmaps::None,
            ..stripes
        };
        let plain_key = cache.insert(&plain).expect("room");
        cache.flush();
        assert_eq!(
            (cache.level_count(key), cache.level_count(plain_key)),
            (Some(6), Some(1))
        );
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let painter = Painter::with_brush(gpu, &cache, target.format(), GRAD);
        let sprites = [sprite(key, Rect::new(0, 0, Size::new(12, 12)))];
        let drawn = painter.drawn(gpu, &cache, &sprites, &target).await;
        assert_eq!(
            drawn.texel(5, 5),
            [100, 100, 100, 255],
            "stripes a quarter their size are gray"
        );
    })
    .await;
}
