//! The example's pipeline: `sprite.wgsl` after the cache's functions, and its uniforms.
//! It draws in egui's pass.
//!
//! What all such pipelines share is in `kit::draw::quads`; `custom_shader` shows a complete one.

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
                // The cache's functions come first. They expect the cache's bind group as group 1.
                wgsl: cache.wgsl(1) + include_str!("sprite.wgsl"),
                // The layout never changes, so the pipeline can stay as it is.
                groups: &[cache.bind_group_layout()],
                // An id is two plain integers.
                attributes: &wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x2, 2 => Float32],
                constants: &[],
                format,
            },
        );
        Self { quads }
    }

    /// Writes the sprites and the view they are drawn in. Call it before the pass.
    pub fn write(&mut self, sprites: &[Sprite], view: View) {
        let view = GpuView {
            size: view.size,
            padding: [0.0; 2],
        };
        self.quads.write(&view, sprites);
    }

    /// Draws in egui's pass. It may leave its state set: egui sets its own again.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'static>, pixmaps: &wgpu::BindGroup) {
        self.quads.record(pass, &[pixmaps]);
    }
}
