//! Pixmaps cut from one block of noise.

use pixmap_cache::{PixelFormat, Pixmap, Size};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// Where pixels come from.
#[derive(Clone, Copy)]
pub enum Source {
    /// A block that stays in the CPU's cache, like pixels that were just drawn or decoded.
    Cache,
    /// A block larger than most caches, like pixels that were prepared earlier.
    Memory,
}

impl Source {
    const fn bytes(self) -> usize {
        match self {
            Source::Cache => 8 << 20,
            Source::Memory => 64 << 20,
        }
    }
}

/// A block of random bytes.
pub struct Noise {
    bytes: Vec<u8>,
}

impl Noise {
    pub fn new(source: Source) -> Self {
        let mut bytes = vec![0; source.bytes()];
        Pcg64::seed_from_u64(1).fill_bytes(&mut bytes);
        Self { bytes }
    }

    /// Returns the `index`-th of `count` pixmaps. They are spread over the block, so that no two are equal.
    pub fn pixmap(&self, index: usize, count: usize, size: Size) -> Pixmap<'_> {
        let len = size.texels() as usize * 4;
        let start = (self.bytes.len() - len) / count.max(1) * index;
        Pixmap::new(PixelFormat::Rgba8, size, &self.bytes[start..start + len])
    }
}
