//! The example's pipeline: `thumbnail.wgsl` after the cache's functions, and its uniforms.
//!
//! What all such pipelines share is in `kit::draw::quads`; `custom_shader` shows a complete one.

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

/// Radius of the thumbnails' corners, in pixels at scale 1.
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
                // The cache's functions come first. They expect the cache's bind group as group 1.
                wgsl: cache.wgsl(1) + include_str!("thumbnail.wgsl"),
                // The layout never changes, so the pipeline can stay as it is.
                groups: &[cache.bind_group_layout()],
                // An id is two plain integers.
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
        // Fetched in each frame, after the flush: it is replaced whenever a texture is committed or released.
        let thumbnails = gallery.cache.bind_group();
        self.quads.draw((frame, BACKGROUND), &[thumbnails], |_| {});
    }
}
