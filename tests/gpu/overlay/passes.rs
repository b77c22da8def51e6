//! The passes that an overlay draws in.

use pixmap_cache::CreateError;
use pixmap_cache::overlay::{Overlay, OverlayDescriptor};
use wasm_bindgen_test::wasm_bindgen_test;

use super::scene::{Pass, aged, check_ages, check_panel, draw, frame};
use crate::adapters::{Gpu, on_each_gpu};
use crate::target::{TARGET_SIDE, Target};

const SAMPLES: u32 = 4;

fn multisampled_view(gpu: &Gpu, format: wgpu::TextureFormat) -> wgpu::TextureView {
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d {
            width: TARGET_SIDE,
            height: TARGET_SIDE,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: SAMPLES,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    texture.create_view(&Default::default())
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn passes_with_depth_and_samples_are_drawn_alike() {
    on_each_gpu(async |gpu| {
        let cache = aged(gpu);
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let depth_format = wgpu::TextureFormat::Depth24Plus;
        let depth = multisampled_view(gpu, depth_format);
        let multisampled = multisampled_view(gpu, target.format());
        let descriptor = OverlayDescriptor {
            format: target.format(),
            depth_stencil: Some(depth_format),
            sample_count: SAMPLES,
            ..Default::default()
        };
        let mut overlay = Overlay::new(&gpu.device, &gpu.queue, &descriptor).expect("an overlay");
        overlay.prepare(&cache, &frame());
        let with = Pass {
            depth: Some(&depth),
            multisampled: Some(&multisampled),
        };
        let drawn = draw(gpu, &overlay, &target, &with).await;
        check_panel(&drawn, overlay.area());
        check_ages(&drawn, overlay.area());
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn every_format_that_can_be_blended_is_accepted() {
    use wgpu::TextureFormat as F;
    on_each_gpu(async |gpu| {
        for format in [
            F::Bgra8UnormSrgb,
            F::Rgba16Float,
            F::Rgb10a2Unorm,
            F::R8Unorm,
            F::Rg8Unorm,
        ] {
            let descriptor = OverlayDescriptor {
                format,
                ..Default::default()
            };
            let made = Overlay::new(&gpu.device, &gpu.queue, &descriptor);
            assert!(made.is_ok(), "{format:?} is accepted: {:?}", made.err());
        }
    })
    .await;
}

#[wasm_bindgen_test(unsupported = pollster::test)]
async fn a_format_that_cannot_be_blended_is_an_error_that_names_the_label() {
    on_each_gpu(async |gpu| {
        if gpu.is_webgpu() {
            // It says so too late for an error.
            return;
        }
        let descriptor = OverlayDescriptor {
            label: Some("heads-up display"),
            format: wgpu::TextureFormat::Rgba8Uint,
            ..Default::default()
        };
        let error = Overlay::new(&gpu.device, &gpu.queue, &descriptor).expect_err("no blending");
        assert!(
            matches!(error, CreateError::Device { .. }),
            "the device refuses: {error}"
        );
        let text = error.to_string();
        assert!(
            text.contains("heads-up display"),
            "the error names the label: {text}"
        );
    })
    .await;
}
