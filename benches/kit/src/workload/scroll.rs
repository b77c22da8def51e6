//! A list of pixmaps with a visible window, which scrolls at changing speeds, sometimes jumps, and turns around at the ends.

use pixmap_cache::Size;
use rand::RngExt;
use rand_distr::{Distribution, LogNormal};
use rand_pcg::Pcg64;

/// Chance per frame that the speed changes: about every half second.
const SPEED_CHANGE: f64 = 1.0 / 30.0;
/// Share of the time that nothing scrolls.
const STILL: f64 = 0.4;
/// Share of the scrolling that goes forward.
const FORWARD: f64 = 0.7;
/// Median speed in windows per frame: one screen in 1.7 s. One speed in forty is seven times as high.
const MEDIAN_SPEED: f64 = 0.01;
/// Standard deviation of the logarithm of the speed.
const SPEED_SPREAD: f64 = 1.0;
/// Chance per frame of a jump to a random position.
const JUMP: f64 = 1.0 / 250.0;

pub(super) struct Scroll {
    /// In the order of the list.
    pixmaps: Vec<u32>,
    /// Texels before each pixmap, then those of the whole list.
    texels_before: Vec<u64>,
    window_texels: u64,
    /// Texels above the window.
    position: f64,
    /// Windows per frame.
    speed: f64,
}

impl Scroll {
    pub(super) fn new(pixmaps: Vec<u32>, sizes: &[Size], window_texels: u64) -> Scroll {
        let mut texels_before = vec![0];
        for &pixmap in &pixmaps {
            let before = texels_before.last().expect("BUG: starts with 0");
            texels_before.push(before + sizes[pixmap as usize].texels());
        }
        Scroll {
            pixmaps,
            texels_before,
            window_texels,
            position: 0.0,
            speed: 0.0,
        }
    }

    /// Returns the visible pixmaps.
    pub(super) fn window(&self) -> &[u32] {
        let top = self.position as u64;
        let first = self.texels_before.partition_point(|&before| before <= top) - 1;
        let end = self
            .texels_before
            .partition_point(|&before| before < top + self.window_texels);
        &self.pixmaps[first..end.min(self.pixmaps.len()).max(first)]
    }

    /// Scrolls by one frame.
    pub(super) fn step(&mut self, random: &mut Pcg64) {
        if random.random_bool(SPEED_CHANGE) {
            self.speed = draw_speed(random);
        }
        if random.random_bool(JUMP) {
            self.position = random.random::<f64>() * self.last_position();
        }
        self.position += self.speed * self.window_texels as f64;
        if self.position < 0.0 || self.position > self.last_position() {
            self.speed = -self.speed;
        }
        self.position = self.position.clamp(0.0, self.last_position());
    }

    /// Returns the position at which the window shows the end of the list.
    fn last_position(&self) -> f64 {
        let all = *self.texels_before.last().expect("BUG: starts with 0");
        all.saturating_sub(self.window_texels) as f64
    }
}

fn draw_speed(random: &mut Pcg64) -> f64 {
    if random.random_bool(STILL) {
        return 0.0;
    }
    let speeds = LogNormal::new(MEDIAN_SPEED.ln(), SPEED_SPREAD).expect("BUG: a finite spread");
    let speed = speeds.sample(random);
    if random.random_bool(FORWARD) {
        speed
    } else {
        -speed
    }
}
