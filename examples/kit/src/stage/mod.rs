//! Runs what an example shows. A [`Show`] draws frames; [`run`] gives it a window or, with `--headless` or without a
//! display, draws a number of frames off screen and writes the last one as a PNG.
//!
//! `window.rs` runs the window, `surface.rs` its swapchain; `headless.rs` needs neither. Nothing here knows of caches.

mod headless;
pub mod options;
mod surface;
mod window;

use std::error::Error;
use std::time::Duration;

use wgpu::TextureFormat;
use winit::event::WindowEvent;
use winit::event_loop::EventLoop;

pub use self::options::StageOptions;
use crate::draw::{Frame, Gpu};

/// Something that draws frames. It is made by the function passed to [`run`].
pub trait Show {
    const TITLE: &'static str;

    /// Handles an event: keys, mouse, sizes. Returns when it wants the next frame; `Next::Rest` changes nothing.
    fn event(&mut self, event: &WindowEvent) -> Next {
        let _ = event;
        Next::Rest
    }

    /// Draws one frame, submits it, and returns when it wants the next.
    fn frame(&mut self, gpu: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>>;

    /// Ends the run. An error becomes the result of [`run`].
    fn finish(self) -> Result<(), Box<dyn Error>>
    where
        Self: Sized,
    {
        Ok(())
    }

    /// Continues with a new device of the same adapter after a device loss. Returns false if it cannot; then a new show
    /// is made.
    fn recreate(&mut self, gpu: &Gpu) -> Result<bool, Box<dyn Error>> {
        let _ = gpu;
        Ok(false)
    }
}

/// When a show wants its next frame. Ignored off screen, where frames follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Immediately: something moves.
    Frame,
    /// After this time, unless an event comes first.
    Within(Duration),
    /// When an event asks for it.
    Rest,
    /// Never: the show is over.
    Quit,
}

/// Runs a show to its end: in a window, or off screen if there is no display or `--headless` is given. `make` gets the
/// format of all frames, an sRGB one: shaders write linear colors.
pub fn run<S: Show>(
    options: &StageOptions,
    make: impl Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    run_on(display(options), options, make)
}

/// Runs a show on this display, or off screen without one.
pub fn run_on<S: Show>(
    display: Option<EventLoop<()>>,
    options: &StageOptions,
    make: impl Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    match display {
        Some(event_loop) => window::run(event_loop, options, make),
        None => headless::run(options, make),
    }
}

/// Returns the display, or `None` with `--headless` or, after a message on stderr, if there is none.
pub fn display(options: &StageOptions) -> Option<EventLoop<()>> {
    if options.headless {
        return None;
    }
    match EventLoop::new() {
        Ok(event_loop) => Some(event_loop),
        Err(error) => {
            // winit puts the place in its source first.
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
