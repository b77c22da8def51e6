//! Steers the camera: it tours by itself until the user drags or zooms, then glides where the user wants it.

use pixmap_cache::Size;

use super::Wall;
use super::camera::{Camera, Route, Tour};

/// Rate of the exponential glide: nine tenths of the way in an eighth of a second.
const EAGERNESS: f32 = 18.0;
/// One notch of the wheel.
const ZOOM_STEP: f32 = 1.15;
/// Farthest: pictures of 16 pixels, or the whole wall if that is farther.
const MIN_PITCH: f32 = 20.0;

pub struct Pilot {
    tour: Tour,
    tour_seconds: f32,
    route: Route,
    seed: u64,
    screen: Size,
    /// Seconds since the tour began.
    clock: f32,
    steering: Steering,
    camera: Camera,
}

#[derive(Clone, Copy, PartialEq)]
enum Steering {
    Tour,
    Paused,
    /// By the user, towards this camera.
    User(Camera),
}

impl Pilot {
    pub fn new(wall: &Wall, screen: Size, (route, seed, tour_seconds): (Route, u64, f32)) -> Self {
        let tour = Tour::new(wall, screen, (route, seed));
        Self {
            camera: tour.camera_at(0.0),
            tour,
            tour_seconds,
            route,
            seed,
            screen,
            clock: 0.0,
            steering: Steering::Tour,
        }
    }

    /// Returns the camera `seconds` later, on a screen of this size.
    pub fn advance(&mut self, wall: &Wall, screen: Size, seconds: f32) -> Camera {
        if screen != self.screen {
            self.screen = screen;
            self.tour = Tour::new(wall, screen, (self.route, self.seed));
        }
        match self.steering {
            Steering::Tour => {
                self.clock += seconds;
                self.camera = self.tour.camera_at((self.clock / self.tour_seconds).fract());
            }
            Steering::Paused => {}
            Steering::User(wanted) => {
                let wanted = wall.keep_inside(wanted, screen);
                self.steering = Steering::User(wanted);
                self.camera = self.glide(wanted, seconds);
            }
        }
        self.camera = wall.keep_inside(self.camera, screen);
        self.camera
    }

    /// Returns whether the camera moves without further input.
    pub fn moves(&self) -> bool {
        match self.steering {
            Steering::Tour => true,
            Steering::Paused => false,
            Steering::User(wanted) => wanted != self.camera,
        }
    }

    /// Pauses the tour, resumes it, or takes the camera back from the user. Returns a notice.
    pub fn pause(&mut self) -> &'static str {
        let (steering, now) = match self.steering {
            Steering::Tour => (Steering::Paused, "paused"),
            Steering::Paused => (Steering::Tour, "the tour continues"),
            Steering::User(_) => (Steering::Tour, "back to the tour"),
        };
        self.steering = steering;
        now
    }

    /// Moves the wall by that many pixels immediately: a dragged wall sticks to the pointer.
    pub fn drag(&mut self, right: f32, down: f32) {
        let moved = |camera: Camera| Camera {
            x: camera.x - right / camera.pitch,
            y: camera.y - down / camera.pitch,
            ..camera
        };
        let wanted = moved(self.wanted());
        self.camera = moved(self.camera);
        self.steering = Steering::User(wanted);
    }

    /// Zooms by `notches` of a wheel, in if positive. The spot at `pointer`, in pixels, stays there.
    pub fn zoom(&mut self, wall: &Wall, notches: f32, pointer: [f32; 2]) {
        let from = self.wanted();
        let farthest = wall.fitting_pitch(self.screen).min(MIN_PITCH);
        let pitch = (from.pitch * ZOOM_STEP.powf(notches)).clamp(farthest, wall.max_pitch);
        let kept = |centre: f32, at: f32, length: u32| {
            let from_centre = at - length as f32 / 2.0;
            centre + from_centre / from.pitch - from_centre / pitch
        };
        self.steering = Steering::User(Camera {
            x: kept(from.x, pointer[0], self.screen.width),
            y: kept(from.y, pointer[1], self.screen.height),
            pitch,
        });
    }

    fn wanted(&self) -> Camera {
        match self.steering {
            Steering::User(wanted) => wanted,
            Steering::Tour | Steering::Paused => self.camera,
        }
    }

    fn glide(&self, wanted: Camera, seconds: f32) -> Camera {
        let way = 1.0 - (-EAGERNESS * seconds).exp();
        let near = self.camera.towards(wanted, way);
        let off = (near.x - wanted.x).abs().max((near.y - wanted.y).abs()) * wanted.pitch;
        // Too close to see a difference: it arrives.
        if off < 0.25 && (near.pitch / wanted.pitch - 1.0).abs() < 1e-3 {
            wanted
        } else {
            near
        }
    }
}
