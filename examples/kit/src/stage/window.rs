//! A show in a window: frames when they are wanted and can be seen, events in between, and a new device when one is
//! lost.
//!
//! Never a busy loop: while the window is hidden or its show is at rest, the thread sleeps until an event or a deadline.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pixmap_cache::Size;
use wgpu::{Adapter, Instance, TextureFormat};
use winit::application::ApplicationHandler;
use winit::dpi::LogicalSize;
use winit::event::{ElementState, KeyEvent, StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop};
use winit::keyboard::{Key, NamedKey};
use winit::window::{Window, WindowId};

use super::surface::{Acquired, Screen};
use super::{Next, Show, StageOptions};
use crate::draw::{Frame, Gpu, gpu};
use crate::terminal::printable;

/// At most 250 frames per second, for displays that do not wait.
const SHORTEST_FRAME: Duration = Duration::from_millis(4);

pub fn run<S: Show>(
    event_loop: EventLoop<()>,
    options: &StageOptions,
    make: impl Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut application = Application {
        options,
        make,
        playing: None,
        failure: None,
    };
    event_loop.run_app(&mut application)?;
    let Application { playing, failure, .. } = application;
    let Some(Playing {
        show, screen, gpu, ..
    }) = playing
    else {
        return failure.map_or(Ok(()), Err);
    };
    // The GPU must be done with a surface before it is dropped. A failure to wait adds nothing to an earlier one.
    let _ = gpu.wait();
    drop(screen);
    failure.map_or_else(|| show.finish(), Err)
}

struct Application<'a, S, M> {
    options: &'a StageOptions,
    make: M,
    /// `None` until the system lets windows be made.
    playing: Option<Playing<S>>,
    failure: Option<Box<dyn Error>>,
}

struct Playing<S> {
    show: S,
    // Dropped before the window it draws into.
    screen: Screen,
    gpu: Gpu,
    adapter: Adapter,
    window: Arc<Window>,
    number: u64,
    started: Instant,
    /// When the last frame began.
    drawn: Instant,
    /// Covered or minimised, as far as the system reports it.
    hidden: bool,
}

impl<S: Show, M: Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>> Application<'_, S, M> {
    fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<Playing<S>, Box<dyn Error>> {
        let size = self.options.size;
        let attributes = Window::default_attributes()
            .with_title(S::TITLE)
            .with_inner_size(LogicalSize::new(size.width, size.height));
        let window = Arc::new(event_loop.create_window(attributes)?);
        // GL needs the display when the instance is made.
        let display = Box::new(event_loop.owned_display_handle());
        let instance = Instance::new(wgpu::InstanceDescriptor {
            backends: self.options.adapter.backends,
            ..wgpu::InstanceDescriptor::new_with_display_handle(display)
        });
        let surface = instance.create_surface(Arc::clone(&window))?;
        let adapter = gpu::choose(&instance, &self.options.adapter, Some(&surface))?;
        let gpu = Gpu::on(&adapter)?;
        let screen = Screen::new((instance, Arc::clone(&window)), surface, &adapter)?;
        Ok(Playing {
            show: (self.make)(&gpu, screen.view_format())?,
            screen,
            gpu,
            adapter,
            window,
            number: 0,
            started: Instant::now(),
            drawn: Instant::now(),
            hidden: false,
        })
    }

    /// Draws a frame and schedules the next one. Replaces a lost device first.
    fn redraw(&mut self, event_loop: &ActiveEventLoop) -> Result<(), Box<dyn Error>> {
        let Some(playing) = &mut self.playing else {
            return Ok(());
        };
        // Frees what the GPU is done with and delivers a loss. An error is a loss too, which `loss` returns.
        let _ = playing.gpu.device.poll(wgpu::PollType::Poll);
        if let Some(loss) = playing.gpu.loss() {
            eprintln!(
                "the device was lost ({}): continuing with a new one.",
                printable(loss)
            );
            // The surface's textures belong to the lost device.
            playing.screen.renew(&playing.gpu)?;
            playing.gpu = Gpu::on(&playing.adapter)?;
            if !playing.show.recreate(&playing.gpu)? {
                playing.show = (self.make)(&playing.gpu, playing.screen.view_format())?;
            }
        }
        event_loop.set_control_flow(ControlFlow::Wait);
        let next = playing.draw()?;
        let last = self
            .options
            .frames
            .is_some_and(|frames| playing.number >= frames.into());
        let next = if last { Next::Quit } else { next };
        playing.schedule(next, event_loop);
        Ok(())
    }
}

impl<S: Show> Playing<S> {
    fn draw(&mut self) -> Result<Next, Box<dyn Error>> {
        let texture = match self.screen.acquire(&self.gpu)? {
            Acquired::Texture(texture) => texture,
            Acquired::NotFor(pause) => return Ok(Next::Within(pause)),
        };
        self.drawn = Instant::now();
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor {
            format: Some(self.screen.view_format()),
            ..Default::default()
        });
        let frame = Frame {
            view: &view,
            size: Size::new(texture.texture.width(), texture.texture.height()),
            scale_factor: self.window.scale_factor(),
            time: match self.number {
                0 => Duration::ZERO,
                _ => self.started.elapsed(),
            },
        };
        let next = self.show.frame(&self.gpu, &frame)?;
        self.window.pre_present_notify();
        self.gpu.queue.present(texture);
        self.number += 1;
        Ok(next)
    }

    fn schedule(&self, next: Next, event_loop: &ActiveEventLoop) {
        match next {
            Next::Quit => event_loop.exit(),
            Next::Frame if !self.hidden => {
                // Without vertical sync, frames would come as fast as the machine makes them.
                let due = self.drawn + SHORTEST_FRAME;
                if due > Instant::now() {
                    event_loop.set_control_flow(ControlFlow::WaitUntil(due));
                } else {
                    self.window.request_redraw();
                }
            }
            Next::Frame | Next::Rest => {}
            Next::Within(pause) => {
                let at = Instant::now() + pause;
                event_loop.set_control_flow(ControlFlow::WaitUntil(at));
            }
        }
    }
}

impl<S: Show, M: Fn(&Gpu, TextureFormat) -> Result<S, Box<dyn Error>>> ApplicationHandler
    for Application<'_, S, M>
{
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.playing.is_some() {
            return;
        }
        match self.open(event_loop) {
            Ok(playing) => {
                playing.window.request_redraw();
                self.playing = Some(playing);
            }
            Err(error) => self.fail(error, event_loop),
        }
    }

    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        if let (StartCause::ResumeTimeReached { .. }, Some(playing)) = (cause, &self.playing) {
            event_loop.set_control_flow(ControlFlow::Wait);
            if !playing.hidden {
                playing.window.request_redraw();
            }
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        if event == WindowEvent::RedrawRequested {
            if let Err(error) = self.redraw(event_loop) {
                self.fail(error, event_loop);
            }
            return;
        }
        let Some(playing) = &mut self.playing else {
            return;
        };
        match &event {
            WindowEvent::CloseRequested => event_loop.exit(),
            event if is_escape(event) => event_loop.exit(),
            WindowEvent::Resized(_) | WindowEvent::ScaleFactorChanged { .. } => {
                playing.screen.configure_later();
                playing.window.request_redraw();
            }
            WindowEvent::Occluded(hidden) => {
                playing.hidden = *hidden;
                playing.window.request_redraw();
            }
            _ => {}
        }
        let next = playing.show.event(&event);
        playing.schedule(next, event_loop);
    }
}

impl<S, M> Application<'_, S, M> {
    /// Ends the run with an error.
    fn fail(&mut self, error: Box<dyn Error>, event_loop: &ActiveEventLoop) {
        self.failure.get_or_insert(error);
        event_loop.exit();
    }
}

fn is_escape(event: &WindowEvent) -> bool {
    let WindowEvent::KeyboardInput { event, .. } = event else {
        return false;
    };
    matches!(
        event,
        KeyEvent {
            logical_key: Key::Named(NamedKey::Escape),
            state: ElementState::Pressed,
            ..
        }
    )
}
