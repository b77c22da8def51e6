//! The example's shader as a pipeline: `thumbnail.wgsl` behind the cache's functions, and its uniforms.
//!
//! What every such pipeline has in common is in `stage/quads.rs`; `custom_shader` shows one with nothing left out.

use pixmap_cache::PixmapCache;
use wgpu::TextureFormat;

use crate::gallery::{Gallery, Spot};
use kit::draw::quads::{QuadDescriptor, Quads};
use kit::draw::{Frame, Gpu};

/// Behind the thumbnails, linear.
const BACKGROUND: wgpu::Color = wgpu::Color {
    r: 0.009,
    g: 0.01,
    b: 0.013,
    a: 1.0,
};

/// Of the thumbnails' corners, in pixels at scale 1.
const RADIUS: f32 = 8.0;

/// `Screen` in the shader.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GpuScreen {
    size: [f32; 2],
    radius: f32,
    time: f32,
}

pub struct ThumbnailPipeline {
    quads: Quads<GpuScreen, Spot>,
}

impl ThumbnailPipeline {
    pub fn new<N: std::hash::Hash + Eq>(gpu: &Gpu, cache: &PixmapCache<N>, format: TextureFormat) -> Self {
        let quads = Quads::new(
            gpu,
            &QuadDescriptor {
                label: "gallery",
                // The cache's functions, which expect the cache as group 1.
                wgsl: cache.wgsl(1) + include_str!("thumbnail.wgsl"),
                // Its layout never changes, so neither does the pipeline.
                groups: &[cache.bind_group_layout()],
                // The id is two integers like any other.
                attributes: &wgpu::vertex_attr_array![
                    0 => Uint32x2, 1 => Float32x2, 2 => Float32x2, 3 => Float32
                ],
                constants: &[],
                format,
            },
        );
        Self { quads }
    }

    /// Submits the pass with the spots that the gallery composed last.
    pub fn draw(&mut self, gallery: &Gallery, frame: &Frame) {
        let screen = GpuScreen {
            size: [frame.size.width as f32, frame.size.height as f32],
            radius: RADIUS * frame.scale_factor as f32,
            time: frame.time.as_secs_f32(),
        };
        self.quads.write(&screen, &gallery.spots);
        // Fetched after the flush, each frame: it is another one after the cache committed a texture.
        let thumbnails = gallery.cache.bind_group();
        self.quads.draw((frame, BACKGROUND), &[thumbnails], |_| {});
    }
}
