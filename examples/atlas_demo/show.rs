//! The demo in a window, or under a script without one: its frames, its events, and the loss of a device.
//!
//! `actions.rs` has what keys and commands do. A frame performs these, moves the camera, composes the live scene, the
//! overlay and the panels, and draws them in one pass.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pixmap_cache::overlay::{Overlay, OverlayDescriptor};
use pixmap_cache::{CreateError, Size};
use wgpu::TextureFormat;
use winit::event::{ElementState, MouseButton, MouseScrollDelta, WindowEvent};

use crate::actions::{Atlas, Help, Notice};
use crate::animation::ROUND_FRAMES;
use crate::bindings::action_of_event;
use crate::options::Options;
use crate::panels::Panels;
use crate::playback::Playback;
use crate::rasterizers::{Rasterizers, create_live};
use crate::record;
use crate::report;
use crate::script::Command;
use crate::source::Source;
use crate::timing::Times;
use kit::draw::gpu::describe;
use kit::draw::offscreen::{Offscreen, create_folder, save};
use kit::draw::{Frame, Gpu, HEADLESS_RATE};
use kit::pictures::texels::Texels;
use kit::stage::{Next, Show};
use kit::wall::camera::{Camera, Route};
use kit::wall::live::{Live, LiveCosts};
use kit::wall::pilot::Pilot;
use kit::wall::renderer::Renderer;

/// Seconds of one tour in a window.
const TOUR_SECONDS: f32 = 45.0;
/// Maximum step of the camera, so that it does not jump after the window was hidden.
const MAX_STEP: f32 = 0.1;
/// Time between frames at rest, in which ages advance and idle memory is released.
const REST: Duration = Duration::from_millis(500);
/// Pixels of touchpad scrolling that equal a notch of a wheel.
const PIXELS_PER_NOTCH: f64 = 40.0;

/// Width of the overlay with its margins, at scale 1.
const OVERLAY_WIDTH: u32 = 440;

pub struct AtlasDemo {
    pub(crate) live: Live,
    pub(crate) rasterizers: Rasterizers,
    pub(crate) pilot: Pilot,
    pub(crate) atlas: Atlas,
    pub(crate) help: Help,
    pub(crate) notice: Option<Notice>,
    /// Of the last frame.
    pub(crate) screen: Size,
    pub(crate) lose_device: bool,
    pub(crate) playback: Playback,
    pub(crate) out: PathBuf,
    pub(crate) adapter: wgpu::AdapterInfo,
    renderer: Renderer,
    overlay: Overlay,
    panels: Panels,
    format: TextureFormat,
    commands: Vec<Command>,
    pointer: [f32; 2],
    dragging: bool,
    /// Of the last frame.
    camera: Option<Camera>,
    pub(crate) time: Duration,
    times: Times,
}

impl AtlasDemo {
    pub fn new(
        gpu: &Gpu,
        format: TextureFormat,
        (source, options): (&Arc<Source>, &Options),
    ) -> Result<Self, Box<dyn Error>> {
        let rasterizers = Rasterizers::new(source, options.format)?;
        let live = create_live(gpu, source, options)?;
        let screen = options.stage.size;
        let (route, help) = if options.animate.is_some() {
            (Route::Round, Help::Notices)
        } else {
            (Route::Tour, Help::Bar)
        };
        let seconds = |frames: u32| frames as f32 / HEADLESS_RATE as f32;
        let tour_seconds = match (route, &options.script) {
            (Route::Round, _) => seconds(ROUND_FRAMES),
            (Route::Tour, Some(_)) => seconds(options.tour_frames()),
            (Route::Tour, None) => TOUR_SECONDS,
        };
        Ok(Self {
            pilot: Pilot::new(&live.wall, screen, (route, options.seed, tour_seconds)),
            atlas: Atlas::Ages,
            help,
            notice: None,
            screen,
            lose_device: false,
            playback: Playback::new(options.script.clone(), options.stage.headless),
            out: options.out().to_owned(),
            adapter: gpu.adapter.clone(),
            renderer: Renderer::new(gpu, &live.cache, (Texels::of(rasterizers.format), format)),
            overlay: new_overlay(gpu, format)?,
            panels: Panels::new(gpu, format),
            format,
            live,
            rasterizers,
            commands: Vec::new(),
            pointer: [screen.width as f32 / 2.0, screen.height as f32 / 2.0],
            dragging: false,
            camera: None,
            time: Duration::ZERO,
            times: Times::default(),
        })
    }

    /// Returns the seconds that pass in this frame. A script's frames are equally long; none pass while it waits.
    fn step(&mut self, frame: &Frame) -> f32 {
        let passed = (frame.time - self.time.min(frame.time)).as_secs_f32();
        self.time = frame.time;
        if self.playback.stands_still() {
            0.0
        } else if self.playback.keeps_time() {
            1.0 / HEADLESS_RATE as f32
        } else {
            passed.min(MAX_STEP)
        }
    }

    /// Returns the part of the screen that the wall takes. In an animation the overlay is beside the wall: text over a
    /// moving wall would take most of the file.
    fn wall_size(&self, frame: &Frame) -> Size {
        if self.help == Help::Notices {
            Size::new(
                frame.size.width.saturating_sub(OVERLAY_WIDTH).max(1),
                frame.size.height,
            )
        } else {
            frame.size
        }
    }

    fn prepare_overlays(&mut self, frame: &Frame, costs: &LiveCosts, between: Option<Duration>) {
        let values = self.overlay_values(costs);
        let lines = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        if let Some(overlay_frame) = self.atlas.overlay_frame(frame, &lines) {
            let frame_time = between.or(overlay_frame.frame_time);
            let overlay_frame = pixmap_cache::overlay::OverlayFrame {
                frame_time,
                ..overlay_frame
            };
            self.overlay.prepare(&self.live.cache, &overlay_frame);
        } else {
            self.overlay.hide();
        }
        let texts = self.texts(frame);
        self.panels.prepare(texts, frame);
    }

    fn draw(&mut self, frame: &Frame) {
        let Self {
            renderer,
            overlay,
            panels,
            live,
            atlas,
            ..
        } = self;
        renderer.draw((&live.cache, &live.view), frame, |pass| {
            if *atlas != Atlas::Off {
                overlay.draw(pass);
            }
            panels.draw(pass);
        });
    }

    /// Draws the frame again, into a PNG.
    fn write_picture(&mut self, gpu: &Gpu, frame: &Frame, path: &Path) -> Result<(), String> {
        let target = Offscreen::new(gpu, frame.size, self.format)?;
        self.draw(&Frame {
            view: target.frame(0).view,
            ..*frame
        });
        create_folder(&self.out)?;
        save(&target.read(gpu)?, path)
    }

    fn next(&self, costs: &LiveCosts) -> Next {
        let moves = self.pilot.moves() || self.playback.goes_on();
        if self.playback.quits {
            Next::Quit
        } else if moves || costs.pending > 0 {
            Next::Frame
        } else {
            Next::Within(REST)
        }
    }
}

impl Show for AtlasDemo {
    const TITLE: &'static str = "pixmap-cache: atlas demo";

    fn event(&mut self, event: &WindowEvent) -> Next {
        match event {
            WindowEvent::KeyboardInput { event, .. } => {
                let Some(action) = action_of_event(event) else {
                    return Next::Rest;
                };
                self.commands.push(Command::Act(action));
            }
            WindowEvent::CursorMoved { position, .. } => {
                let [x, y] = self.pointer;
                self.pointer = [position.x as f32, position.y as f32];
                if !self.dragging {
                    return Next::Rest;
                }
                self.pilot.drag(self.pointer[0] - x, self.pointer[1] - y);
            }
            WindowEvent::MouseInput {
                state,
                button: MouseButton::Left,
                ..
            } => {
                self.dragging = *state == ElementState::Pressed;
                return Next::Rest;
            }
            WindowEvent::MouseWheel { delta, .. } => {
                let notches = match delta {
                    MouseScrollDelta::LineDelta(_, down) => *down,
                    MouseScrollDelta::PixelDelta(by) => (by.y / PIXELS_PER_NOTCH) as f32,
                };
                self.pilot.zoom(&self.live.wall, notches, self.pointer);
            }
            WindowEvent::Occluded(_) => {
                self.times.pause();
                return Next::Rest;
            }
            _ => return Next::Rest,
        }
        Next::Frame
    }

    fn frame(&mut self, gpu: &Gpu, frame: &Frame) -> Result<Next, Box<dyn Error>> {
        let between = self.times.begin();
        let wall_size = self.wall_size(frame);
        self.screen = wall_size;
        for command in std::mem::take(&mut self.commands) {
            self.perform(command);
        }
        while let Some(command) = self.playback.next_due() {
            self.perform(command);
        }
        let seconds = self.step(frame);
        let camera = self.pilot.advance(&self.live.wall, wall_size, seconds);
        let moves = self.camera.replace(camera) != Some(camera);
        let costs = self.live.compose(camera, wall_size, &mut self.rasterizers);
        self.prepare_overlays(frame, &costs, between);
        self.draw(frame);
        if moves {
            self.times.count(costs.caching, between);
        }
        if let Some(path) = self.playback.picture.take() {
            self.write_picture(gpu, frame, &path)?;
        }
        if std::mem::take(&mut self.lose_device) {
            gpu.device.destroy();
        } else {
            self.playback.end_frame(&mut self.live, &self.rasterizers, &costs);
        }
        let next = self.next(&costs);
        if next != Next::Frame {
            self.times.pause();
        }
        Ok(next)
    }

    fn recreate(&mut self, gpu: &Gpu) -> Result<bool, Box<dyn Error>> {
        // Jobs in flight deliver to the new device. Earlier keys are dead, and so are the stand-ins.
        let lost = self.live.cache.recreate(&gpu.device, &gpu.queue)?.len();
        let texels = Texels::of(self.rasterizers.format);
        self.renderer = Renderer::new(gpu, &self.live.cache, (texels, self.format));
        self.overlay = new_overlay(gpu, self.format)?;
        self.panels = Panels::new(gpu, self.format);
        self.say(format!("new device: {lost} pictures are rasterized again"));
        Ok(true)
    }

    fn finish(self) -> Result<(), Box<dyn Error>> {
        print!(
            "{}",
            report::live(
                &describe(&self.adapter),
                (&self.live, &self.rasterizers.source),
                &self.times
            )
        );
        match self.playback.outcome()? {
            0 => {}
            checked => println!("  checked          {checked} pictures, all resident and exact to the texel"),
        }
        Ok(())
    }
}

impl Drop for AtlasDemo {
    fn drop(&mut self) {
        record::finish(&mut self.live.cache);
    }
}

fn new_overlay(gpu: &Gpu, format: TextureFormat) -> Result<Overlay, CreateError> {
    let descriptor = OverlayDescriptor {
        format,
        ..Default::default()
    };
    Overlay::new(&gpu.device, &gpu.queue, &descriptor)
}
