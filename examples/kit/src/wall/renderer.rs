//! Draws a frame's sprites into any sRGB view with one instanced draw call: `wall.wgsl` after the cache's functions.
//!
//! It does not depend on a window: the view, its format and its size are parameters.

use std::hash::Hash;

use bytemuck::{Pod, Zeroable};
use pixmap_cache::{PixmapCache, PixmapId};
use wgpu::TextureFormat;

use crate::draw::quads::{QuadDescriptor, Quads};
use crate::draw::{Frame, Gpu};
use crate::pictures::texels::Texels;

/// The wall between the cards, linear.
const BACKGROUND: wgpu::Color = wgpu::Color {
    r: 0.72,
    g: 0.745,
    b: 0.79,
    a: 1.0,
};

/// One visible spot: the instance attributes of `corner` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub struct Sprite {
    /// Left and top edge on the screen, in pixels.
    pub spot: [f32; 2],
    /// The picture's left and top edge relative to the spot's, its width and height.
    pub picture: [f32; 4],
    pub id: PixmapId,
}

/// The visible part of the wall: what a scene composes and the renderer draws.
#[derive(Default)]
pub struct View {
    pub sprites: Vec<Sprite>,
    /// Pixels from one spot to the next.
    pub pitch: f32,
    pub sampling: Sampling,
}

/// How scaled pictures are drawn. The cache's sampler is linear here; nearest filtering is a function of its WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    #[default]
    Linear = 0,
    Nearest = 1,
}

/// `Screen` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GpuScreen {
    size: [f32; 2],
    pitch: f32,
    sampling: u32,
}

pub struct Renderer {
    quads: Quads<GpuScreen, Sprite>,
}

impl Renderer {
    /// Returns a renderer for targets of `format`.
    pub fn new<N: Hash + Eq>(
        gpu: &Gpu,
        cache: &PixmapCache<N>,
        (texels, format): (Texels, TextureFormat),
    ) -> Self {
        let quads = Quads::new(
            gpu,
            &QuadDescriptor {
                label: "wall",
                // The cache's functions come first. They expect the cache's bind group as group 1.
                wgsl: cache.wgsl(1) + include_str!("wall.wgsl"),
                // The layout never changes, so the pipeline can stay as it is.
                groups: &[cache.bind_group_layout()],
                // An id is two plain integers.
                attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x4, 2 => Uint32x2],
                constants: &[("TEXELS", f64::from(texels as u32))],
                format,
            },
        );
        Self { quads }
    }

    /// Submits a pass that draws a view from `cache` and then whatever `over` draws on top.
    pub fn draw<N: Hash + Eq>(
        &mut self,
        (cache, view): (&PixmapCache<N>, &View),
        target: &Frame,
        over: impl FnOnce(&mut wgpu::RenderPass<'_>),
    ) {
        let screen = GpuScreen {
            size: [target.size.width as f32, target.size.height as f32],
            pitch: view.pitch,
            sampling: view.sampling as u32,
        };
        self.quads.write(&screen, &view.sprites);
        // Fetched in each frame, after the flush: it is replaced whenever a texture is committed or released.
        let pixmaps = cache.bind_group();
        self.quads.draw((target, BACKGROUND), &[pixmaps], over);
    }
}
