//! The stage: what every example that shows something has in common. A `Show` draws frames; `run` gives it a window,
//! or, with `--headless` or without a display, draws a number of frames off screen and writes the last one as a PNG.
//!
//! `gpu.rs` opens the device, `window.rs` runs the window and `surface.rs` its swapchain, `offscreen.rs` does without
//! both; `quads.rs` draws sprites, and `pool.rs` has threads for what frames shouldn't wait for. Used as a module:
//! `#[path = "../stage/mod.rs"] mod stage;`. Nothing here knows of caches.

#![allow(dead_code, reason = "no example uses all of it")]

pub mod gpu;
pub mod offscreen;
pub mod options;
pub mod pool;
pub mod quads;
mod surface;
pub mod terminal;
pub mod window;

use std::error::Error;
use std::time::Duration;

use pixmap_cache::Size;
use wgpu::TextureFormat;
use winit::event::WindowEvent;
use winit::event_loop::EventLoop;

pub use self::gpu::Gpu;
pub use self::options::StageOptions;

/// Frames a second that are reckoned with off screen, where no clock is read.
pub const HEADLESS_RATE: u32 = 60;

/// Something that draws frames. Made by the function that `run` is given, anew when a device is lost.
pub trait Show {
    const TITLE: &'static str;

    /// Keys, mouse, sizes. Answers whether another frame is wanted now; `Next::Rest` changes nothing.
    fn event(&mut self, event: &WindowEvent) -> Next {
        let _ = event;
        Next::Rest
    }

    /// Draws one frame, submits it, and says when it wants the next.
    fn frame(&mut self, gpu: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>>;

    /// At the end of the run. Its error is the run's.
    fn finish(self) -> Result<(), Box<dyn Error>>
    where
        Self: Sized,
    {
        Ok(())
    }

    /// Goes on with another device of the same adapter, after the loss of the one before. False when it can't: it is
    /// then made anew.
    fn recreate(&mut self, gpu: &Gpu) -> Result<bool, Box<dyn Error>> {
        let _ = gpu;
        Ok(false)
    }
}

/// What a frame is drawn into, and when.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Of the format that the show was made for.
    pub view: &'a wgpu::TextureView,
    pub size: Size,
    /// Pixels per length that the user has chosen for text and the like: 2 on many laptops, 1 off screen.
    pub scale_factor: f64,
    /// Since the first frame; off screen, as if there were `HEADLESS_RATE` of them a second.
    pub time: Duration,
}

/// When a show wants its next frame. Off screen they come one after the other, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once: something moves.
    Frame,
    /// After this time, if no event comes before.
    Within(Duration),
    /// When an event asks for it.
    Rest,
    /// Never: the show is over.
    Quit,
}

/// Runs a show to its end: in a window, or off screen where none can be or none is wanted. `make` gets the format that
/// all frames will have, an sRGB one: shaders write linear colors.
pub fn run<S: Show>(
    options: &StageOptions,
    make: impl Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    match display(options) {
        Some(event_loop) => window::run(event_loop, options, make),
        None => offscreen::run(options, make),
    }
}

/// The display, unless there is none, which is said, or `--headless` was given.
pub fn display(options: &StageOptions) -> Option<EventLoop<()>> {
    if options.headless {
        return None;
    }
    match EventLoop::new() {
        Ok(event_loop) => Some(event_loop),
        Err(error) => {
            // winit's first line is where in its source the error was made.
            let reason = error.to_string();
            let reason = reason
                .rsplit(": ")
                .next()
                .unwrap_or(&reason)
                .trim_end_matches('.');
            eprintln!("no window ({reason}): drawing off screen, as with --headless.");
            None
        }
    }
}
