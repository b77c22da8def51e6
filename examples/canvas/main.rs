//! One large picture, zoomed from the whole to single texels and painted on: a map of 8,192 x 6,144 texels behind one id,
//! on a table of a small pattern that repeats.
//!
//! Run it with `cargo run --release --example canvas`; `-- --help` lists the options and the keys.
//!
//! What to look at: three scales at once. Behind the overview and the zoomed-out map are mip levels, in the loupe are
//! single texels, and a brush stroke appears in all three. The cache cuts the map into tiles; nothing here knows of them.
//! `canvas.rs` has the cache's part (insert, update, flush), `canvas.wgsl` chooses the function for each scale, `map.rs`
//! draws the map.

mod brush;
mod camera;
mod canvas;
mod input;
mod map;
mod panes;
mod pipeline;

use std::error::Error;
use std::process::ExitCode;

use camera::Camera;
use canvas::Canvas;
use input::Input;
use kit::draw::{Frame, Gpu};
use kit::stage::{self, Next, Show, StageOptions};
use kit::terminal::printable;
use pipeline::PanePipeline;
use winit::event::WindowEvent;

const ABOUT: &str = "\
A map of 8,192 x 6,144 texels, zoomed from the whole to single texels and painted on.

Usage: cargo run --release --example canvas -- [OPTIONS]

In the window:
  wheel, + and -     zoom at the pointer
  drag, arrows       move
  right button       paint; so does dragging while Space is held
  0                  show the whole map
  esc                quit

Off screen, a line is painted from coast to coast.";

struct CanvasShow {
    canvas: Canvas,
    camera: Camera,
    input: Input,
    pipeline: PanePipeline,
    /// Off screen there is no mouse: a line is painted step by step.
    painted_steps: Option<u32>,
    format: wgpu::TextureFormat,
}

impl Show for CanvasShow {
    const TITLE: &'static str = "Canvas";

    fn event(&mut self, event: &WindowEvent) -> Next {
        self.input.handle(event, &mut self.camera)
    }

    fn frame(&mut self, _: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        self.camera.fit_to(frame.size);
        self.canvas.begin_frame()?;
        for stroke in self.input.take_strokes() {
            self.canvas.paint(stroke)?;
        }
        let mut pointer = self.input.pointer(&self.camera);
        if let Some(step) = &mut self.painted_steps {
            let stroke = brush::scripted(*step);
            self.canvas.paint(stroke)?;
            *step += 1;
            self.camera.show(brush::SCRIPTED_VIEW, frame.size);
            pointer = stroke.edge();
        }
        self.canvas.flush();
        let panes = panes::compose(&self.canvas, (&self.camera, pointer), frame);
        self.pipeline.draw(&self.canvas, &panes, frame);
        Ok(Next::Rest)
    }

    /// The map is retained, so that it comes back with what was painted.
    fn recreate(&mut self, gpu: &Gpu) -> Result<bool, Box<dyn Error>> {
        self.canvas.recreate(gpu)?;
        self.pipeline = PanePipeline::new(gpu, self.canvas.cache(), self.format);
        Ok(true)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("canvas: {}", printable(error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = StageOptions::from_command_line(ABOUT)? else {
        return Ok(());
    };
    let display = stage::display(&options);
    let painted_steps = display.is_none().then_some(0);
    stage::run_on(display, &options, |gpu, format| {
        let canvas = Canvas::new(gpu)?;
        let pipeline = PanePipeline::new(gpu, canvas.cache(), format);
        Ok(CanvasShow {
            canvas,
            camera: Camera::new(map::SIZE),
            input: Input::default(),
            pipeline,
            painted_steps,
            format,
        })
    })
}
