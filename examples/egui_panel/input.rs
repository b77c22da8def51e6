//! Translates winit's events to egui's: pointer, buttons, wheel and focus, in points.

use egui::{Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2};
use winit::event::{ElementState, MouseButton, MouseScrollDelta, WindowEvent};

use kit::draw::Frame;

pub struct Input {
    events: Vec<Event>,
    pointer: Pos2,
    /// Pixels per point, of the last frame.
    scale: f32,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            pointer: Pos2::ZERO,
            scale: 1.0,
        }
    }
}

impl Input {
    pub fn event(&mut self, event: &WindowEvent) {
        let event = match event {
            WindowEvent::CursorMoved { position, .. } => {
                self.pointer = Pos2::new(position.x as f32, position.y as f32) / self.scale;
                Event::PointerMoved(self.pointer)
            }
            WindowEvent::CursorLeft { .. } => Event::PointerGone,
            WindowEvent::MouseInput { state, button, .. } => {
                let Some(button) = button_of(*button) else {
                    return;
                };
                Event::PointerButton {
                    pos: self.pointer,
                    button,
                    pressed: *state == ElementState::Pressed,
                    modifiers: Modifiers::NONE,
                }
            }
            WindowEvent::MouseWheel { delta, .. } => self.wheel(*delta),
            WindowEvent::Focused(focused) => Event::WindowFocused(*focused),
            _ => return,
        };
        self.events.push(event);
    }

    /// Returns what happened since the previous frame.
    pub fn take(&mut self, frame: &Frame) -> egui::RawInput {
        self.scale = frame.scale_factor as f32;
        let size = Vec2::new(frame.size.width as f32, frame.size.height as f32) / self.scale;
        let mut input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(Pos2::ZERO, size)),
            time: Some(frame.time.as_secs_f64()),
            events: std::mem::take(&mut self.events),
            ..Default::default()
        };
        for viewport in input.viewports.values_mut() {
            viewport.native_pixels_per_point = Some(self.scale);
        }
        input
    }

    fn wheel(&self, delta: MouseScrollDelta) -> Event {
        let (unit, delta) = match delta {
            MouseScrollDelta::LineDelta(x, y) => (MouseWheelUnit::Line, Vec2::new(x, y)),
            MouseScrollDelta::PixelDelta(pixels) => {
                let points = Vec2::new(pixels.x as f32, pixels.y as f32) / self.scale;
                (MouseWheelUnit::Point, points)
            }
        };
        Event::MouseWheel {
            unit,
            delta,
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        }
    }
}

fn button_of(button: MouseButton) -> Option<PointerButton> {
    match button {
        MouseButton::Left => Some(PointerButton::Primary),
        MouseButton::Right => Some(PointerButton::Secondary),
        MouseButton::Middle => Some(PointerButton::Middle),
        _ => None,
    }
}
