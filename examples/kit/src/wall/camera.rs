//! The camera and its scripted tour: scrolls, zooms, jumps and the return to the start.
//!
//! The tour is a function of progress 0..1, so any number of frames shows all of it; the seed chooses the places.
//! Every leg ends at a pitch that shows a raster size unscaled: at the middle and at the end every picture is sharp.

use pixmap_cache::Size;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

use crate::wall::{PICTURE_SHARE, RASTER_SIDES, Wall};

/// Raster side of the pictures on `Route::Round`.
const ROUND_SIDE: u32 = 40;

/// The centre of the screen, in spots from the wall's corner, and how many pixels one spot takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    pub x: f32,
    pub y: f32,
    pub pitch: f32,
}

/// A share of the tour, from one camera to another. A jump is a leg that does not start where the last one ended.
struct Leg {
    start: f32,
    end: f32,
    from: Camera,
    to: Camera,
}

/// Which way the camera takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Scrolls, zooms and jumps all over the wall.
    Tour,
    /// Scrolls around a triangle, at one pitch.
    Round,
}

/// The camera's way, from its start back to it.
pub struct Tour {
    legs: Vec<Leg>,
}

impl Tour {
    pub fn new(wall: &Wall, screen: Size, (route, seed): (Route, u64)) -> Self {
        let planner = Planner::new(wall, screen, seed);
        match route {
            Route::Tour => planner.plan_tour(),
            Route::Round => planner.plan_round(),
        }
    }

    /// Returns the camera at `progress`, 0 at the first frame and 1 at the last.
    pub fn camera_at(&self, progress: f32) -> Camera {
        let passed = self.legs.partition_point(|leg| leg.end <= progress);
        let leg = &self.legs[passed.min(self.legs.len() - 1)];
        let way = ((progress - leg.start) / (leg.end - leg.start)).clamp(0.0, 1.0);
        // Slow at both ends.
        leg.from.towards(leg.to, way * way * (3.0 - 2.0 * way))
    }
}

impl Camera {
    /// Returns the camera between `self` and `to`. Zooms by equal factors in equal times.
    pub fn towards(self, to: Self, way: f32) -> Self {
        Self {
            x: self.x + (to.x - self.x) * way,
            y: self.y + (to.y - self.y) * way,
            pitch: if self.pitch == to.pitch {
                to.pitch
            } else {
                self.pitch * (to.pitch / self.pitch).powf(way)
            },
        }
    }
}

struct Planner<'a> {
    wall: &'a Wall,
    screen: Size,
    random: Pcg32,
    legs: Vec<Leg>,
    now: Camera,
}

impl<'a> Planner<'a> {
    fn new(wall: &'a Wall, screen: Size, seed: u64) -> Self {
        let now = Camera {
            x: 0.0,
            y: 0.0,
            pitch: 1.0,
        };
        Self {
            wall,
            screen,
            random: Pcg32::seed_from_u64(seed),
            legs: Vec::new(),
            now,
        }
    }

    /// The shares add up to 1. A scroll at a medium pitch spans the middle of the tour.
    fn plan_tour(mut self) -> Tour {
        let fitting = raster_side_that_fits(self.wall.fitting_pitch(self.screen));
        let home = self.somewhere(fitting.max(64));
        self.now = home;
        self.scroll(0.13, 1.4);
        self.zoom(0.11, 16);
        self.scroll(0.08, 0.3);
        self.zoom(0.10, 32);
        self.scroll(0.14, 0.9);
        self.zoom(0.12, 160);
        self.scroll(0.08, 1.6);
        for side in [80, 48, 64, 20, 96, 40] {
            self.now = self.somewhere(side);
            self.scroll(0.02, 0.1);
        }
        self.travel(0.10, home);
        self.travel(0.02, home);
        Tour { legs: self.legs }
    }

    fn plan_round(mut self) -> Tour {
        let home = self.somewhere(ROUND_SIDE);
        self.now = home;
        let screen_width = self.screen.width as f32 / home.pitch;
        let at = |x: f32, y: f32| Camera {
            x: home.x + x * screen_width,
            y: home.y + y * screen_width,
            ..home
        };
        let corners = [(at(2.0, 0.0), 0.22), (at(1.0, 1.8), 0.22), (home, 0.22)];
        for (corner, share) in corners {
            self.travel(share, corner);
            // A rest, to look at it.
            self.travel(0.34 / 3.0, corner);
        }
        Tour { legs: self.legs }
    }

    /// Returns a random place at the pitch that shows pictures at `side`. The screen's corner is on a spot's corner.
    fn somewhere(&mut self, side: u32) -> Camera {
        let pitch = self.resting_pitch(side);
        let across = self.screen.width as f32 / pitch;
        let down = self.screen.height as f32 / pitch;
        let x = self.random.random_range(0.0..self.wall.columns as f32).floor() + across / 2.0;
        let y = self.random.random_range(0.0..self.wall.rows as f32).floor() + down / 2.0;
        self.wall.keep_inside(Camera { x, y, pitch }, self.screen)
    }

    /// The pitch for `side`, or a larger one at which a small wall fills at least half of the screen.
    fn resting_pitch(&self, side: u32) -> f32 {
        let min_side = raster_side_that_fits(self.wall.fitting_pitch(self.screen) / 2.0);
        pitch_of(side.max(min_side))
    }

    /// Adds a straight scroll of `screens` screen widths in a random direction, reversed where the wall ends.
    fn scroll(&mut self, share: f32, screens: f32) {
        let length = screens * self.screen.width as f32 / self.now.pitch;
        let angle = self.random.random_range(0.0..std::f32::consts::TAU);
        let (dx, dy) = (length * angle.cos(), length * angle.sin());
        let turned = |at: f32, by: f32, end: u32| {
            if (0.0..end as f32).contains(&(at + by)) {
                at + by
            } else {
                at - by
            }
        };
        let x = turned(self.now.x, dx, self.wall.columns);
        let y = turned(self.now.y, dy, self.wall.rows);
        self.travel(
            share,
            Camera {
                x,
                y,
                pitch: self.now.pitch,
            },
        );
    }

    fn zoom(&mut self, share: f32, side: u32) {
        let to = self.somewhere(side);
        self.travel(share, to);
    }

    fn travel(&mut self, share: f32, to: Camera) {
        let to = self.wall.keep_inside(to, self.screen);
        let start = self.legs.last().map_or(0.0, |leg| leg.end);
        self.legs.push(Leg {
            start,
            end: start + share,
            from: self.now,
            to,
        });
        self.now = to;
    }
}

/// Returns the pitch at which pictures of this side are drawn unscaled.
fn pitch_of(side: u32) -> f32 {
    side as f32 / PICTURE_SHARE
}

/// Returns the largest raster side that is drawn unscaled at `pitch` or less, or the smallest one.
fn raster_side_that_fits(pitch: f32) -> u32 {
    let fits = |side: &&u32| pitch_of(**side) <= pitch;
    *RASTER_SIDES.iter().rev().find(fits).unwrap_or(&RASTER_SIDES[0])
}
