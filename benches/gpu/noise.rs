//! Pixmaps of noise, cut from one block of it.

use pixmap_cache::{PixelFormat, Pixmap, Size};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// Larger than any cache of a CPU, so that pixels come from memory, as decoded images do.
const BYTES: usize = 64 << 20;

pub struct Noise {
    bytes: Vec<u8>,
}

impl Noise {
    pub fn new() -> Self {
        let mut bytes = vec![0; BYTES];
        Pcg64::seed_from_u64(1).fill_bytes(&mut bytes);
        Self { bytes }
    }

    /// The `index`-th of `count` pixmaps: spread over the block, so that no two are the same.
    pub fn pixmap(&self, index: usize, count: usize, size: Size) -> Pixmap<'_> {
        let len = size.texels() as usize * 4;
        let start = (BYTES - len) / count.max(1) * index;
        Pixmap::new(PixelFormat::Rgba8, size, &self.bytes[start..start + len])
    }
}
