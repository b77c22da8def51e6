//! Textures of the application as sources of pixmaps and of changes.

use pixmap_cache::{
    CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size, TextureError, TextureSource,
    UpdateError,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};
use crate::noise::{self, noise, tiled_pages};
use crate::update::{SIZES, cache, check, overwrite, random_rect};

/// A texture of the application with noise in it.
fn texture(
    gpu: &Gpu,
    pixmap: &PixmapBuf,
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
) -> wgpu::Texture {
    let size = wgpu::Extent3d {
        width: pixmap.size.width,
        height: pixmap.size.height,
        depth_or_array_layers: 1,
    };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("of the application"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: usage | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let rows = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(pixmap.bytes_per_row),
        rows_per_image: None,
    };
    gpu.queue
        .write_texture(texture.as_image_copy(), &pixmap.bytes, rows, size);
    gpu.queue.submit([]);
    texture
}

/// Whether the device has refused a copy, at once or, as WebGPU does, later.
async fn is_refused(cache: &mut PixmapCache, inserted: Result<PixmapKey, TextureError>) -> bool {
    let Ok(key) = inserted else {
        return matches!(inserted, Err(TextureError::Device { .. }));
    };
    let is_refused = cache.device_verdict().await.is_err();
    cache.begin_frame();
    is_refused && !cache.contains(key)
}

fn whole(texture: &wgpu::Texture) -> TextureSource<'_> {
    TextureSource {
        texture,
        origin: wgpu::Origin3d::ZERO,
        size: Size::new(texture.width(), texture.height()),
    }
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn textures_are_copied_whole_in_part_and_into_tiles() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(45);
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Stepwise, 24, 64));
        for (width, height) in SIZES {
            let mut pixmap = noise(rng, PixelFormat::Rgba8, Size::new(width, height));
            // sRGB or not makes no difference to a copy, but WebGL2 can't make it.
            let source = texture(
                gpu,
                &pixmap,
                if gpu.is_webgl() {
                    wgpu::TextureFormat::Rgba8Unorm
                } else {
                    wgpu::TextureFormat::Rgba8UnormSrgb
                },
                wgpu::TextureUsages::COPY_SRC,
            );
            let key = cache.insert_texture(whole(&source)).expect("room");
            check(gpu, &mut cache, key, &pixmap).await;
            let rect = random_rect(rng, pixmap.size);
            let patch = noise(rng, PixelFormat::Rgba8, rect.size());
            let part = texture(
                gpu,
                &patch,
                wgpu::TextureFormat::Rgba8Unorm,
                wgpu::TextureUsages::COPY_SRC,
            );
            cache
                .update_from_texture(key, (rect.x, rect.y), whole(&part))
                .expect("it lies inside");
            overwrite(&mut pixmap, rect, &patch);
            check(gpu, &mut cache, key, &pixmap).await;
            let named = TextureSource {
                origin: wgpu::Origin3d { x: 1, y: 0, z: 0 },
                size: Size::new(width - 1, height),
                texture: &source,
            };
            let key = cache.insert_texture_named("named".into(), named).expect("room");
            assert_eq!(cache.find("named"), Some(key));
            assert_eq!(cache.size(key), Some(Size::new(width - 1, height)));
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn textures_that_cannot_be_copied_are_refused_and_the_cache_works_on() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(46);
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Upfront, 8, 64));
        let pixmap = noise(rng, PixelFormat::Rgba8, Size::new(9, 9));
        let key = cache.insert(&pixmap).expect("room");
        let copyable = wgpu::TextureUsages::COPY_SRC;
        let other = texture(gpu, &pixmap, wgpu::TextureFormat::Bgra8Unorm, copyable);
        let refused = cache.insert_texture(whole(&other));
        assert!(matches!(refused, Err(TextureError::Format { .. })), "{refused:?}");
        let locked = texture(
            gpu,
            &pixmap,
            wgpu::TextureFormat::Rgba8Unorm,
            wgpu::TextureUsages::TEXTURE_BINDING,
        );
        assert_eq!(
            cache.insert_texture(whole(&locked)),
            Err(TextureError::NotCopyable)
        );
        let sound = texture(gpu, &pixmap, wgpu::TextureFormat::Rgba8Unorm, copyable);
        for (origin, size) in [
            ((1, 0, 0), (9, 9)),
            ((0, 0, 1), (9, 9)),
            ((0, 0, 0), (0, 9)),
            ((u32::MAX, 0, 0), (9, 9)),
        ] {
            let source = TextureSource {
                texture: &sound,
                origin: wgpu::Origin3d {
                    x: origin.0,
                    y: origin.1,
                    z: origin.2,
                },
                size: Size::new(size.0, size.1),
            };
            let refused = cache.insert_texture(source);
            assert!(
                matches!(refused, Err(TextureError::Outside { .. })),
                "{origin:?}: {refused:?}"
            );
        }
        let refused = cache.update_from_texture(key, (1, 1), whole(&sound));
        assert!(
            matches!(refused, Err(TextureError::Update(UpdateError::Outside { .. }))),
            "{refused:?}"
        );
        sound.destroy();
        let entries = cache.len();
        let refused = cache.insert_texture(whole(&sound));
        assert!(is_refused(&mut cache, refused).await, "it is destroyed");
        assert_eq!(cache.len(), entries, "a copy that failed leaves no entry");
        check(gpu, &mut cache, key, &pixmap).await;
    })
    .await;
}

/// WebGL2 can't copy between the two: it reports nothing, and leaves other texels.
#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_texture_that_differs_in_srgb_is_copied_exactly_or_refused() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Upfront, 8, 64));
        let pixmap = noise(&mut noise::rng(47), PixelFormat::Rgba8, Size::new(30, 20));
        let format = wgpu::TextureFormat::Rgba8UnormSrgb;
        let source = texture(gpu, &pixmap, format, wgpu::TextureUsages::COPY_SRC);
        let inserted = cache.insert_texture(whole(&source));
        if gpu.is_webgl() {
            assert!(
                matches!(inserted, Err(TextureError::Format { .. })),
                "{inserted:?}"
            );
            assert!(cache.is_empty(), "a refusal leaves no entry");
        } else {
            check(gpu, &mut cache, inserted.expect("room"), &pixmap).await;
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_texture_that_fails_leaves_the_old_entry_of_its_name() {
    on_each_gpu(async |gpu| {
        let rng = &mut noise::rng(49);
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Upfront, 8, 64));
        for side in [9, 60] {
            let pixmap = noise(rng, PixelFormat::Rgba8, Size::new(side, side));
            let key = cache.insert_named("named".into(), &pixmap).expect("room");
            let copyable = wgpu::TextureUsages::COPY_SRC;
            let lost = texture(gpu, &pixmap, wgpu::TextureFormat::Rgba8Unorm, copyable);
            lost.destroy();
            let refused = cache.insert_texture_named("named".into(), whole(&lost));
            let is_late = refused.is_ok();
            assert!(is_refused(&mut cache, refused).await, "it is destroyed");
            if is_late {
                assert_eq!(cache.find("named"), None, "the old entry has gone by then");
                continue;
            }
            assert_eq!(cache.find("named"), Some(key), "a refusal keeps the name's entry");
            check(gpu, &mut cache, key, &pixmap).await;
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_texture_takes_no_staging_memory_for_its_pixels() {
    on_each_gpu(async |gpu| {
        let mut cache = cache(gpu, &tiled_pages(CommitPolicy::Upfront, 24, 256));
        let pixmap = noise(&mut noise::rng(50), PixelFormat::Rgba8, Size::new(400, 400));
        let copyable = wgpu::TextureUsages::COPY_SRC;
        let source = texture(gpu, &pixmap, wgpu::TextureFormat::Rgba8Unorm, copyable);
        let key = cache.insert_texture(whole(&source)).expect("room");
        let staging_bytes = cache.stats().staging_bytes;
        assert!(
            staging_bytes < 400 * 400 * 4,
            "{staging_bytes} bytes for rows of the table"
        );
        check(gpu, &mut cache, key, &pixmap).await;
    })
    .await;
}
