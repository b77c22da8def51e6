//! Generated landscapes: sky, sun or moon, ridges in haze, and a lake. A number always gives the same landscape.

use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;

type Color = [f32; 3];

/// Sky above, sky at the horizon, far ridge, near ridge, and sun or moon; sRGB, as a painter mixes.
const PALETTES: [[Color; 5]; 6] = [
    [
        [0.25, 0.47, 0.78],
        [0.85, 0.9, 0.93],
        [0.58, 0.69, 0.8],
        [0.1, 0.25, 0.22],
        [1.0, 0.98, 0.88],
    ],
    [
        [0.28, 0.22, 0.45],
        [0.98, 0.6, 0.38],
        [0.72, 0.42, 0.45],
        [0.14, 0.09, 0.18],
        [1.0, 0.86, 0.55],
    ],
    [
        [0.04, 0.06, 0.16],
        [0.2, 0.27, 0.45],
        [0.15, 0.2, 0.34],
        [0.02, 0.04, 0.08],
        [0.93, 0.95, 1.0],
    ],
    [
        [0.53, 0.72, 0.72],
        [0.98, 0.9, 0.75],
        [0.75, 0.74, 0.62],
        [0.28, 0.27, 0.15],
        [1.0, 0.95, 0.78],
    ],
    [
        [0.6, 0.42, 0.58],
        [0.97, 0.8, 0.77],
        [0.66, 0.56, 0.68],
        [0.2, 0.17, 0.31],
        [1.0, 0.93, 0.88],
    ],
    [
        [0.4, 0.52, 0.62],
        [0.8, 0.84, 0.85],
        [0.62, 0.69, 0.72],
        [0.17, 0.24, 0.28],
        [0.97, 0.97, 0.95],
    ],
];

/// A ridge: the sum of waves of different lengths.
struct Ridge {
    level: f32,
    waves: [(f32, f32, f32); 5],
    color: Color,
}

struct Scene {
    palette: [Color; 5],
    sun: [f32; 2],
    sun_radius: f32,
    /// From far to near.
    ridges: Vec<Ridge>,
    /// Where the lake begins. There is no lake at 1 or more.
    shore: f32,
}

pub fn paint(number: u32) -> RgbImage {
    let scene = Scene::new(number);
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = (x as f32 / HEIGHT as f32, y as f32 / HEIGHT as f32);
        let color = if y < scene.shore {
            scene.at(x, y)
        } else {
            scene.lake(x, y)
        };
        Rgb(color.map(|channel| (channel.clamp(0.0, 1.0) * 255.0).round() as u8))
    })
}

impl Scene {
    fn new(number: u32) -> Self {
        let mut rng = Pcg32::seed_from_u64(u64::from(number) + 11);
        let palette = PALETTES[rng.random_range(0..PALETTES.len())];
        let horizon = rng.random_range(0.38..0.55);
        let shore = if rng.random_bool(0.6) {
            rng.random_range(0.74..0.86)
        } else {
            2.0
        };
        let count = rng.random_range(3..6);
        let ridges = (0..count).map(|index| {
            let near = (index as f32 + 0.5) / count as f32;
            Ridge {
                level: horizon + near * (0.9 - horizon),
                waves: std::array::from_fn(|octave| {
                    let length = 2.1_f32.powi(octave as i32);
                    let height = 0.17 * (1.0 - 0.45 * near) / length.powf(0.95);
                    (
                        length * rng.random_range(2.0..3.4),
                        rng.random_range(0.0..6.3),
                        height,
                    )
                }),
                color: mix(palette[2], palette[3], near),
            }
        });
        Self {
            palette,
            ridges: ridges.collect(),
            sun: [rng.random_range(0.25..1.1), rng.random_range(0.12..horizon)],
            sun_radius: rng.random_range(0.03..0.07),
            shore,
        }
    }

    fn at(&self, x: f32, y: f32) -> Color {
        let mut color = self.sky(x, y);
        for ridge in &self.ridges {
            let outline = ridge.outline(x);
            // Mist lies at the foot of each ridge.
            let mist = ((y - outline) * 2.2).clamp(0.0, 0.55);
            let body = mix(ridge.color, self.palette[1], mist * 0.8);
            color = mix(color, body, ((y - outline) * HEIGHT as f32 + 0.5).clamp(0.0, 1.0));
        }
        color
    }

    fn sky(&self, x: f32, y: f32) -> Color {
        let [above, low, _, _, sun] = self.palette;
        let sky = mix(above, low, (y * 1.7).min(1.0));
        let away = (x - self.sun[0]).hypot(y - self.sun[1]);
        let glow = 0.55 * (-away * 5.0).exp();
        let disc = ((self.sun_radius - away) * HEIGHT as f32 + 0.5).clamp(0.0, 1.0);
        mix(mix(sky, sun, glow), sun, disc)
    }

    /// The land upside down, darker towards us, in ripples that grow.
    fn lake(&self, x: f32, y: f32) -> Color {
        let depth = y - self.shore;
        let ripple = (depth * 900.0 / (1.0 + 9.0 * depth)).sin() * (x * 31.0 + depth * 140.0).sin();
        let mirrored = self.at(
            x + 0.02 * depth * ripple,
            self.shore - depth * 1.6 + 0.012 * ripple,
        );
        let water = mix(mirrored, self.palette[0], 0.25 + 0.5 * depth);
        mix(water, self.palette[1], 0.06 * ripple.max(0.0))
    }
}

impl Ridge {
    fn outline(&self, x: f32) -> f32 {
        let waves = self.waves.iter();
        let height: f32 = waves
            .map(|(rate, shift, height)| height * (x * rate + shift).sin())
            .sum();
        // Peaks are sharper than valleys.
        self.level - height.abs().powf(0.9) * 0.9 - 0.3 * height
    }
}

fn mix(from: Color, to: Color, share: f32) -> Color {
    std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}
