//! Draws pixmaps smaller than they are, from one plain array texture with mip levels and a pixmap in each layer.

use pixmap_cache::{PixelFormat, Pixmap, PixmapBuf, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::painter::{Canvas, Quads, TARGET_SIDE, Way, instance_buffer, texture_bind_group};
use super::scene::{Scene, Sprite};
use bench_kit::gpu::{FORMAT, Gpu, Noise};

const PIXMAPS: usize = 1_000;
/// Fewer than in the other scenes: software rasterizers blend levels slowly.
const SPRITES: usize = 10_000;
pub const PIXMAP_SIDE: u32 = 64;
/// One after each pixmap spreads them over all pages of the cache.
const FILLER_SIDE: u32 = 80;

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Instance {
    at: [f32; 4],
    layer: u32,
}

/// Noise, and the levels of each pixmap below the base.
pub struct Levels(Vec<Vec<PixmapBuf>>);

impl Levels {
    pub fn new(noise: &Noise) -> Self {
        Self((0..PIXMAPS).map(|index| levels_of(&base(noise, index))).collect())
    }

    /// Pixmaps with their levels, each drawn as sprites of another side.
    pub fn scene<'n>(&'n self, noise: &'n Noise, sprite_side: u32) -> Scene<'n> {
        let mut random = Pcg64::seed_from_u64(4);
        let mut corner = || random.random_range(0..=TARGET_SIDE - sprite_side) as f32;
        let side = sprite_side as f32;
        let mut sprite = |number| Sprite {
            pixmap: number * PIXMAPS / SPRITES,
            at: [corner(), corner(), side, side],
        };
        let pixmaps = self.0.iter().enumerate();
        Scene {
            pixmaps: pixmaps
                .map(|(index, levels)| base(noise, index).with_levels(levels))
                .collect(),
            sprites: (0..SPRITES).map(&mut sprite).collect(),
            filler: Some(noise.pixmap(0, 1, Size::new(FILLER_SIDE, FILLER_SIDE))),
        }
    }
}

fn base(noise: &Noise, index: usize) -> Pixmap<'_> {
    noise.pixmap(index, PIXMAPS, Size::new(PIXMAP_SIDE, PIXMAP_SIDE))
}

/// Averages of two by two texels, down to one.
fn levels_of(base: &Pixmap<'_>) -> Vec<PixmapBuf> {
    let mut levels: Vec<PixmapBuf> = Vec::new();
    let mut above = base.bytes.to_vec();
    let mut side = base.size.width as usize;
    while side > 1 {
        let row = side * 4;
        side /= 2;
        let channel = |index: usize| {
            let (texel, channel) = (index / 4, index % 4);
            let at = texel / side * 2 * row + texel % side * 8 + channel;
            let sum: u32 = [at, at + 4, at + row, at + row + 4]
                .map(|at| u32::from(above[at]))
                .iter()
                .sum();
            ((sum + 2) / 4) as u8
        };
        let bytes: Vec<u8> = (0..side * side * 4).map(channel).collect();
        let size = Size::new(side as u32, side as u32);
        levels.push(PixmapBuf::new(PixelFormat::Rgba8, size, bytes.clone()));
        above = bytes;
    }
    levels
}

pub struct Mipmapped {
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
    instances: wgpu::Buffer,
    count: u32,
}

impl Mipmapped {
    pub fn new(gpu: &Gpu, scene: &Scene<'_>) -> Self {
        let quads = Quads {
            wgsl: include_str!("mipmapped.wgsl"),
            fragment: "fragment",
            layout: None,
            attributes: &wgpu::vertex_attr_array![0 => Float32x4, 1 => Uint32],
        };
        let instance = |sprite: &Sprite| Instance {
            at: sprite.at,
            layer: sprite.pixmap as u32,
        };
        let instances: Vec<Instance> = scene.sprites.iter().map(instance).collect();
        let view = texture(gpu, scene).create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        });
        let sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("sprites"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            mipmap_filter: wgpu::MipmapFilterMode::Linear,
            ..Default::default()
        });
        let pipeline = quads.pipeline(gpu);
        Self {
            bind_group: texture_bind_group(gpu, &pipeline, &view, &sampler),
            instances: instance_buffer(gpu, &instances),
            count: instances.len() as u32,
            pipeline,
        }
    }
}

fn texture(gpu: &Gpu, scene: &Scene<'_>) -> wgpu::Texture {
    let extent = |size: Size, layers| wgpu::Extent3d {
        width: size.width,
        height: size.height,
        depth_or_array_layers: layers,
    };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("benches"),
        size: extent(scene.pixmaps[0].size, PIXMAPS as u32),
        mip_level_count: scene.pixmaps[0].levels.len() as u32 + 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (layer, pixmap) in (0..).zip(&scene.pixmaps) {
        let levels = pixmap.levels.iter().map(PixmapBuf::as_pixmap);
        for (mip_level, level) in (0..).zip(std::iter::once(*pixmap).chain(levels)) {
            let to = wgpu::TexelCopyTextureInfo {
                mip_level,
                origin: wgpu::Origin3d { x: 0, y: 0, z: layer },
                ..texture.as_image_copy()
            };
            let rows = wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(level.bytes_per_row),
                rows_per_image: None,
            };
            gpu.queue
                .write_texture(to, level.bytes, rows, extent(level.size, 1));
        }
    }
    texture
}

impl Way for Mipmapped {
    fn record(&self, gpu: &Gpu, canvas: &Canvas) -> wgpu::CommandBuffer {
        canvas.record(gpu, |pass| {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bind_group, &[]);
            pass.set_vertex_buffer(0, self.instances.slice(..));
            pass.draw(0..4, 0..self.count);
        })
    }
}
