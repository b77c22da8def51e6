//! The example's shader as a pipeline: `sprite.wgsl` behind the cache's functions, and its uniforms.
//! It draws in egui's pass.
//!
//! What every such pipeline has in common is in `stage/quads.rs`; `custom_shader` shows one with nothing left out.

use pixmap_cache::PixmapCache;
use wgpu::TextureFormat;

use crate::wall::{Sprite, View};
use kit::draw::Gpu;
use kit::draw::quads::{QuadDescriptor, Quads};

/// `View` in the shader.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuView {
    size: [f32; 2],
    padding: [f32; 2],
}

pub struct WallPipeline {
    quads: Quads<GpuView, Sprite>,
}

impl WallPipeline {
    pub fn new<N: std::hash::Hash + Eq>(gpu: &Gpu, cache: &PixmapCache<N>, format: TextureFormat) -> Self {
        let quads = Quads::new(
            gpu,
            &QuadDescriptor {
                label: "egui_panel",
                // The cache's functions, which expect the cache as group 1.
                wgsl: cache.wgsl(1) + include_str!("sprite.wgsl"),
                // Its layout never changes, so neither does the pipeline.
                groups: &[cache.bind_group_layout()],
                // The id is two integers like any other.
                attributes: &wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x2, 2 => Float32],
                constants: &[],
                format,
            },
        );
        Self { quads }
    }

    /// Before the pass: the sprites and the view they are drawn in.
    pub fn write(&mut self, sprites: &[Sprite], view: View) {
        let view = GpuView {
            size: view.size,
            padding: [0.0; 2],
        };
        self.quads.write(&view, sprites);
    }

    /// In egui's pass. It sets what it needs and may leave it so: egui sets its own again.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'static>, pixmaps: &wgpu::BindGroup) {
        self.quads.record(pass, &[pixmaps]);
    }
}
