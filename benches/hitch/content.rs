//! The streams of pixmaps: which kinds, how large, how many new ones in each frame.

use pixmap_cache::{PixelFormat, Pixmap, Size};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// A kind of pixmaps, and what a frame does with them.
pub struct Content {
    pub name: &'static str,
    pub format: wgpu::TextureFormat,
    /// Widths and heights, drawn independently.
    pub sides: std::ops::RangeInclusive<u32>,
    /// Pixmaps inserted by each frame, none of them seen before.
    pub new_per_frame: u32,
    /// Older pixmaps that each frame looks for, beside those of the last frames. Those evicted aren't inserted again.
    pub finds_of_older: u32,
    pub budgets_mib: &'static [u64],
}

pub const CONTENTS: [Content; 4] = [
    Content {
        name: "masks",
        format: wgpu::TextureFormat::R8Unorm,
        sides: 8..=24,
        new_per_frame: 300,
        finds_of_older: 1_200,
        budgets_mib: &[4, 64, 256],
    },
    Content {
        name: "icons",
        format: wgpu::TextureFormat::Rgba8Unorm,
        sides: 16..=64,
        new_per_frame: 100,
        finds_of_older: 400,
        budgets_mib: &[4, 64, 256],
    },
    Content {
        name: "thumbnails",
        format: wgpu::TextureFormat::Rgba8Unorm,
        sides: 96..=192,
        new_per_frame: 10,
        finds_of_older: 40,
        budgets_mib: &[16, 64, 256],
    },
    Content {
        name: "tiled pictures",
        format: wgpu::TextureFormat::Rgba8Unorm,
        sides: 1_100..=1_400,
        new_per_frame: 1,
        finds_of_older: 4,
        budgets_mib: &[64, 256],
    },
];

/// Random bytes from which pixels are cut: they stay in the CPU's cache, like pixels that were just made.
pub struct Pixels {
    bytes: Vec<u8>,
    pixels: PixelFormat,
}

impl Pixels {
    pub fn new(content: &Content) -> Self {
        let mut bytes = vec![0; 8 << 20];
        Pcg64::seed_from_u64(1).fill_bytes(&mut bytes);
        let pixels = match content.format {
            wgpu::TextureFormat::R8Unorm => PixelFormat::R8,
            _ => PixelFormat::Rgba8,
        };
        Self { bytes, pixels }
    }

    pub fn of(&self, number: u64, size: Size) -> Pixmap<'_> {
        let len = size.texels() as usize * self.pixels.bytes_per_texel() as usize;
        let start = number as usize * 4_096 % (self.bytes.len() - len);
        Pixmap::new(self.pixels, size, &self.bytes[start..start + len])
    }
}

/// Sizes of a stream, by number. Far fewer than there are pixmaps, and repeated.
pub fn sizes(content: &Content) -> Vec<Size> {
    let mut random = Pcg64::seed_from_u64(7);
    let mut side = || random.random_range(content.sides.clone());
    (0..4_093).map(|_| Size::new(side(), side())).collect()
}
