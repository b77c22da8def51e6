//! The example's pipeline: `glyph.wgsl` after the cache's functions, and its uniforms.
//!
//! What all such pipelines share is in `kit::draw::quads`; `custom_shader` shows a complete one.

use pixmap_cache::PixmapCache;
use wgpu::TextureFormat;

use crate::page::{Page, Sprite};
use kit::draw::quads::{QuadDescriptor, Quads};
use kit::draw::{Frame, Gpu};

/// Paper, linear.
const BACKGROUND: wgpu::Color = wgpu::Color {
    r: 0.91,
    g: 0.88,
    b: 0.81,
    a: 1.0,
};

/// `Screen` in the shader.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuScreen {
    size: [f32; 2],
    padding: [f32; 2],
}

pub struct GlyphPipeline {
    quads: Quads<GpuScreen, Sprite>,
}

impl GlyphPipeline {
    pub fn new<N: std::hash::Hash + Eq>(gpu: &Gpu, masks: &PixmapCache<N>, format: TextureFormat) -> Self {
        let quads = Quads::new(
            gpu,
            &QuadDescriptor {
                label: "glyphs",
                // The cache's functions come first. They expect the cache's bind group as group 1.
                wgsl: masks.wgsl(1) + include_str!("glyph.wgsl"),
                // The layout never changes, so the pipeline can stay as it is.
                groups: &[masks.bind_group_layout()],
                // An id is two plain integers.
                attributes: &wgpu::vertex_attr_array![0 => Uint32x2, 1 => Float32x2, 2 => Float32x3],
                constants: &[],
                format,
            },
        );
        Self { quads }
    }

    /// Submits the pass with the glyphs that the page composed last.
    pub fn draw(&mut self, page: &Page, frame: &Frame) {
        let screen = GpuScreen {
            size: [frame.size.width as f32, frame.size.height as f32],
            padding: [0.0; 2],
        };
        self.quads.write(&screen, &page.sprites);
        // Fetched in each frame, after the flush: it is replaced whenever a texture is committed or released.
        let masks = page.masks.bind_group();
        self.quads.draw((frame, BACKGROUND), &[masks], |_| {});
    }
}
