//! Draws from one texture and bind group per pixmap.

use pixmap_cache::{Pixmap, Rect};

use super::painter::{Canvas, Quads, Way, instance_buffer, linear_sampler, texture_bind_group};
use super::scene::Scene;
use bench_kit::gpu::{Block, Gpu, write_texels};

pub struct Textures {
    pipeline: wgpu::RenderPipeline,
    /// In the order of the scene's pixmaps.
    bind_groups: Vec<wgpu::BindGroup>,
    instances: wgpu::Buffer,
    /// The first instance of each pixmap, then the end of the last.
    starts: Vec<u32>,
}

impl Textures {
    pub fn new(gpu: &Gpu, scene: &Scene<'_>) -> Self {
        let sampler = linear_sampler(gpu);
        let quads = Quads {
            wgsl: include_str!("textures.wgsl"),
            fragment: "fragment",
            layout: None,
            attributes: &wgpu::vertex_attr_array![0 => Float32x4],
        };
        let pipeline = quads.pipeline(gpu);
        let bind_group = |pixmap: &Pixmap<'_>| {
            let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
            let texture = gpu.texture(pixmap.size.width, 1, usage);
            let to = Block {
                texture: &texture,
                layer: 0,
                rect: Rect::new(0, 0, pixmap.size),
            };
            write_texels(gpu, to, pixmap);
            let view = texture.create_view(&Default::default());
            texture_bind_group(gpu, &pipeline, &view, &sampler)
        };
        let at: Vec<[f32; 4]> = scene.sprites.iter().map(|sprite| sprite.at).collect();
        let start = |pixmap| scene.sprites.partition_point(|sprite| sprite.pixmap < pixmap) as u32;
        Self {
            bind_groups: scene.pixmaps.iter().map(bind_group).collect(),
            pipeline,
            instances: instance_buffer(gpu, &at),
            starts: (0..=scene.pixmaps.len()).map(start).collect(),
        }
    }
}

impl Way for Textures {
    fn record(&self, gpu: &Gpu, canvas: &Canvas) -> wgpu::CommandBuffer {
        canvas.record(gpu, |pass| {
            pass.set_pipeline(&self.pipeline);
            pass.set_vertex_buffer(0, self.instances.slice(..));
            for (bind_group, range) in self.bind_groups.iter().zip(self.starts.windows(2)) {
                pass.set_bind_group(0, bind_group, &[]);
                pass.draw(0..4, range[0]..range[1]);
            }
        })
    }
}
