//! Draws from one plain array texture, with texture coordinates and layer in each instance.

use super::cached::Cached;
use super::painter::{Canvas, Quads, Way, instance_buffer, linear_sampler, texture_bind_group};
use super::scene::Scene;
use bench_kit::gpu::{Block, Gpu, write_texels};
use pixmap_cache::{Rect, Size};

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Instance {
    at: [f32; 4],
    /// Corner and size.
    uv: [f32; 4],
    layer: u32,
}

pub struct Baked {
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
    instances: wgpu::Buffer,
    count: u32,
}

impl Baked {
    /// Copies the pages of a cache that holds the scene.
    pub fn new(gpu: &Gpu, scene: &Scene<'_>, cached: &mut Cached) -> Self {
        let quads = Quads {
            wgsl: include_str!("baked.wgsl"),
            fragment: "fragment",
            layout: None,
            attributes: &wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Uint32],
        };
        let instances = instances(scene, cached);
        let view = copy_of_pages(gpu, cached).create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        });
        let pipeline = quads.pipeline(gpu);
        Self {
            bind_group: texture_bind_group(gpu, &pipeline, &view, &linear_sampler(gpu)),
            instances: instance_buffer(gpu, &instances),
            count: instances.len() as u32,
            pipeline,
        }
    }
}

fn instances(scene: &Scene<'_>, cached: &Cached) -> Vec<Instance> {
    let page_side = cached.cache.page_side() as f32;
    let sprites = scene.sprites.iter();
    sprites
        .map(|sprite| {
            let region = cached.cache.region(cached.keys[sprite.pixmap]).expect("resident");
            let Rect { x, y, width, height } = region.rect;
            Instance {
                at: sprite.at,
                uv: [x, y, width, height].map(|texels| texels as f32 / page_side),
                layer: region.page.0,
            }
        })
        .collect()
}

fn copy_of_pages(gpu: &Gpu, cached: &mut Cached) -> wgpu::Texture {
    let cache = &mut cached.cache;
    let (side, layers) = (cache.page_side(), cache.page_count());
    let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
    let texture = gpu.texture(side, layers, usage);
    for page in cache.pages().collect::<Vec<_>>() {
        let texels = cache.read_page(page).expect("a page");
        let to = Block {
            texture: &texture,
            layer: page.0,
            rect: Rect::new(0, 0, Size::new(side, side)),
        };
        write_texels(gpu, to, &texels.as_pixmap());
    }
    texture
}

impl Way for Baked {
    fn record(&self, gpu: &Gpu, canvas: &Canvas) -> wgpu::CommandBuffer {
        canvas.record(gpu, |pass| {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bind_group, &[]);
            pass.set_vertex_buffer(0, self.instances.slice(..));
            pass.draw(0..4, 0..self.count);
        })
    }
}
