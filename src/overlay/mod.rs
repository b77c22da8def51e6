//! A panel over the user's own picture: pages, figures and plots of a cache, drawn in the user's own pass.
//!
//! What is shown comes from `inspect/` alone. The panel is laid out on the CPU as quads (`panel.rs`, `map.rs`,
//! `plots.rs`) and drawn with one pipeline (`painter.rs`). Invariant: nothing outside the panel is drawn over.

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

/// The area of no panel.
const NOWHERE: Rect = Rect::new(0, 0, Size::new(0, 0));

/// A panel that shows a cache's insides over the user's picture.
///
/// ```no_run
/// # use pixmap_cache::PixmapCache;
/// # use pixmap_cache::overlay::{Overlay, OverlayFrame};
/// # fn frame(device: &wgpu::Device, queue: &wgpu::Queue, cache: &PixmapCache, pass: &mut wgpu::RenderPass<'_>,
/// #     format: wgpu::TextureFormat, width: u32, height: u32) -> Result<(), pixmap_cache::CreateError> {
/// // Once:
/// let mut overlay = Overlay::new(device, queue, format)?;
/// // In each frame, after the flush:
/// overlay.prepare(cache, &OverlayFrame { viewport: [width, height], ..Default::default() });
/// // At the end of the pass:
/// overlay.draw(pass);
/// # Ok(()) }
/// ```
///
/// It shows the pages with each region in the color of its age, those protected framed, and what is dead or lost to
/// packing in grey (pages that take new regions are underlined, the newest in yellow); where the bytes are; what the
/// last frame did, beside the mean of the last 60 and the total; and plots of the last 240 frames.
///
/// Its own memory is no part of the cache's budget: 64 KiB of glyphs and 20 bytes per quad, at most 1.4 MiB together
/// ([`vram_bytes`](Self::vram_bytes)). Of more than some 19,000 entries not all are drawn. After the loss of a device,
/// make another one.
///
/// An overlay is for one cache: shown another one, it makes a pipeline anew, and plots the difference between the two.
/// Once prepared with [`PageView::Texels`], it holds on to the textures of that moment, and what the cache releases
/// returns to the device only with the next `prepare`, or with [`hide`](Self::hide): call that when you stop drawing it.
pub struct Overlay {
    painter: Painter,
    canvas: Canvas,
    history: History,
    area: Rect,
}

impl Overlay {
    /// An overlay for passes of this kind. A texture format will do for passes without depth and multisampling.
    ///
    /// # Errors
    ///
    /// [`CreateError`] when the device refuses: the format can't be blended, or not with that many samples.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        descriptor: impl Into<OverlayDescriptor>,
    ) -> Result<Self, CreateError> {
        Ok(Self {
            painter: Painter::new(device, queue, descriptor.into())?,
            canvas: Canvas::default(),
            history: History::default(),
            area: NOWHERE,
        })
    }

    /// Takes down how the cache is. Call it once per frame, after [`flush`](PixmapCache::flush) and before the pass that
    /// draws it is submitted.
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

    /// Shows nothing, and holds none of the cache's textures, until the next [`prepare`](Self::prepare). The plots go on
    /// from there.
    pub fn hide(&mut self) {
        self.painter.hide();
        self.history.pause();
        self.area = NOWHERE;
    }

    /// Draws what was prepared, over what the pass has drawn. It needs the whole target as viewport and scissor, as a pass
    /// has them from its start. Afterwards pipeline, vertex buffer 0 and bind groups 0 and 1 are the overlay's.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        self.painter.draw(pass);
    }

    /// The panel as prepared, in pixels of the target; what of it is beyond the target is left out.
    pub fn area(&self) -> Rect {
        self.area
    }

    /// Video memory of the overlay's own, in bytes.
    pub fn vram_bytes(&self) -> u64 {
        self.painter.vram_bytes()
    }
}
