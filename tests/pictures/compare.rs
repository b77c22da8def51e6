//! Compares two pictures as an eye would, and finds where they differ.
//!
//! Rasterizers differ in the last bit everywhere and in the coverage of some edges, so neither equal bytes nor a mean
//! over the whole picture will do. Invariant: what passes has the same colors in every small square, and the same shapes.

use image::{Rgba, RgbaImage};

/// Side of a square in pixels.
const SQUARE: u32 = 8;

/// Steps of 255 by which the mean of a square may differ in any channel. This many are hard to see side by side; half a
/// pixel of coverage along an edge through a square makes about as many.
const SQUARE_STEPS: f64 = 5.0;

/// Steps by which a single pixel may differ in any channel before it counts as different, and the share of pixels that
/// may: a few along edges, never a letter or a sprite.
const PIXEL_STEPS: u8 = 28;
const OTHER_PIXELS: f64 = 0.004;

/// How much two pictures of one size differ.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// Difference of the most different square, and its corner.
    pub square_steps: f64,
    pub worst_square: (u32, u32),
    /// Share of the pixels that differ.
    pub other_pixels: f64,
}

impl Difference {
    /// Compares two pictures. Returns `None` if their sizes differ.
    pub fn between(first: &RgbaImage, second: &RgbaImage) -> Option<Self> {
        if first.dimensions() != second.dimensions() {
            return None;
        }
        let (width, height) = first.dimensions();
        let corners = (0..height).step_by(SQUARE as usize).flat_map(|y| {
            let columns = (0..width).step_by(SQUARE as usize);
            columns.map(move |x| (x, y))
        });
        let steps = |corner| (square_steps(first, second, corner), corner);
        let worst = |worst: (f64, _), next: (f64, _)| if next.0 > worst.0 { next } else { worst };
        let (square_steps, worst_square) = corners.map(steps).fold((0.0, (0, 0)), worst);
        let pairs = first.pixels().zip(second.pixels());
        let others = pairs.filter(|(a, b)| steps_apart(**a, **b) > PIXEL_STEPS).count();
        Some(Self {
            square_steps,
            worst_square,
            other_pixels: others as f64 / f64::from(width * height).max(1.0),
        })
    }

    pub fn is_tolerable(&self) -> bool {
        self.square_steps <= SQUARE_STEPS && self.other_pixels <= OTHER_PIXELS
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            square_steps,
            worst_square: (x, y),
            other_pixels,
        } = self;
        write!(
            f,
            "the square at {x},{y} differs by {square_steps:.1} steps of 255 on average ({SQUARE_STEPS} are allowed), \
             and {:.2} % of the pixels differ ({:.2} % are allowed)",
            100.0 * other_pixels,
            100.0 * OTHER_PIXELS
        )
    }
}

/// Returns a picture that is gray where the two are alike and red where they differ.
pub fn difference_picture(first: &RgbaImage, second: &RgbaImage) -> RgbaImage {
    let (width, height) = first.dimensions();
    RgbaImage::from_fn(width.min(second.width()), height.min(second.height()), |x, y| {
        let (a, b) = (*first.get_pixel(x, y), *second.get_pixel(x, y));
        let gray = 200 + a.0[1] / 6;
        match steps_apart(a, b) {
            0..=2 => Rgba([gray, gray, gray, 255]),
            steps => Rgba([255, 160 - steps.saturating_mul(4).min(160), 0, 255]),
        }
    })
}

/// Returns the difference in the channel that differs most.
fn steps_apart(Rgba(a): Rgba<u8>, Rgba(b): Rgba<u8>) -> u8 {
    a.iter().zip(b).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0)
}

/// Returns the difference of a square's means in the channel that differs most.
fn square_steps(first: &RgbaImage, second: &RgbaImage, (left, top): (u32, u32)) -> f64 {
    let (right, bottom) = (
        (left + SQUARE).min(first.width()),
        (top + SQUARE).min(first.height()),
    );
    let mut sums = [0_i64; 4];
    for y in top..bottom {
        for x in left..right {
            let (Rgba(a), Rgba(b)) = (first.get_pixel(x, y), second.get_pixel(x, y));
            for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum += i64::from(*a) - i64::from(*b);
            }
        }
    }
    let pixels = f64::from((right - left) * (bottom - top));
    sums.iter()
        .map(|sum| sum.abs() as f64 / pixels)
        .fold(0.0, f64::max)
}
