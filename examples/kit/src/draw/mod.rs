//! Drawing without a window: the device, the frame that is drawn into, an off-screen target, and a pipeline for
//! sprites.
//!
//! Nothing here knows of caches, windows or command lines.

pub mod gpu;
#[cfg(not(target_arch = "wasm32"))]
pub mod offscreen;
pub mod quads;

use std::time::Duration;

use pixmap_cache::Size;

pub use self::gpu::Gpu;

/// Frames per second assumed off screen, where no clock is read.
pub const HEADLESS_RATE: u32 = 60;

/// What a frame is drawn into, and when.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Has the format that the show was made for.
    pub view: &'a wgpu::TextureView,
    pub size: Size,
    /// Pixels per logical unit of length, for text and the like: 2 on many laptops, 1 off screen.
    pub scale_factor: f64,
    /// Time since the first frame. Off screen, frames are `1 / HEADLESS_RATE` seconds apart.
    pub time: Duration,
}
