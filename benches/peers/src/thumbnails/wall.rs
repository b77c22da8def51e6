//! The images, and which of them a frame shows where.

use pixmap_cache::Size;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::VIEWPORT;

pub const COUNT: u32 = 2_000;
pub const SIZE: Size = Size {
    width: 128,
    height: 96,
};
const COLUMNS: u32 = 6;
/// Columns when all are shown.
const OVERVIEW_COLUMNS: u32 = 50;

/// Opaque noise, a different piece for each image.
pub struct Images {
    bytes: Vec<u8>,
}

impl Images {
    pub fn new() -> Self {
        let mut bytes = vec![0; 8 << 20];
        Pcg64::seed_from_u64(11).fill_bytes(&mut bytes);
        bytes.chunks_exact_mut(4).for_each(|texel| texel[3] = 255);
        Self { bytes }
    }

    pub fn rgba(&self, number: u32) -> &[u8] {
        let start = number as usize * 4_096;
        &self.bytes[start..start + SIZE.texels() as usize * 4]
    }
}

/// Images and the pixels that they cover: left, top, width and height.
pub struct View {
    pub shown: Vec<(u32, [f32; 4])>,
}

impl View {
    /// The wall scrolls to its end and back.
    pub fn scrolling(frame: u32, frames: u32) -> Self {
        let rows = COUNT.div_ceil(COLUMNS);
        let end = rows * SIZE.height - VIEWPORT.height;
        let progress = (2 * frame).min(2 * (frames - frame));
        let top = u64::from(end) * u64::from(progress) / u64::from(frames);
        let (first, last) = (
            top as u32 / SIZE.height,
            (top as u32 + VIEWPORT.height - 1) / SIZE.height,
        );
        let numbers = (first * COLUMNS..(last + 1) * COLUMNS).take_while(|number| *number < COUNT);
        let place = |number: u32| {
            let (column, row) = (number % COLUMNS, number / COLUMNS);
            let y = (row * SIZE.height) as f32 - top as f32;
            let (width, height) = (SIZE.width as f32, SIZE.height as f32);
            (number, [(column * SIZE.width) as f32, y, width, height])
        };
        Self {
            shown: numbers.map(place).collect(),
        }
    }

    /// All images, an eighth as wide and high.
    pub fn overview() -> Self {
        let (width, height) = ((SIZE.width / 8) as f32, (SIZE.height / 8) as f32);
        let place = |number: u32| {
            let (column, row) = (number % OVERVIEW_COLUMNS, number / OVERVIEW_COLUMNS);
            (
                number,
                [column as f32 * width, row as f32 * height, width, height],
            )
        };
        Self {
            shown: (0..COUNT).map(place).collect(),
        }
    }
}
