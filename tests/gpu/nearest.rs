//! Nearest filtering: every sample shows one texel of the pixmap, the one it lies on.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, Size};

use crate::adapters::{Gpu, each_gpu};
use crate::draw::{Painter, sprite};
use crate::noise::{self, noise, tiled_pages};
use crate::target::Target;

/// Distance in texels from a border within which a sample may show either texel.
const BORDER: f32 = 1e-3;

fn check(gpu: &Gpu, commit: CommitPolicy, scale: f32) {
    let descriptor = CacheDescriptor {
        filter: wgpu::FilterMode::Nearest,
        ..tiled_pages(commit, 8, 64)
    };
    let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
    let mut rng = noise::rng(13);
    // Those longer than half a page are in tiles.
    let sizes = [(64, 64), (70, 9), (13, 29), (1, 1), (2, 31), (30, 1), (7, 5)];
    let pixmaps = sizes.map(|(w, h)| noise(&mut rng, PixelFormat::Rgba8, Size::new(w, h)));
    let keys = pixmaps.each_ref().map(|p| cache.insert(p).expect("room"));
    cache.flush();
    let scaled = |texels: u32| (texels as f32 * scale).ceil() as u32;
    let sizes = pixmaps.iter().map(|p| p.size);
    let places = noise::places(sizes.map(|s| Size::new(scaled(s.width), scaled(s.height))));
    let pairs = keys.iter().zip(&places);
    let sprites: Vec<_> = pairs.map(|(key, at)| sprite(*key, *at)).collect();
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let painter = Painter::of_cache(gpu, &cache, target.format());
    let drawn = painter.draw(gpu, &cache, &sprites, &target);
    for (pixmap, at) in pixmaps.iter().zip(&places) {
        let drawn_size = at.size();
        for y in 0..drawn_size.height {
            for x in 0..drawn_size.width {
                let columns = texels_under(x, drawn_size.width, pixmap.size.width);
                let rows = texels_under(y, drawn_size.height, pixmap.size.height);
                let there = drawn.texel(at.x + x, at.y + y);
                let allowed = rows.iter().flat_map(|row| columns.map(|column| (column, *row)));
                let shown = allowed.map(|(column, row)| texel(pixmap, column, row));
                assert!(
                    shown.into_iter().any(|texel| texel == there),
                    "{pixmap:?} at {scale}x: {x}, {y} shows {there:?}"
                );
            }
        }
    }
}

/// The texels of a pixmap's side that sample `at` of `samples` may show: one, or on a border two.
fn texels_under(at: u32, samples: u32, texels: u32) -> [u32; 2] {
    let centre = (at as f32 + 0.5) * texels as f32 / samples as f32;
    [centre - BORDER, centre + BORDER].map(|texel| (texel as u32).min(texels - 1))
}

fn texel(pixmap: &PixmapBuf, x: u32, y: u32) -> &[u8] {
    let at = (y * pixmap.bytes_per_row + x * 4) as usize;
    &pixmap.bytes[at..at + 4]
}

#[test]
fn magnified_samples_show_the_texel_they_lie_on() {
    each_gpu(|gpu| check(gpu, CommitPolicy::Upfront, 5.3));
    each_gpu(|gpu| check(gpu, CommitPolicy::Stepwise, 5.3));
}

#[test]
fn minified_samples_show_the_texel_they_lie_on() {
    each_gpu(|gpu| check(gpu, CommitPolicy::Upfront, 0.37));
    each_gpu(|gpu| check(gpu, CommitPolicy::Stepwise, 0.37));
}
