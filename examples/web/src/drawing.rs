//! What belongs to a device, and is created again after its loss: the canvas, the renderer and the overlay.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kit::draw::{Frame, Gpu};
use kit::pictures::texels::Texels;
use kit::wall::live::Live;
use kit::wall::pixmaps::PixmapName;
use kit::wall::renderer::Renderer;
use pixmap_cache::overlay::{Corner, Overlay, OverlayDescriptor, OverlayFrame, PageView};
use pixmap_cache::{PixmapCache, Size};

use crate::canvas::Canvas;
use crate::rasterizer::FORMAT;

/// What the overlay takes of the screen's width at scale 1.
const OVERLAY_WIDTH: u32 = 440;

/// Frames submitted before the GPU has to be done with the first of them.
const MAX_IN_FLIGHT: u32 = 2;

pub struct Drawing {
    pub gpu: Gpu,
    canvas: Canvas,
    renderer: Renderer,
    overlay: Overlay,
    /// Frames that the GPU isn't done with.
    in_flight: Arc<AtomicU32>,
    teardown: Teardown,
}

/// Whether the device is to be destroyed.
#[derive(PartialEq)]
enum Teardown {
    None,
    /// No frame is drawn any more.
    Requested,
    /// What was submitted before counts as one more frame in flight.
    Draining,
}

/// Size, scale and time of a frame, and whether it shows the overlay.
pub struct DrawnFrame {
    pub size: Size,
    /// The display's.
    pub scale: f64,
    /// Since the demo began.
    pub time: Duration,
    pub shows_overlay: bool,
}

impl Drawing {
    pub fn new((gpu, canvas): (Gpu, Canvas), cache: &PixmapCache<PixmapName>) -> Result<Self, String> {
        let descriptor = OverlayDescriptor {
            format: canvas.format,
            ..Default::default()
        };
        let overlay = Overlay::new(&gpu.device, &gpu.queue, &descriptor);
        Ok(Self {
            renderer: Renderer::new(&gpu, cache, (Texels::of(FORMAT), canvas.format)),
            overlay: overlay.map_err(|error| error.to_string())?,
            in_flight: Arc::default(),
            teardown: Teardown::None,
            gpu,
            canvas,
        })
    }

    /// Returns why the device was lost, if it was. On WebGL nothing else calls back, not even about a loss.
    pub fn loss(&self) -> Option<String> {
        let _ = self.gpu.device.poll(wgpu::PollType::Poll);
        self.gpu.loss().map(str::to_owned)
    }

    /// Destroys the device in one of the next frames.
    pub fn destroy(&mut self) {
        if self.teardown == Teardown::None {
            self.teardown = Teardown::Requested;
        }
    }

    /// Returns the next texture of the canvas. `None` while the GPU is busy with earlier frames: not every browser waits for
    /// it, so frames and their uploads would queue up.
    pub fn acquire(&mut self, size: Size) -> Option<wgpu::SurfaceTexture> {
        if self.teardown != Teardown::None {
            self.destroy_when_idle();
            return None;
        }
        if self.in_flight.load(Ordering::Relaxed) >= MAX_IN_FLIGHT {
            return None;
        }
        self.canvas.acquire(&self.gpu, size)
    }

    /// Draws the wall and presents it.
    pub fn draw(&mut self, texture: wgpu::SurfaceTexture, live: &Live, drawn: &DrawnFrame) {
        if drawn.shows_overlay {
            let max_scale = (drawn.size.width / OVERLAY_WIDTH).clamp(1, 4);
            let frame = OverlayFrame {
                viewport: [drawn.size.width, drawn.size.height],
                corner: Corner::TopRight,
                scale: (drawn.scale.round() as u32).clamp(1, max_scale),
                pages: PageView::Texels,
                ..Default::default()
            };
            self.overlay.prepare(&live.cache, &frame);
        } else {
            self.overlay.hide();
        }
        let frame = Frame {
            view: &self.canvas.view(&texture),
            size: drawn.size,
            scale_factor: drawn.scale,
            time: drawn.time,
        };
        let overlay = &self.overlay;
        self.renderer
            .draw((&live.cache, &live.view), &frame, |pass| overlay.draw(pass));
        self.gpu.queue.present(texture);
        self.follow_submission();
    }

    /// Counts what was submitted as in flight until the GPU is done with it.
    fn follow_submission(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let in_flight = Arc::clone(&self.in_flight);
        self.gpu.queue.on_submitted_work_done(move || {
            in_flight.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Destroys the device when nothing is in flight: Firefox calls for no frame any more if it goes before its last frame is
    /// on the screen, and that is after the frame's own work.
    fn destroy_when_idle(&mut self) {
        if self.in_flight.load(Ordering::Relaxed) > 0 {
            return;
        }
        if self.teardown == Teardown::Draining {
            self.gpu.device.destroy();
        } else {
            self.teardown = Teardown::Draining;
            self.follow_submission();
        }
    }
}
