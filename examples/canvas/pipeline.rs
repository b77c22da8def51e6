//! The example's pipeline: `canvas.wgsl` after the cache's functions, and its uniforms.
//!
//! What all such pipelines share is in `kit::draw::quads`; `custom_shader` shows a complete one.

use pixmap_cache::PixmapCache;
use wgpu::TextureFormat;

use crate::canvas::Canvas;
use crate::panes::Pane;
use kit::draw::quads::{QuadDescriptor, Quads};
use kit::draw::{Frame, Gpu};

/// `Screen` in the shader.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuScreen {
    size: [f32; 2],
    padding: [f32; 2],
}

pub struct PanePipeline {
    quads: Quads<GpuScreen, Pane>,
}

impl PanePipeline {
    pub fn new(gpu: &Gpu, cache: &PixmapCache, format: TextureFormat) -> Self {
        let quads = Quads::new(
            gpu,
            &QuadDescriptor {
                label: "canvas panes",
                // The cache's functions come first. They expect the cache's bind group as group 1.
                wgsl: cache.wgsl(1) + include_str!("canvas.wgsl"),
                // The layout never changes, so the pipeline can stay as it is.
                groups: &[cache.bind_group_layout()],
                // In the order of `Pane`'s fields; an id is two plain integers.
                attributes: &wgpu::vertex_attr_array![
                    0 => Uint32x2, 1 => Float32x2, 2 => Float32x2, 3 => Float32x4, 4 => Float32x3, 5 => Float32,
                    6 => Float32, 7 => Uint32
                ],
                constants: &[],
                format,
            },
        );
        Self { quads }
    }

    /// Submits a pass with these panes, one above the other.
    pub fn draw(&mut self, canvas: &Canvas, panes: &[Pane], frame: &Frame) {
        let screen = GpuScreen {
            size: [frame.size.width as f32, frame.size.height as f32],
            padding: [0.0; 2],
        };
        self.quads.write(&screen, panes);
        // Fetched in each frame, after the flush: it is replaced whenever a texture is committed or released.
        let pixmaps = canvas.cache().bind_group();
        self.quads.draw((frame, wgpu::Color::BLACK), &[pixmaps], |_| {});
    }
}
