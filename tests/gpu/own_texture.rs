//! Draws from a texture per pixmap, with `ClampToEdge`: the reference that the cache must equal.

use pixmap_cache::PixmapBuf;

use crate::adapters::Gpu;
use crate::draw::{Brush, Painter, Sprite};
use crate::target::{Drawn, Target};

/// Replaces `wgsl(0)`: the same functions, on the pixmap's own texture.
const PRELUDE: &str = "
    @group(0) @binding(0) var own_texture: texture_2d<f32>;
    @group(0) @binding(1) var own_sampler: sampler;
    alias PixmapRegion = vec3<u32>;
    fn pixmap_region(id: vec2<u32>) -> PixmapRegion { return vec3<u32>(id, 0u); }
    fn pixmap_is_resident(region: PixmapRegion) -> bool { return true; }
    fn pixmap_sample(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> {
        return textureSampleLevel(own_texture, own_sampler, uv, 0.0);
    }
    fn pixmap_sample_nearest(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> {
        return pixmap_sample(region, uv);
    }
    fn pixmap_sample_repeat(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32> {
        return pixmap_sample(region, uv);
    }
    // Two levels, mixed: software adapters take a short cut for the weight in between.
    fn pixmap_sample_grad(region: PixmapRegion, uv: vec2<f32>, ddx: vec2<f32>, ddy: vec2<f32>) -> vec4<f32> {
        let size = vec2<f32>(textureDimensions(own_texture, 0));
        let x = ddx * size;
        let y = ddy * size;
        // As many as the shorter side allows, or fewer: GLSL in browsers can't ask for the number.
        let last = floor(log2(min(size.x, size.y)) + 0.001);
        let level = clamp(0.5 * log2(max(dot(x, x), dot(y, y))), 0.0, last);
        let sharp = textureSampleLevel(own_texture, own_sampler, uv, floor(level));
        return mix(sharp, textureSampleLevel(own_texture, own_sampler, uv, ceil(level)), fract(level));
    }
";

/// How the textures are made and sampled.
#[derive(Clone, Copy)]
pub struct Sampling {
    pub format: wgpu::TextureFormat,
    pub filter: wgpu::FilterMode,
    pub address: wgpu::AddressMode,
    pub brush: Brush,
}

/// Draws each pixmap's sprite from its own texture, waits, and reads what was drawn.
#[cfg(not(target_arch = "wasm32"))]
pub fn draw_from_own_textures(
    gpu: &Gpu,
    sampling: Sampling,
    draws: &[(&PixmapBuf, Sprite)],
    target: &Target,
) -> Drawn {
    pollster::block_on(drawn_from_own_textures(gpu, sampling, draws, target))
}

/// Draws each pixmap's sprite from its own texture, and reads what was drawn.
pub async fn drawn_from_own_textures(
    gpu: &Gpu,
    sampling: Sampling,
    draws: &[(&PixmapBuf, Sprite)],
    target: &Target,
) -> Drawn {
    let layout = bind_group_layout(gpu);
    let painter = Painter::new(gpu, (PRELUDE, &layout), target.format(), sampling.brush);
    let bind_groups: Vec<wgpu::BindGroup> = draws
        .iter()
        .map(|(pixmap, _)| bind_group(gpu, &layout, sampling, pixmap))
        .collect();
    let sprites = draws.iter().map(|(_, sprite)| std::slice::from_ref(sprite));
    let batches: Vec<_> = bind_groups.iter().zip(sprites).collect();
    gpu.queue.submit([painter.record(gpu, &batches, target)]);
    target.texels(gpu).await
}

fn bind_group(
    gpu: &Gpu,
    layout: &wgpu::BindGroupLayout,
    sampling: Sampling,
    pixmap: &PixmapBuf,
) -> wgpu::BindGroup {
    let sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        mag_filter: sampling.filter,
        min_filter: sampling.filter,
        address_mode_u: sampling.address,
        address_mode_v: sampling.address,
        ..Default::default()
    });
    let view = texture(gpu, pixmap, sampling.format).create_view(&Default::default());
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("own texture"),
        layout,
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&view),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: wgpu::BindingResource::Sampler(&sampler),
            },
        ],
    })
}

fn texture(gpu: &Gpu, pixmap: &PixmapBuf, format: wgpu::TextureFormat) -> wgpu::Texture {
    let size = wgpu::Extent3d {
        width: pixmap.size.width,
        height: pixmap.size.height,
        depth_or_array_layers: 1,
    };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("own texture"),
        size,
        mip_level_count: 1 + pixmap.levels.len() as u32,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (mip_level, level) in (0..).zip([pixmap].into_iter().chain(&pixmap.levels)) {
        let target = wgpu::TexelCopyTextureInfo {
            mip_level,
            ..texture.as_image_copy()
        };
        let rows = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(level.bytes_per_row),
            rows_per_image: None,
        };
        let size = wgpu::Extent3d {
            width: level.size.width,
            height: level.size.height,
            depth_or_array_layers: 1,
        };
        gpu.queue.write_texture(target, &level.bytes, rows, size);
    }
    texture
}

fn bind_group_layout(gpu: &Gpu) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    };
    let texture = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
    gpu.device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("own texture"),
            entries: &[entry(0, texture), entry(1, sampler)],
        })
}
