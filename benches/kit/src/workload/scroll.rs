//! A list of pixmaps and the window of it that is visible: scrolls with changing speed, now and then jumps,
//! turns at the ends.

use pixmap_cache::Size;
use rand::RngExt;
use rand_distr::{Distribution, LogNormal};
use rand_pcg::Pcg64;

/// Chance in a frame that the speed changes: about every half second.
const SPEED_CHANGE: f64 = 1.0 / 30.0;
/// Share of the time that nothing scrolls.
const STILL: f64 = 0.4;
/// Share of the scrolling that goes forward.
const FORWARD: f64 = 0.7;
/// Median speed in windows a frame: a screen in 1.7 s; one in forty is seven times faster.
const MEDIAN_SPEED: f64 = 0.01;
const SPEED_SPREAD: f64 = 1.0;
/// Chance in a frame of a jump to anywhere.
const JUMP: f64 = 1.0 / 250.0;

pub(super) struct Scroll {
    /// Pixmaps in the list's order, and how many texels lie before each; one more for the end.
    pixmaps: Vec<u32>,
    texels_before: Vec<u64>,
    window_texels: u64,
    /// Texels above the window.
    position: f64,
    /// Windows a frame.
    speed: f64,
}

impl Scroll {
    pub(super) fn new(pixmaps: Vec<u32>, sizes: &[Size], window_texels: u64) -> Scroll {
        let mut texels_before = vec![0];
        for &pixmap in &pixmaps {
            let Size { width, height } = sizes[pixmap as usize];
            let before = texels_before.last().expect("BUG: starts with 0");
            texels_before.push(before + u64::from(width) * u64::from(height));
        }
        Scroll {
            pixmaps,
            texels_before,
            window_texels,
            position: 0.0,
            speed: 0.0,
        }
    }

    /// What is visible.
    pub(super) fn window(&self) -> &[u32] {
        let top = self.position as u64;
        let first = self.texels_before.partition_point(|&before| before <= top) - 1;
        let end = self
            .texels_before
            .partition_point(|&before| before < top + self.window_texels);
        &self.pixmaps[first..end.min(self.pixmaps.len()).max(first)]
    }

    /// One frame.
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

    /// Where the window shows the list's end.
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
