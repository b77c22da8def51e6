//! The pixmaps of a scene and the places of their sprites.

use pixmap_cache::{Pixmap, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::painter::TARGET_SIDE;
use bench_kit::gpu::Noise;

pub const SPRITES: usize = 100_000;

/// One quad: pixmap, corner and size in texels of the target.
#[derive(Clone, Copy)]
pub struct Sprite {
    pub pixmap: usize,
    pub at: [f32; 4],
}

pub struct Scene<'n> {
    pub pixmaps: Vec<Pixmap<'n>>,
    /// Sorted by pixmap.
    pub sprites: Vec<Sprite>,
    /// Fills the rest of the cache; never drawn.
    pub filler: Option<Pixmap<'n>>,
}

/// Texels inserted into a cache of 64 MiB, which leaves room for what packing wastes.
const TEXELS: u64 = 12 << 20;

impl<'n> Scene<'n> {
    pub fn new(noise: &'n Noise, sprite_side: u32, pixmaps: usize) -> Self {
        // Sprites of one texel show pixmaps of 2 x 2: hardly any pixmap is smaller.
        let side = if sprite_side == 1 { 2 } else { sprite_side };
        let size = Size::new(side, side);
        let mut random = Pcg64::seed_from_u64(3);
        let mut corner = || random.random_range(0..=TARGET_SIDE - sprite_side) as f32;
        let mut sprite = |number| Sprite {
            pixmap: number * pixmaps / SPRITES,
            at: [corner(), corner(), sprite_side as f32, sprite_side as f32],
        };
        let spare = (TEXELS / pixmaps as u64).saturating_sub(size.texels());
        let filler_side = spare.isqrt() as u32;
        Self {
            pixmaps: (0..pixmaps)
                .map(|index| noise.pixmap(index, pixmaps, size))
                .collect(),
            sprites: (0..SPRITES).map(&mut sprite).collect(),
            filler: (filler_side > 0).then(|| noise.pixmap(0, 1, Size::new(filler_side, filler_side))),
        }
    }
}
