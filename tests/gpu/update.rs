//! Rectangles of resident pixmaps that change: in place, after moves, across tiles and down the levels.

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, PixelFormat, Pixmap, PixmapBuf, PixmapCache, PixmapKey, Rect,
    RetainPolicy, Size, UpdateError, UploadDescriptor,
};
use rand::RngExt;
use rand_pcg::Pcg32;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};
use crate::draw::{PLAIN, Painter, Sprite, sprite};
use crate::noise::{self, noise, tiled_pages};
use crate::own_texture::{Sampling, drawn_from_own_textures};
use crate::target::Target;

/// One region, and many tiles.
pub const SIZES: [(u32, u32); 4] = [(30, 20), (64, 64), (99, 57), (150, 2)];

pub fn cache(gpu: &Gpu, descriptor: &CacheDescriptor<'_>) -> PixmapCache {
    PixmapCache::new(&gpu.device, &gpu.queue, descriptor).expect("a cache")
}

pub fn random_rect(rng: &mut Pcg32, size: Size) -> Rect {
    let (width, height) = (
        rng.random_range(1..=size.width),
        rng.random_range(1..=size.height),
    );
    let x = rng.random_range(0..=size.width - width);
    let y = rng.random_range(0..=size.height - height);
    Rect::new(x, y, Size::new(width, height))
}

/// Changes a rectangle in the cache, and on the CPU.
fn update_at_random(cache: &mut PixmapCache, key: PixmapKey, (pixmap, rng): (&mut PixmapBuf, &mut Pcg32)) {
    let rect = random_rect(rng, pixmap.size);
    let patch = noise(rng, PixelFormat::Rgba8, rect.size());
    cache
        .update(key, (rect.x, rect.y), &patch)
        .expect("it lies inside");
    overwrite(pixmap, rect, &patch);
}

/// What `update` must do, on the CPU.
pub fn overwrite(pixmap: &mut PixmapBuf, rect: Rect, patch: &PixmapBuf) {
    for row in 0..rect.height as usize {
        let to = (rect.y as usize + row) * pixmap.bytes_per_row as usize + rect.x as usize * 4;
        let texels = &patch.bytes[row * patch.bytes_per_row as usize..][..rect.width as usize * 4];
        pixmap.bytes[to..to + texels.len()].copy_from_slice(texels);
    }
}

/// Read back and drawn five times as large, borders of tiles included.
pub async fn check(gpu: &Gpu, cache: &mut PixmapCache, key: PixmapKey, pixmap: &PixmapBuf) {
    assert_eq!(
        cache.read_back_async(key).await.expect("resident").bytes,
        pixmap.bytes,
        "read back"
    );
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let side = |texels: u32| texels as f32 * 5.3;
    let sprite = Sprite {
        at: [3.0, 5.0, side(pixmap.size.width), side(pixmap.size.height)],
        ..sprite(key, Rect::default())
    };
    let painter = Painter::of_cache(gpu, cache, target.format());
    let drawn = painter.drawn(gpu, cache, &[sprite], &target).await;
    let sampling = Sampling {
        format: wgpu::TextureFormat::Rgba8Unorm,
        filter: wgpu::FilterMode::Linear,
        address: wgpu::AddressMode::ClampToEdge,
        brush: PLAIN,
    };
    let own = drawn_from_own_textures(gpu, sampling, &[(pixmap, sprite)], &target).await;
    let difference = drawn.difference(&own);
    assert!(difference.most <= 1, "{pixmap:?}: {difference:?}");
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn updated_rectangles_show_at_once_and_across_tiles() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(41);
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Stepwise, 24, 64));
        for (width, height) in SIZES {
            let mut pixmap = noise(rng, PixelFormat::Rgba8, Size::new(width, height));
            let key = cache.insert(&pixmap).expect("room");
            // Some in the flush of the insertion, some together in one flush, some alone.
            for round in 0..24 {
                update_at_random(&mut cache, key, (&mut pixmap, rng));
                if round % 3 == 2 {
                    cache.flush();
                }
                if round % 8 == 7 {
                    check(gpu, &mut cache, key, &pixmap).await;
                }
            }
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn updates_come_after_the_moves_of_their_flush() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(42);
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Upfront, 12, 64));
        let mut canvases = Vec::new();
        for (width, height) in [(30, 30), (40, 40), (60, 20)] {
            let pixmap = noise(rng, PixelFormat::Rgba8, Size::new(width, height));
            canvases.push((cache.insert(&pixmap).expect("room"), pixmap));
            for _ in 0..20 {
                cache
                    .insert(&noise(rng, PixelFormat::Rgba8, Size::new(11, 12)))
                    .expect("room");
            }
        }
        for _ in 0..60 {
            cache.begin_frame();
            for (key, pixmap) in &mut canvases {
                // Touches it, so that it stays; the insertions below move it before or after.
                update_at_random(&mut cache, *key, (pixmap, rng));
                for _ in 0..4 {
                    let size = noise::random_size(rng, 20);
                    cache
                        .insert(&noise(rng, PixelFormat::Rgba8, size))
                        .expect("room for a few");
                }
            }
            cache.flush();
        }
        assert!(cache.stats().moves > 10, "only {} moves", cache.stats().moves);
        for (key, pixmap) in &canvases {
            check(gpu, &mut cache, *key, pixmap).await;
        }
    })
    .await;
}

/// What the base level of a pixmap drawn at a fraction of its size must look like.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn levels_follow_an_update() {
    on_each_gpu(async |gpu| {
        let descriptor = CacheDescriptor {
            mipmaps: true,
            retain: RetainPolicy::Pixels {
                budget_bytes: 1 << 20,
            },
            ..tiled_pages(CommitPolicy::Upfront, 24, 64)
        };
        let mut cache = cache(gpu, &descriptor);
        let black = |width: u32, height: u32| {
            let bytes = [0, 0, 0, 255].repeat((width * height) as usize);
            PixmapBuf::new(PixelFormat::Rgba8, Size::new(width, height), bytes)
        };
        for (width, height) in [(16, 16), (96, 96)] {
            let key = cache.insert(&black(width, height)).expect("room");
            let white = PixmapBuf::new(
                PixelFormat::Rgba8,
                Size::new(width / 2, height),
                vec![255; (width / 2 * height * 4) as usize],
            );
            cache
                .update(key, (0, 0), &white)
                .expect("the cache retains a copy");
            cache.flush();
            let brush = crate::draw::Brush {
                fragment: "fragment_grad",
                degrees: 0.0,
            };
            let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
            let painter = Painter::with_brush(gpu, &cache, target.format(), brush);
            for divisor in [2, 4, 8] {
                let size = Size::new(width / divisor, height / divisor);
                let sprites = [sprite(key, Rect::new(0, 0, size))];
                let drawn = painter.drawn(gpu, &cache, &sprites, &target).await;
                let middle = size.height / 2;
                assert_eq!(
                    drawn.texel(0, middle),
                    [255; 4],
                    "1/{divisor} of {width}: the left half is white"
                );
                assert_eq!(
                    drawn.texel(size.width - 1, middle),
                    [0, 0, 0, 255],
                    "1/{divisor} of {width}: the right half is black"
                );
            }
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn levels_without_a_copy_refuse_an_update_and_stay() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Upfront, 8, 64));
        let pixmap = noise(&mut noise::rng(43), PixelFormat::Rgba8, Size::new(20, 20));
        let key = cache.insert(pixmap.as_pixmap().with_mipmaps()).expect("room");
        let patch = noise(&mut noise::rng(44), PixelFormat::Rgba8, Size::new(3, 3));
        assert_eq!(
            cache.update(key, (0, 0), &patch),
            Err(UpdateError::LevelsNotRetained)
        );
        assert_eq!(
            cache.read_back_async(key).await.expect("resident").bytes,
            pixmap.bytes,
            "nothing has changed"
        );
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_part_of_a_wider_picture_changes_no_texel_beside_its_rectangle() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(47);
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Upfront, 24, 256));
        // Rows of 512 bytes, as staging memory has them.
        let mut pixmap = noise(rng, PixelFormat::Rgba8, Size::new(128, 100));
        let key = cache.insert(&pixmap).expect("room");
        let wide = noise(rng, PixelFormat::Rgba8, Size::new(128, 20));
        let part = Pixmap {
            size: Size::new(31, 20),
            ..wide.as_pixmap()
        };
        // In the flush of the insertion: it is written over pixels that wait.
        cache.update(key, (0, 7), part).expect("it lies inside");
        overwrite(&mut pixmap, Rect::new(0, 7, part.size), &wide);
        check(gpu, &mut cache, key, &pixmap).await;
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn colors_may_change_a_part_of_a_pixmap_that_came_as_gray() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(48);
        let descriptor = CacheDescriptor {
            mipmaps: true,
            retain: RetainPolicy::Pixels {
                budget_bytes: 1 << 20,
            },
            ..tiled_pages(CommitPolicy::Upfront, 24, 64)
        };
        let mut cache = cache(gpu, &descriptor);
        let size = Size::new(20, 20);
        let key = cache
            .insert(&PixmapBuf::new(PixelFormat::R8, size, vec![90; 400]))
            .expect("gray becomes a color");
        let mut pixmap = PixmapBuf::new(PixelFormat::Rgba8, size, [90, 90, 90, 255].repeat(400));
        let patch = noise(rng, PixelFormat::Rgba8, Size::new(7, 5));
        cache
            .update(key, (13, 15), &patch)
            .expect("the cache retains a copy");
        overwrite(&mut pixmap, Rect::new(13, 15, patch.size), &patch);
        check(gpu, &mut cache, key, &pixmap).await;
        // The copy has changed, too.
        cache.recreate(&gpu.device, &gpu.queue).expect("a device");
        check(gpu, &mut cache, key, &pixmap).await;
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn new_pixels_for_tiles_that_wait_after_a_loss_show_at_once() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(51);
        let descriptor = CacheDescriptor {
            retain: RetainPolicy::Pixels {
                budget_bytes: 1 << 20,
            },
            uploads: UploadDescriptor {
                upload_bytes_per_frame: 1,
                ..Default::default()
            },
            ..tiled_pages(CommitPolicy::Upfront, 24, 64)
        };
        let mut cache = cache(gpu, &descriptor);
        let size = Size::new(90, 90);
        let keys = [(); 2].map(|()| {
            cache.begin_frame();
            let pixmap = noise(rng, PixelFormat::Rgba8, size);
            cache.insert(&pixmap).expect("room")
        });
        cache.recreate(&gpu.device, &gpu.queue).expect("a device");
        // One is restored in each frame, the one used last first.
        assert!(
            cache.read_back_async(keys[0]).await.is_err(),
            "it still waits for its pixels"
        );
        let pixmap = noise(rng, PixelFormat::Rgba8, size);
        cache.replace(keys[0], &pixmap).expect("room");
        check(gpu, &mut cache, keys[0], &pixmap).await;
        cache.begin_frame();
        check(gpu, &mut cache, keys[0], &pixmap).await;
    })
    .await;
}
