//! Pixmaps of noise, each different from every other, and places for them on a target.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapBuf, Rect, Size};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg32;

use crate::target::TARGET_SIDE;

pub fn rng(seed: u64) -> Pcg32 {
    Pcg32::seed_from_u64(seed)
}

/// No byte is 0 or 255, so that neither cleared nor transparent texels nor a target's clear color passes for noise.
pub fn noise(rng: &mut Pcg32, format: PixelFormat, size: Size) -> PixmapBuf {
    let count = size.texels() as usize * format.bytes_per_texel() as usize;
    let mut bytes = vec![0; count];
    rng.fill_bytes(&mut bytes);
    for byte in &mut bytes {
        *byte = (*byte).clamp(1, 254);
    }
    PixmapBuf::new(format, size, bytes)
}

/// Sides from 1 to `longest`.
pub fn random_size(rng: &mut Pcg32, longest: u32) -> Size {
    Size::new(rng.random_range(1..=longest), rng.random_range(1..=longest))
}

/// What a cache holds beside its pages: 16 rows of the region table, and a placeholder.
const FIXED_BYTES: u64 = 16 * 256 * 16 + 512;

/// A cache of exactly this many RGBA pages, which pixmaps may fill.
pub fn rgba_pages(commit: CommitPolicy, pages: u64, page_side: u32) -> CacheDescriptor<'static> {
    let page_bytes = u64::from(page_side) * u64::from(page_side) * 4;
    CacheDescriptor {
        budget_bytes: pages * page_bytes + FIXED_BYTES,
        format: wgpu::TextureFormat::Rgba8Unorm,
        commit,
        page_side: Some(page_side),
        max_entries: Some(4095),
        max_tiles: Some(0),
        ..Default::default()
    }
}

/// The same pages, where pixmaps longer than half of one are in tiles.
pub fn tiled_pages(commit: CommitPolicy, pages: u64, page_side: u32) -> CacheDescriptor<'static> {
    let whole = rgba_pages(commit, pages, page_side);
    CacheDescriptor {
        budget_bytes: whole.budget_bytes + 4 * 256 * 16,
        max_tiles: Some(256),
        ..whole
    }
}

/// Places for `sizes` on a target, a texel apart, row by row, the tallest first.
pub fn places(sizes: impl IntoIterator<Item = Size>) -> Vec<Rect> {
    let mut places: Vec<Rect> = sizes.into_iter().map(|size| Rect::new(0, 0, size)).collect();
    let mut tallest_first: Vec<&mut Rect> = places.iter_mut().collect();
    tallest_first.sort_by_key(|rect| std::cmp::Reverse(rect.height));
    let (mut x, mut y, mut row_height) = (0, 0, 0);
    for rect in tallest_first {
        if x + rect.width > TARGET_SIDE {
            (x, y, row_height) = (0, y + row_height + 1, 0);
        }
        (rect.x, rect.y) = (x, y);
        x += rect.width + 1;
        row_height = row_height.max(rect.height);
        assert!(rect.bottom() <= TARGET_SIDE, "the target is full");
    }
    places
}
