//! The example's pipeline: `entry.wgsl` after the functions of both caches, and its uniforms.
//!
//! What all such pipelines share is in `kit::draw::quads`; `custom_shader` shows a complete one.

use pixmap_cache::PrefixError;
use wgpu::TextureFormat;

use crate::list::{DISC, List, PICTURE, Sprite};
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
    picture: f32,
    disc: f32,
}

pub struct EntryPipeline {
    quads: Quads<GpuScreen, Sprite>,
}

impl EntryPipeline {
    /// # Errors
    ///
    /// Fails if a prefix is not a WGSL identifier; these are.
    pub fn new(gpu: &Gpu, list: &List, format: TextureFormat) -> Result<Self, PrefixError> {
        // The cache's functions twice, under two prefixes.
        let pictures = list.pictures.wgsl_prefixed(1, "picture")?;
        let masks = list.masks.wgsl_prefixed(2, "mask")?;
        let quads = Quads::new(
            gpu,
            &QuadDescriptor {
                label: "two_caches",
                wgsl: pictures + &masks + include_str!("entry.wgsl"),
                // Two groups of the same shape. On GL they share sixteen texture units, of which each cache takes up
                // to five.
                groups: &[list.pictures.bind_group_layout(), list.masks.bind_group_layout()],
                // Ids are two plain integers.
                attributes: &wgpu::vertex_attr_array![
                    0 => Uint32x2, 1 => Uint32x2, 2 => Float32x2, 3 => Float32x3, 4 => Float32
                ],
                constants: &[],
                format,
            },
        );
        Ok(Self { quads })
    }

    /// Submits the pass with the sprites that the list composed last.
    pub fn draw(&mut self, list: &List, frame: &Frame) {
        let screen = GpuScreen {
            size: [frame.size.width as f32, frame.size.height as f32],
            picture: (PICTURE * frame.scale_factor as f32).round(),
            disc: (DISC * frame.scale_factor as f32).round(),
        };
        self.quads.write(&screen, &list.sprites);
        // Fetched in each frame, after the flushes: they are replaced whenever a texture is committed or released.
        let groups = [list.pictures.bind_group(), list.masks.bind_group()];
        self.quads.draw((frame, BACKGROUND), &groups, |_| {});
    }
}
