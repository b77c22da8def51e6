//! The cache inside egui: a wall of emoji as a paint callback, and a panel with its budget and its statistics.
//!
//! Run it with `cargo run --release --example egui_panel`; `-- --help` lists the options.
//!
//! What to look at: `callback.rs` is the connection. egui-wgpu keeps the wall among its callback resources, lets it
//! prepare a frame, and lets it paint into egui's own pass. `wall.rs` is the frame with the cache, `pipeline.rs` its
//! pipeline; `panel.rs` is plain egui. Move the budget's slider and watch pictures being evicted.
//!
//! `input.rs` translates the few events needed here. An application that owns its window uses egui-winit instead.

mod callback;
mod input;
mod panel;
mod pipeline;
mod wall;

use std::error::Error;
use std::process::ExitCode;

use egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};
use input::Input;
use kit::draw::{Frame, Gpu};
use kit::stage::{self, Next, Show, StageOptions};
use kit::terminal::printable;
use panel::Panel;
use wall::Wall;
use wgpu::TextureFormat;
use winit::event::WindowEvent;

const ABOUT: &str = "\
A wall of emoji inside egui, with a slider for the cache's budget and the cache's statistics.

Usage: cargo run --release --example egui_panel -- [OPTIONS]";

struct EguiPanel {
    context: egui::Context,
    input: Input,
    renderer: Renderer,
    panel: Panel,
}

impl EguiPanel {
    fn new(gpu: &Gpu, format: TextureFormat) -> Result<Self, Box<dyn Error>> {
        let options = RendererOptions {
            dithering: false,
            ..Default::default()
        };
        let mut renderer = Renderer::new(&gpu.device, format, options);
        renderer.callback_resources.insert(Wall::new(gpu, format)?);
        Ok(Self {
            context: egui::Context::default(),
            input: Input::default(),
            renderer,
            panel: Panel::default(),
        })
    }

    fn draw(&mut self, gpu: &Gpu, frame: &Frame, mut output: egui::FullOutput) {
        let jobs = self.context.tessellate(output.shapes, output.pixels_per_point);
        let screen = ScreenDescriptor {
            size_in_pixels: [frame.size.width, frame.size.height],
            pixels_per_point: output.pixels_per_point,
        };
        for (id, deltas) in output.textures_delta.set.drain() {
            for delta in deltas {
                self.renderer.update_texture(&gpu.device, &gpu.queue, id, &delta);
            }
        }
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("egui_panel frame"),
            });
        // The callback prepares here: the cache submits before this encoder is submitted.
        let prepared = self
            .renderer
            .update_buffers(&gpu.device, &gpu.queue, &mut encoder, &jobs, &screen);
        let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("egui_panel"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: frame.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        // The callback paints here, between egui's own shapes.
        self.renderer.render(&mut pass.forget_lifetime(), &jobs, &screen);
        gpu.queue.submit(prepared.into_iter().chain([encoder.finish()]));
        for id in output.textures_delta.free.drain() {
            self.renderer.free_texture(&id);
        }
    }
}

impl Show for EguiPanel {
    const TITLE: &'static str = "egui panel";

    fn event(&mut self, event: &WindowEvent) -> Next {
        self.input.event(event);
        Next::Rest
    }

    fn frame(&mut self, gpu: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        let input = self.input.take(frame);
        let resources = &mut self.renderer.callback_resources;
        let wall = resources
            .get_mut::<Wall>()
            .ok_or("egui's callback resources no longer hold the wall")?;
        if let Some(error) = wall.refusal.take() {
            return Err(error.into());
        }
        // Between two frames: everything recorded has been submitted.
        self.panel.apply(wall);
        let panel = &mut self.panel;
        let time = frame.time.as_secs_f32();
        let output = self.context.run_ui(input, |ui| panel.show(ui, time));
        self.draw(gpu, frame, output);
        Ok(Next::Frame)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("egui_panel: {}", printable(error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = StageOptions::from_command_line(ABOUT)? else {
        return Ok(());
    };
    stage::run(&options, EguiPanel::new)
}
