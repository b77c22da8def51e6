//! Mouse and keys: what moves the camera, and what paints.

use winit::event::{ElementState, KeyEvent, MouseButton, MouseScrollDelta, WindowEvent};
use winit::keyboard::{Key, NamedKey};

use crate::brush::Stroke;
use crate::camera::{Camera, Point};
use kit::stage::Next;

/// One notch of the wheel, and one press of a key.
const ZOOM_STEP: f64 = 1.2;
/// Pixels of touchpad scrolling that equal a notch.
const PIXELS_PER_NOTCH: f64 = 40.0;
/// Pixels that an arrow key moves the map.
const ARROW_PIXELS: f64 = 90.0;
/// Radius of the brush on the screen, and its least on the map.
const BRUSH_PIXELS: f64 = 7.0;
const MIN_BRUSH_TEXELS: f64 = 0.6;

/// Of one stroke after the other, sRGB-encoded.
const COLORS: [[u8; 3]; 4] = [[214, 40, 40], [247, 178, 32], [38, 70, 190], [250, 250, 250]];

#[derive(Default)]
pub struct Input {
    /// In pixels; `None` until the mouse has moved.
    pointer: Option<[f64; 2]>,
    drag: Drag,
    space: bool,
    /// Since the last frame.
    strokes: Vec<Stroke>,
    strokes_begun: usize,
}

/// What moving the mouse does.
#[derive(Clone, Copy, Default, PartialEq)]
enum Drag {
    #[default]
    Nothing,
    Move,
    Paint,
}

impl Input {
    /// Moves the camera, or notes a stroke. Returns whether there is something new to draw.
    pub fn handle(&mut self, event: &WindowEvent, camera: &mut Camera) -> Next {
        match event {
            WindowEvent::CursorMoved { position, .. } => self.move_to([position.x, position.y], camera),
            WindowEvent::MouseInput { state, button, .. } => self.press(*button, *state, camera),
            WindowEvent::MouseWheel { delta, .. } => {
                let notches = match delta {
                    MouseScrollDelta::LineDelta(_, up) => f64::from(*up),
                    MouseScrollDelta::PixelDelta(by) => by.y / PIXELS_PER_NOTCH,
                };
                self.zoom(notches, camera);
            }
            WindowEvent::KeyboardInput { event, .. } => return self.key(event, camera),
            _ => return Next::Rest,
        }
        Next::Frame
    }

    /// Returns what was painted since the last call.
    pub fn take_strokes(&mut self) -> Vec<Stroke> {
        std::mem::take(&mut self.strokes)
    }

    /// Returns the point under the mouse, or in the middle of the window.
    pub fn pointer(&self, camera: &Camera) -> Point {
        camera.to_texels(self.pointer_or_middle(camera))
    }

    fn pointer_or_middle(&self, camera: &Camera) -> [f64; 2] {
        self.pointer.unwrap_or(camera.screen().map(|side| side / 2.0))
    }

    fn move_to(&mut self, to: [f64; 2], camera: &mut Camera) {
        let from = self.pointer.replace(to).unwrap_or(to);
        match self.drag {
            Drag::Nothing => {}
            Drag::Move => camera.drag([to[0] - from[0], to[1] - from[1]]),
            Drag::Paint => self.paint(from, to, camera),
        }
    }

    fn press(&mut self, button: MouseButton, state: ElementState, camera: &Camera) {
        self.drag = match (button, state) {
            (_, ElementState::Released) => Drag::Nothing,
            (MouseButton::Right, _) => Drag::Paint,
            (MouseButton::Left, _) if self.space => Drag::Paint,
            (MouseButton::Left, _) => Drag::Move,
            _ => self.drag,
        };
        if self.drag == Drag::Paint && state == ElementState::Pressed {
            self.strokes_begun += 1;
            let at = self.pointer_or_middle(camera);
            self.paint(at, at, camera);
        }
    }

    fn paint(&mut self, from: [f64; 2], to: [f64; 2], camera: &Camera) {
        self.strokes.push(Stroke {
            from: camera.to_texels(from),
            to: camera.to_texels(to),
            radius: (BRUSH_PIXELS / camera.scale()).max(MIN_BRUSH_TEXELS),
            color: COLORS[self.strokes_begun % COLORS.len()],
        });
    }

    fn zoom(&self, notches: f64, camera: &mut Camera) {
        camera.zoom(ZOOM_STEP.powf(notches), self.pointer_or_middle(camera));
    }

    fn key(&mut self, event: &KeyEvent, camera: &mut Camera) -> Next {
        let pressed = event.state == ElementState::Pressed;
        match &event.logical_key {
            Key::Named(NamedKey::Space) => {
                self.space = pressed;
                return Next::Rest;
            }
            _ if !pressed => return Next::Rest,
            Key::Named(NamedKey::ArrowLeft) => camera.drag([ARROW_PIXELS, 0.0]),
            Key::Named(NamedKey::ArrowRight) => camera.drag([-ARROW_PIXELS, 0.0]),
            Key::Named(NamedKey::ArrowUp) => camera.drag([0.0, ARROW_PIXELS]),
            Key::Named(NamedKey::ArrowDown) => camera.drag([0.0, -ARROW_PIXELS]),
            Key::Character(character) => match character.as_str() {
                "+" | "=" => self.zoom(1.0, camera),
                "-" => self.zoom(-1.0, camera),
                "0" => camera.show_whole(),
                _ => return Next::Rest,
            },
            _ => return Next::Rest,
        }
        Next::Frame
    }
}
