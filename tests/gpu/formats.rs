//! Every format that a cache holds, and pixmaps in the other order of channels.

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, CreateError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};
use crate::draw::{Painter, sprite};
use crate::noise::{self, noise};
use crate::own_texture::{Sampling, drawn_from_own_textures};
use crate::target::{Drawn, Target};

/// Odd and even sizes: small ones that are uploaded side by side, and large ones that aren't.
const SIZES: [(u32, u32); 12] = [
    (1, 1),
    (3, 7),
    (5, 7),
    (7, 7),
    (17, 16),
    (33, 31),
    (63, 64),
    (64, 64),
    (65, 3),
    (101, 67),
    (127, 1),
    (1, 127),
];

struct Scene {
    cache: PixmapCache,
    taken: Vec<(PixmapKey, PixmapBuf)>,
}

impl Scene {
    /// Whether a cache can have the format. A browser's WebGL2 has no BGRA, and says so.
    fn is_possible(gpu: &Gpu, format: wgpu::TextureFormat) -> bool {
        let is_bgra = matches!(format.remove_srgb_suffix(), wgpu::TextureFormat::Bgra8Unorm);
        if !is_bgra || !gpu.is_webgl() {
            return true;
        }
        let descriptor = CacheDescriptor {
            format,
            ..Default::default()
        };
        let refused = PixmapCache::<String>::new(&gpu.device, &gpu.queue, &descriptor);
        assert!(matches!(refused, Err(CreateError::UnsupportedFormat { .. })));
        false
    }

    fn new(gpu: &Gpu, format: wgpu::TextureFormat, pixels: PixelFormat) -> Self {
        let descriptor = CacheDescriptor {
            budget_bytes: 1 << 20,
            format,
            commit: CommitPolicy::Upfront,
            page_side: Some(128),
            ..Default::default()
        };
        let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let mut rng = noise::rng(12);
        let mut insert = |(width, height)| {
            let pixmap = noise(&mut rng, pixels, Size::new(width, height));
            (cache.insert(&pixmap).expect("room"), pixmap)
        };
        let taken = SIZES.into_iter().map(&mut insert).collect();
        cache.flush();
        Self { cache, taken }
    }

    async fn draw(&self, gpu: &Gpu, target: &Target) -> Drawn {
        let places = noise::places(self.taken.iter().map(|(_, pixmap)| pixmap.size));
        let pairs = self.taken.iter().zip(places);
        let sprites: Vec<_> = pairs.map(|((key, _), at)| sprite(*key, at)).collect();
        let painter = Painter::of_cache(gpu, &self.cache, target.format());
        painter.drawn(gpu, &self.cache, &sprites, target).await
    }

    async fn draw_own(&self, gpu: &Gpu, format: wgpu::TextureFormat, target: &Target) -> Drawn {
        let places = noise::places(self.taken.iter().map(|(_, pixmap)| pixmap.size));
        let pairs = self.taken.iter().zip(places);
        let draws: Vec<_> = pairs.map(|((key, p), at)| (p, sprite(*key, at))).collect();
        let filter = wgpu::FilterMode::Linear;
        drawn_from_own_textures(
            gpu,
            Sampling {
                format,
                filter,
                address: wgpu::AddressMode::ClampToEdge,
                brush: crate::draw::PLAIN,
            },
            &draws,
            target,
        )
        .await
    }

    /// Checks that every pixmap comes back as `expected`.
    async fn check_read_back(&mut self, expected: impl Fn(&PixmapBuf) -> PixmapBuf) {
        for (key, pixmap) in &self.taken {
            let back = self.cache.read_back_async(*key).await.expect("resident");
            assert!(back == expected(pixmap), "{pixmap:?} read back");
        }
    }
}

fn swapped(pixmap: &PixmapBuf) -> PixmapBuf {
    let format = match pixmap.format {
        PixelFormat::Rgba8 => PixelFormat::Bgra8,
        PixelFormat::Bgra8 => PixelFormat::Rgba8,
        other => other,
    };
    let mut bytes = pixmap.bytes.clone();
    for texel in bytes.as_chunks_mut::<4>().0 {
        texel.swap(0, 2);
    }
    PixmapBuf::new(format, pixmap.size, bytes)
}

/// Drawn and read back as from separate textures of the same format. At scale 1 adapters round nothing except sRGB
/// conversions.
async fn check_format(format: wgpu::TextureFormat, pixels: PixelFormat) {
    on_each_gpu(async |gpu| {
        if !Scene::is_possible(gpu, format) {
            return;
        }
        let mut scene = Scene::new(gpu, format, pixels);
        let target = Target::new(gpu, format);
        let drawn = scene.draw(gpu, &target).await;
        let own = scene.draw_own(gpu, format, &target).await;
        let difference = drawn.difference(&own);
        assert_eq!(difference, Default::default(), "{format:?} drawn");
        scene.check_read_back(PixmapBuf::clone).await;
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn rgba8_is_drawn_and_read_back_as_it_went_in() {
    check_format(wgpu::TextureFormat::Rgba8Unorm, PixelFormat::Rgba8).await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn rgba8_srgb_is_drawn_and_read_back_as_it_went_in() {
    check_format(wgpu::TextureFormat::Rgba8UnormSrgb, PixelFormat::Rgba8).await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn bgra8_is_drawn_and_read_back_as_it_went_in() {
    check_format(wgpu::TextureFormat::Bgra8Unorm, PixelFormat::Bgra8).await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn bgra8_srgb_is_drawn_and_read_back_as_it_went_in() {
    check_format(wgpu::TextureFormat::Bgra8UnormSrgb, PixelFormat::Bgra8).await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn r8_of_odd_widths_is_drawn_and_read_back_as_it_went_in() {
    check_format(wgpu::TextureFormat::R8Unorm, PixelFormat::R8).await;
}

/// Pixmaps whose red and blue are swapped on their way in.
async fn check_swapped(format: wgpu::TextureFormat, pixels: PixelFormat) {
    on_each_gpu(async |gpu| {
        if !Scene::is_possible(gpu, format) {
            return;
        }
        let mut scene = Scene::new(gpu, format, pixels);
        scene.check_read_back(swapped).await;
        let own_format = match pixels {
            PixelFormat::Bgra8 => wgpu::TextureFormat::Bgra8Unorm,
            _ => wgpu::TextureFormat::Rgba8Unorm,
        };
        let target = Target::new(gpu, own_format);
        let drawn = scene.draw(gpu, &target).await;
        let own = scene.draw_own(gpu, own_format, &target).await;
        let difference = drawn.difference(&own);
        assert_eq!(difference, Default::default(), "{pixels:?} in {format:?}");
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn rgba_pixmaps_keep_their_colors_in_a_bgra_cache() {
    check_swapped(wgpu::TextureFormat::Bgra8Unorm, PixelFormat::Rgba8).await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn bgra_pixmaps_keep_their_colors_in_an_rgba_cache() {
    check_swapped(wgpu::TextureFormat::Rgba8Unorm, PixelFormat::Bgra8).await;
}

/// A mask is in red; the other channels have the values of channels that a format lacks.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_mask_is_drawn_in_red() {
    on_each_gpu(async |gpu| {
        let scene = Scene::new(gpu, wgpu::TextureFormat::R8Unorm, PixelFormat::R8);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let drawn = scene.draw(gpu, &target).await;
        let places = noise::places(scene.taken.iter().map(|(_, pixmap)| pixmap.size));
        for ((_, pixmap), at) in scene.taken.iter().zip(places) {
            let red: Vec<u8> = pixmap.bytes.iter().flat_map(|m| [*m, 0, 0, 255]).collect();
            assert!(drawn.rect(at) == red, "{pixmap:?}");
        }
    })
    .await;
}

/// Padding between rows is ignored.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn padded_rows_are_taken_without_their_padding() {
    on_each_gpu(async |gpu| {
        let mut scene = Scene::new(gpu, wgpu::TextureFormat::Rgba8Unorm, PixelFormat::Rgba8);
        for padding in [1, 4, 156, 300] {
            let (_, tight) = &scene.taken[5];
            let mut padded = tight.clone();
            padded.bytes_per_row += padding;
            padded.bytes.clear();
            for row in tight.bytes.chunks(tight.bytes_per_row as usize) {
                padded.bytes.extend_from_slice(row);
                padded.bytes.extend((0..padding).map(|byte| byte as u8));
            }
            let key = scene.cache.insert(&padded).expect("room");
            // The padding of the last row may be missing.
            let least = padded.bytes.len() - padding as usize;
            padded.bytes.truncate(least);
            let short = scene.cache.insert(&padded).expect("room");
            for key in [key, short] {
                let back = scene.cache.read_back_async(key).await.expect("resident");
                assert!(back == *tight, "{padding} bytes of padding");
            }
        }
    })
    .await;
}

#[cfg(feature = "image")]
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn an_image_comes_back_as_it_went_in() {
    on_each_gpu(async |gpu| {
        let colors = |x, y| image::Rgba([x as u8, y as u8, 128, 255 - x as u8]);
        let image = image::RgbaImage::from_fn(57, 33, colors);
        for format in [
            wgpu::TextureFormat::Rgba8UnormSrgb,
            wgpu::TextureFormat::Bgra8UnormSrgb,
        ] {
            if !Scene::is_possible(gpu, format) {
                continue;
            }
            let mut scene = Scene::new(gpu, format, PixelFormat::Rgba8);
            let key = scene.cache.insert(&image).expect("room");
            let back = scene.cache.read_back_async(key).await.expect("resident");
            assert!(back.to_image().as_ref() == Some(&image), "through {format:?}");
        }
    })
    .await;
}
