//! What of the map is shown in the window, and how large.
//!
//! Invariant: the scale stays between the whole map with some table around it and `MAX_SCALE`, and the middle of the
//! window on the map.

use pixmap_cache::Size;

/// Pixels per texel at the closest.
const MAX_SCALE: f64 = 64.0;
/// The share of the window that the map takes when all of it is shown.
const WHOLE_SHARE: f64 = 0.94;

/// A point in texels of the map.
pub type Point = [f64; 2];

pub struct Camera {
    map: Size,
    screen: Size,
    /// The point in the middle of the window.
    centre: Point,
    /// Pixels per texel. 0 until the first frame, which shows the whole map.
    scale: f64,
}

impl Camera {
    pub fn new(map: Size) -> Self {
        Self {
            map,
            screen: map,
            centre: [f64::from(map.width) / 2.0, f64::from(map.height) / 2.0],
            scale: 0.0,
        }
    }

    /// Takes the size of the window.
    pub fn fit_to(&mut self, screen: Size) {
        self.screen = screen;
        if self.scale == 0.0 {
            self.show_whole();
        }
        self.keep_inside();
    }

    pub fn show_whole(&mut self) {
        *self = Self {
            screen: self.screen,
            scale: self.whole_scale(),
            ..Self::new(self.map)
        };
    }

    /// Shows a point in the middle, with so many texels across the screen.
    pub fn show(&mut self, (centre, texels): (Point, f64), screen: Size) {
        self.screen = screen;
        self.centre = centre;
        self.scale = f64::from(screen.width) / texels;
        self.keep_inside();
    }

    /// Pixels per texel.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    pub fn to_texels(&self, [x, y]: [f64; 2]) -> Point {
        [
            self.centre[0] + (x - f64::from(self.screen.width) / 2.0) / self.scale,
            self.centre[1] + (y - f64::from(self.screen.height) / 2.0) / self.scale,
        ]
    }

    pub fn to_pixels(&self, [x, y]: Point) -> [f64; 2] {
        [
            f64::from(self.screen.width) / 2.0 + (x - self.centre[0]) * self.scale,
            f64::from(self.screen.height) / 2.0 + (y - self.centre[1]) * self.scale,
        ]
    }

    /// Zooms in if `factor` is more than 1. The point under these pixels stays there.
    pub fn zoom(&mut self, factor: f64, pixels: [f64; 2]) {
        let kept = self.to_texels(pixels);
        self.scale *= factor;
        self.keep_inside();
        let moved = self.to_texels(pixels);
        for axis in 0..2 {
            self.centre[axis] += kept[axis] - moved[axis];
        }
        self.keep_inside();
    }

    /// Moves the map by that many pixels.
    pub fn drag(&mut self, [right, down]: [f64; 2]) {
        self.centre[0] -= right / self.scale;
        self.centre[1] -= down / self.scale;
        self.keep_inside();
    }

    /// Width and height of the window.
    pub fn screen(&self) -> [f64; 2] {
        [f64::from(self.screen.width), f64::from(self.screen.height)]
    }

    fn whole_scale(&self) -> f64 {
        let [width, height] = self.screen();
        let fitting = (width / f64::from(self.map.width)).min(height / f64::from(self.map.height));
        fitting * WHOLE_SHARE
    }

    fn keep_inside(&mut self) {
        self.scale = self.scale.clamp(self.whole_scale(), MAX_SCALE);
        self.centre[0] = self.centre[0].clamp(0.0, f64::from(self.map.width));
        self.centre[1] = self.centre[1].clamp(0.0, f64::from(self.map.height));
    }
}
