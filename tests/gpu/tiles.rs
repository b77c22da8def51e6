//! Pixmaps in tiles are drawn as from a texture of their own, wherever their tiles lie.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size};
use rand_pcg::Pcg32;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};
use crate::draw::{Brush, PLAIN, Painter, Sprite, sprite};
use crate::noise::{self, noise, tiled_pages};
use crate::own_texture::{Sampling, drawn_from_own_textures};
use crate::target::Target;

/// On pages of 64, tiles have sides of 16 and cover 14 texels; 32 texels still fit one region.
const PAGE_SIDE: u32 = 64;

/// A tile's edge and one texel more or less, a page and one texel more, and slivers.
const SIZES: [(u32, u32); 12] = [
    (33, 33),
    (41, 13),
    (42, 14),
    (43, 15),
    (14, 43),
    (64, 64),
    (65, 65),
    (1, 150),
    (150, 1),
    (2, 33),
    (99, 57),
    (57, 84),
];

const TURNED: Brush = Brush {
    degrees: 30.0,
    ..PLAIN
};

fn descriptor(format: wgpu::TextureFormat, commit: CommitPolicy) -> CacheDescriptor<'static> {
    CacheDescriptor {
        format,
        ..tiled_pages(commit, 24, PAGE_SIDE)
    }
}

fn pixels_of(format: wgpu::TextureFormat) -> PixelFormat {
    if format == wgpu::TextureFormat::R8Unorm {
        PixelFormat::R8
    } else {
        PixelFormat::Rgba8
    }
}

struct Scene {
    cache: PixmapCache,
    taken: Vec<(PixmapKey, PixmapBuf)>,
}

impl Scene {
    fn new(gpu: &Gpu, descriptor: &CacheDescriptor<'_>, rng: &mut Pcg32) -> Self {
        let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, descriptor).expect("a cache");
        let pixels = pixels_of(descriptor.format);
        // Loud garbage on all pages, of pixmaps that are gone.
        while let Ok(key) = cache.insert(&noise(rng, pixels, Size::new(32, 32))) {
            cache.pin(key).map(std::mem::forget).expect("just inserted");
        }
        cache.flush();
        cache.clear();
        let taken = SIZES.map(|(width, height)| {
            let pixmap = noise(rng, pixels, Size::new(width, height));
            let key = cache.insert(&pixmap).expect("room for all");
            (key, pixmap)
        });
        cache.flush();
        Self {
            cache,
            taken: taken.into(),
        }
    }

    /// Draws all of them, and compares with textures of their own.
    async fn check(&self, gpu: &Gpu, filter: wgpu::FilterMode, (scale, offset): (f32, f32), brush: Brush) {
        let turned = |side: u32, other: u32| (side + other) as f32 * scale + 3.0;
        let upright = |side: u32| side as f32 * scale + 2.0;
        let room = |size: Size| match brush.degrees {
            0.0 => Size::new(upright(size.width) as u32, upright(size.height) as u32),
            _ => {
                let side = turned(size.width, size.height) as u32;
                Size::new(side, side)
            }
        };
        let fits: Vec<&(PixmapKey, PixmapBuf)> = self
            .taken
            .iter()
            .filter(|(_, p)| room(p.size).longer_side() < 400)
            .collect();
        assert!(fits.len() > 5, "only {} are small enough", fits.len());
        let places = noise::places(fits.iter().map(|(_, pixmap)| room(pixmap.size)));
        let at = |(taken, place): (&&(PixmapKey, PixmapBuf), pixmap_cache::Rect)| {
            let (width, height) = (
                taken.1.size.width as f32 * scale,
                taken.1.size.height as f32 * scale,
            );
            let corner = [
                (place.x as f32 + (place.width as f32 - width) / 2.0).floor() + offset,
                (place.y as f32 + (place.height as f32 - height) / 2.0).floor() + offset,
            ];
            Sprite {
                at: [corner[0], corner[1], width, height],
                ..sprite(taken.0, place)
            }
        };
        let sprites: Vec<Sprite> = fits.iter().zip(places).map(at).collect();
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let painter = Painter::with_brush(gpu, &self.cache, target.format(), brush);
        let drawn = painter.drawn(gpu, &self.cache, &sprites, &target).await;
        let sampling = Sampling {
            format: self.format(),
            filter,
            address: wgpu::AddressMode::ClampToEdge,
            brush,
        };
        let draws: Vec<_> = fits.iter().map(|(_, pixmap)| pixmap).zip(sprites).collect();
        let own = drawn_from_own_textures(gpu, sampling, &draws, &target).await;
        let difference = drawn.difference(&own);
        assert!(
            difference.most <= 1,
            "{scale}x at {offset}, {} degrees, {filter:?}: {difference:?}",
            brush.degrees
        );
    }

    fn format(&self) -> wgpu::TextureFormat {
        match self.taken[0].1.format {
            PixelFormat::R8 => wgpu::TextureFormat::R8Unorm,
            _ => wgpu::TextureFormat::Rgba8Unorm,
        }
    }

    async fn check_read_back(&mut self) {
        for (key, pixmap) in &self.taken {
            let there = self.cache.read_back_async(*key).await.expect("resident");
            assert_eq!(there.bytes, pixmap.bytes, "{pixmap:?} reads back as it went in");
        }
    }
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn tiles_are_drawn_like_a_texture_of_their_own() {
    on_each_gpu(async |gpu| {
        for format in [wgpu::TextureFormat::Rgba8Unorm, wgpu::TextureFormat::R8Unorm] {
            for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
                let mut scene = Scene::new(gpu, &descriptor(format, commit), &mut noise::rng(21));
                let linear = wgpu::FilterMode::Linear;
                scene.check(gpu, linear, (5.3, 0.0), PLAIN).await;
                scene.check(gpu, linear, (1.0, 0.5), PLAIN).await;
                scene.check(gpu, linear, (1.7, 0.25), TURNED).await;
                scene.check_read_back().await;
            }
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn tiles_are_drawn_unfiltered_like_a_texture_of_their_own() {
    on_each_gpu(async |gpu| {
        let descriptor = CacheDescriptor {
            filter: wgpu::FilterMode::Nearest,
            ..descriptor(wgpu::TextureFormat::Rgba8Unorm, CommitPolicy::Upfront)
        };
        let scene = Scene::new(gpu, &descriptor, &mut noise::rng(22));
        // No sample lies where two texels meet.
        scene
            .check(gpu, wgpu::FilterMode::Nearest, (3.0, 0.0), PLAIN)
            .await;
        scene
            .check(gpu, wgpu::FilterMode::Nearest, (1.0, 0.25), PLAIN)
            .await;
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn tiles_that_move_one_by_one_are_drawn_like_a_texture_of_their_own() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(23);
        let descriptor = descriptor(wgpu::TextureFormat::Rgba8Unorm, CommitPolicy::Upfront);
        let mut scene = Scene::new(gpu, &descriptor, rng);
        // Among others that go out of use, so that no page is full of what is in use.
        scene.scatter(rng);
        let before: Vec<_> = scene.tiles();
        for _ in 0..100 {
            scene.cache.begin_frame();
            assert!(
                scene.taken.iter().all(|(key, _)| scene.cache.touch(*key)),
                "in use, so it stays"
            );
            for _ in 0..8 {
                let size = noise::random_size(rng, 24);
                scene
                    .cache
                    .insert(&noise(rng, PixelFormat::Rgba8, size))
                    .expect("room for a few");
            }
            scene.cache.flush();
            gpu.finish().await;
        }
        let after = scene.tiles();
        let moved = before
            .iter()
            .zip(&after)
            .filter(|(before, after)| before != after)
            .count();
        assert!(moved > 5, "only {moved} tiles have moved");
        scene
            .check(gpu, wgpu::FilterMode::Linear, (5.3, 0.0), PLAIN)
            .await;
        scene.check_read_back().await;
    })
    .await;
}

impl Scene {
    /// Inserts all of them once more, each between small ones.
    fn scatter(&mut self, rng: &mut Pcg32) {
        self.cache.clear();
        for (key, pixmap) in &mut self.taken {
            *key = self.cache.insert(&*pixmap).expect("room for all");
            for _ in 0..pixmap.size.texels() / 120 {
                let small = noise(rng, PixelFormat::Rgba8, Size::new(13, 13));
                self.cache.insert(&small).expect("room for all");
            }
        }
        self.cache.flush();
    }

    fn tiles(&self) -> Vec<pixmap_cache::Region> {
        let regions = |(key, _): &(PixmapKey, PixmapBuf)| {
            self.cache.tiles(*key).map(|tile| tile.region).collect::<Vec<_>>()
        };
        self.taken.iter().flat_map(regions).collect()
    }
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_full_screen_picture_goes_into_the_default_cache_and_into_16_mib() {
    on_each_gpu(async |gpu| {
        for budget_bytes in [64 << 20, 16 << 20] {
            let descriptor = CacheDescriptor {
                budget_bytes,
                format: wgpu::TextureFormat::Rgba8Unorm,
                ..Default::default()
            };
            let mut cache: PixmapCache =
                PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
            let picture = noise(&mut noise::rng(24), PixelFormat::Rgba8, Size::new(1920, 1080));
            let key = cache.insert(&picture).expect("8 MiB have room");
            cache.flush();
            assert_eq!(cache.len(), 1, "one picture is one entry");
            assert_eq!(
                cache.read_back_async(key).await.expect("resident").bytes,
                picture.bytes
            );
        }
    })
    .await;
}
