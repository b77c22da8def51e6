//! Pixmaps of noise, cut from one block of it.

use pixmap_cache::{PixelFormat, Pixmap, Size};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// Where pixels come from.
#[derive(Clone, Copy)]
pub enum Source {
    /// A block that stays in a CPU's cache, as pixels do that have just been drawn or decoded.
    Cache,
    /// One larger than most caches, as what has lain ready for a while.
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

pub struct Noise {
    bytes: Vec<u8>,
}

impl Noise {
    pub fn new(source: Source) -> Self {
        let mut bytes = vec![0; source.bytes()];
        Pcg64::seed_from_u64(1).fill_bytes(&mut bytes);
        Self { bytes }
    }

    /// The `index`-th of `count` pixmaps: spread over the block, so that no two are the same.
    pub fn pixmap(&self, index: usize, count: usize, size: Size) -> Pixmap<'_> {
        let len = size.texels() as usize * 4;
        let start = (self.bytes.len() - len) / count.max(1) * index;
        Pixmap::new(PixelFormat::Rgba8, size, &self.bytes[start..start + len])
    }
}
