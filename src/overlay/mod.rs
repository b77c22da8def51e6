//! A panel over the application's picture that shows pages, figures and plots of a cache.
//!
//! It is drawn in the application's own pass. What it shows comes from `inspect/`, and so do colors and labels, which the
//! SVG picture has too; `gpu/` lends it the pages' texels. Each section of the panel turns its part into quads on the CPU,
//! and `painter.rs` draws them. Invariant: nothing outside the panel is drawn over.

mod canvas;
mod descriptor;
mod font;
mod grid;
mod history;
mod legend;
mod map;
mod painter;
mod panel;
mod pipeline;
mod plots;
mod section;
mod text;

use std::hash::Hash;

pub use self::descriptor::{Corner, OverlayDescriptor, OverlayFrame, PageView};

use self::canvas::Canvas;
use self::history::History;
use self::painter::Painter;
use self::panel::Panel;
use crate::cache::PixmapCache;
use crate::error::CreateError;
use crate::geometry::{Rect, Size};
use crate::gpu::PageTexels;

/// The area while no panel is shown.
const NOWHERE: Rect = Rect::new(0, 0, Size::new(0, 0));

/// Shows a cache's insides in a panel over the application's picture.
///
/// ```no_run
/// # use pixmap_cache::PixmapCache;
/// # use pixmap_cache::overlay::{Overlay, OverlayDescriptor, OverlayFrame};
/// # fn frame(device: &wgpu::Device, queue: &wgpu::Queue, cache: &PixmapCache, pass: &mut wgpu::RenderPass<'_>,
/// #     format: wgpu::TextureFormat, width: u32, height: u32) -> Result<(), pixmap_cache::CreateError> {
/// // Once:
/// let descriptor = OverlayDescriptor { format, ..Default::default() };
/// let mut overlay = Overlay::new(device, queue, &descriptor)?;
/// // In each frame, after the flush:
/// overlay.prepare(cache, &OverlayFrame { viewport: [width, height], ..Default::default() });
/// // At the end of the pass:
/// overlay.draw(pass);
/// # Ok(()) }
/// ```
///
/// The panel has four parts:
///
/// - the pages: each region in the color of its age, framed if it is in use or pinned; dead space and waste in gray. Pages
///   that take new regions are underlined, the newest one in yellow;
/// - what the video memory is used for;
/// - what the last frame did, beside the mean of the last 60 frames and the total;
/// - plots of the last 240 frames.
///
/// Its own memory is not part of the cache's budget: 64 KiB of glyphs and 20 bytes per quad, 1.4 MiB at most
/// ([`vram_bytes`](Self::vram_bytes)). With more than about 19,000 entries, some are not drawn. After the device is lost,
/// create another overlay.
///
/// **Limitations.** An overlay is for one cache: when it is shown another one, it creates a pipeline again, and its plots
/// show the difference between the counters of the two as one frame. Once prepared with [`PageView::Texels`], it holds the
/// cache's page textures. Those that the cache releases are freed only after the next [`prepare`](Self::prepare) or
/// [`hide`](Self::hide): call `hide` when you stop drawing the overlay.
pub struct Overlay {
    painter: Painter,
    canvas: Canvas,
    history: History,
    area: Rect,
}

impl Overlay {
    /// Creates an overlay for the passes that the descriptor describes.
    ///
    /// # Errors
    ///
    /// Returns a [`CreateError`] when the device refuses: the format does not support blending, or not with that many
    /// samples per pixel. WebGPU says so too late for an error: there, the pass in which the overlay is drawn becomes invalid.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        descriptor: &OverlayDescriptor<'_>,
    ) -> Result<Self, CreateError> {
        Ok(Self {
            painter: Painter::new(device, queue, descriptor)?,
            canvas: Canvas::default(),
            history: History::default(),
            area: NOWHERE,
        })
    }

    /// Prepares the panel from the cache as it is now. Call it once per frame, after [`flush`](PixmapCache::flush) and
    /// before the pass that draws the panel is submitted.
    pub fn prepare<N: Hash + Eq>(&mut self, cache: &PixmapCache<N>, frame: &OverlayFrame<'_>) {
        let inspection = cache.inspect();
        self.history.record(inspection.stats(), frame.frame_time);
        let texels = self.texels_of(cache, frame.pages);
        let panel = Panel {
            inspection: &inspection,
            history: &self.history,
            frame,
            texels,
        };
        self.area = panel.draw(&mut self.canvas).within(frame.viewport);
        self.painter.upload(&self.canvas, frame.viewport);
    }

    /// Returns what to draw the pages' texels from, if they are asked for and the device can.
    fn texels_of<'c, N: Hash + Eq>(
        &mut self,
        cache: &'c PixmapCache<N>,
        pages: PageView,
    ) -> Option<PageTexels<'c>> {
        let texels = cache.page_texels();
        if pages == PageView::Texels && self.painter.show_texels(texels) {
            return Some(texels);
        }
        self.painter.hide_texels();
        None
    }

    /// Hides the panel until the next [`prepare`](Self::prepare), and lets go of the cache's textures. The plots leave out
    /// the time in between.
    pub fn hide(&mut self) {
        self.painter.hide();
        self.history.pause();
        self.area = NOWHERE;
    }

    /// Draws what was prepared, over what the pass has drawn.
    ///
    /// The viewport and the scissor rectangle must be the whole target, as they are when a pass begins. Afterwards, the
    /// pass's pipeline, vertex buffer 0 and bind groups 0 and 1 are the overlay's.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        self.painter.draw(pass);
    }

    /// Returns the area of the prepared panel, in pixels of the target and clipped to it. Empty while hidden.
    pub fn area(&self) -> Rect {
        self.area
    }

    /// Returns the bytes of video memory that the overlay takes for itself.
    pub fn vram_bytes(&self) -> u64 {
        self.painter.vram_bytes()
    }
}

impl std::fmt::Debug for Overlay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overlay")
            .field("area", &self.area)
            .field("vram_bytes", &self.vram_bytes())
            .finish_non_exhaustive()
    }
}
