//! No bleeding without gutters: at any scale, a pixmap amid garbage is drawn as from its own texture.

use std::collections::BTreeSet;

use pixmap_cache::{CommitPolicy, PageIndex, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Rect, Size};
use rand_pcg::Pcg32;

use crate::adapters::{Gpu, each_gpu};
use crate::draw::{PLAIN, Painter, Sprite, sprite};
use crate::noise::{self, noise, rgba_pages};
use crate::own_texture::{Sampling, draw_from_own_textures};
use crate::target::Target;

const PAGES: u64 = 16;
const PAGE_SIDE: u32 = 64;
const MAGNIFIED: f32 = 5.3;
const MINIFIED: f32 = 0.37;

/// One that fills a page, four that have a corner of a page each, and sizes without inner texels.
const SIZES: [(u32, u32); 16] = [
    (64, 64),
    (32, 32),
    (32, 32),
    (32, 32),
    (32, 32),
    (1, 1),
    (1, 37),
    (37, 1),
    (2, 2),
    (13, 29),
    (29, 13),
    (31, 31),
    (3, 5),
    (16, 16),
    (7, 24),
    (24, 7),
];

/// The whole pixmap, more than it, and reversed.
const UVS: [[f32; 4]; 3] = [[0.0, 0.0, 1.0, 1.0], [-0.3, -0.4, 1.2, 1.5], [1.0, 1.0, 0.0, 0.0]];

type Taken = Vec<(PixmapKey, PixmapBuf)>;

/// Noise of nearly black and nearly white.
fn garbage(rng: &mut Pcg32, size: Size) -> PixmapBuf {
    let mut pixmap = noise(rng, PixelFormat::Rgba8, size);
    for byte in &mut pixmap.bytes {
        let shade = *byte / 8;
        *byte = if *byte < 128 { 1 + shade } else { 223 + shade };
    }
    pixmap
}

/// A cache whose pages are all filled with the noise of removed pixmaps.
fn cache_of_garbage(gpu: &Gpu, commit: CommitPolicy, rng: &mut Pcg32) -> PixmapCache {
    let descriptor = rgba_pages(commit, PAGES, PAGE_SIDE);
    let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
    for _ in 0..cache.stats().max_pages {
        let page = garbage(rng, Size::new(PAGE_SIDE, PAGE_SIDE));
        cache.insert(&page).expect("room for a page each");
    }
    cache.flush();
    cache.clear();
    cache
}

/// Noise between a half and five eighths, far from the garbage's.
fn faint_noise(rng: &mut Pcg32, size: Size) -> PixmapBuf {
    let mut pixmap = noise(rng, PixelFormat::Rgba8, size);
    for byte in &mut pixmap.bytes {
        *byte = 112 + *byte / 8;
    }
    pixmap
}

fn insert_sizes(cache: &mut PixmapCache, rng: &mut Pcg32) -> Taken {
    let taken = SIZES.map(|(width, height)| {
        let pixmap = faint_noise(rng, Size::new(width, height));
        let key = cache.insert(&pixmap).expect("room for all");
        (key, pixmap)
    });
    cache.flush();
    taken.into()
}

/// Sides are scaled and not rounded; corners lie between texels.
fn scaled(taken: &Taken, scale: f32, uv: [f32; 4]) -> Vec<Sprite> {
    let side = |texels: u32| texels as f32 * scale;
    let room = |texels: u32| side(texels).ceil() as u32 + 1;
    let sizes = taken
        .iter()
        .map(|(_, p)| Size::new(room(p.size.width), room(p.size.height)));
    let places = noise::places(sizes);
    let pairs = taken.iter().zip(places);
    pairs
        .map(|((key, pixmap), place)| Sprite {
            at: [
                place.x as f32 + 0.41,
                place.y as f32 + 0.17,
                side(pixmap.size.width),
                side(pixmap.size.height),
            ],
            uv,
            ..sprite(*key, place)
        })
        .collect()
}

/// Draws from the cache and from one texture per pixmap, and compares.
///
/// A sampler weighs its four texels in steps of 1/256. Where a weight lies halfway between two steps, to within a float's
/// last bits, it may round differently on a page than on a separate texture. lavapipe and llvmpipe do so for 50 bytes in
/// a million on pages of 64, for more on longer ones, and never when minified.
fn compare(gpu: &Gpu, cache: &PixmapCache, taken: &Taken, scale: f32, uv: [f32; 4]) {
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let sprites = scaled(taken, scale, uv);
    let painter = Painter::of_cache(gpu, cache, target.format());
    let drawn = painter.draw(gpu, cache, &sprites, &target);
    let covered: f32 = sprites.iter().map(|s| s.at[2] * s.at[3] * 4.0).sum();

    let sampling = Sampling {
        format: wgpu::TextureFormat::Rgba8Unorm,
        filter: wgpu::FilterMode::Linear,
        address: wgpu::AddressMode::ClampToEdge,
        brush: PLAIN,
    };
    let pixmaps = taken.iter().map(|(_, pixmap)| pixmap);
    let draws: Vec<_> = pixmaps.zip(sprites).collect();
    let own = draw_from_own_textures(gpu, sampling, &draws, &target);

    let difference = drawn.difference(&own);
    let message = format!("edges at {scale}x, uv {uv:?}: {difference:?}");
    assert!(difference.most <= 1, "{message}");
    if gpu.software {
        let share = cache.page_side() as f32 / 200_000.0;
        let rounded = if scale < 1.0 { 0.0 } else { covered * share };
        assert!(difference.bytes as f32 <= rounded, "{message}");
    }
}

fn check_edges(commit: CommitPolicy, scale: f32) {
    each_gpu(|gpu| {
        let rng = &mut noise::rng(3);
        let mut cache = cache_of_garbage(gpu, commit, rng);
        let mut pages = BTreeSet::new();
        for _ in 0..4 {
            let taken = insert_sizes(&mut cache, rng);
            let regions = taken.iter().filter_map(|(key, _)| cache.region(*key));
            pages.extend(regions.map(|region| region.page));
            for uv in UVS {
                compare(gpu, &cache, &taken, scale, uv);
            }
        }
        assert!(pages.len() >= 10, "pixmaps on every texture: {pages:?}");
    });
}

#[test]
fn magnified_edges_show_no_neighbor_under_upfront() {
    check_edges(CommitPolicy::Upfront, MAGNIFIED);
}

#[test]
fn magnified_edges_show_no_neighbor_under_stepwise() {
    check_edges(CommitPolicy::Stepwise, MAGNIFIED);
}

#[test]
fn minified_edges_show_no_neighbor_under_upfront() {
    check_edges(CommitPolicy::Upfront, MINIFIED);
}

#[test]
fn minified_edges_show_no_neighbor_under_stepwise() {
    check_edges(CommitPolicy::Stepwise, MINIFIED);
}

/// The tests above rely on this: there is something to bleed.
#[test]
fn a_cleared_cache_leaves_garbage_around_what_comes_next() {
    each_gpu(|gpu| {
        let rng = &mut noise::rng(3);
        let mut cache = cache_of_garbage(gpu, CommitPolicy::Upfront, rng);
        let pixmap = noise(rng, PixelFormat::Rgba8, Size::new(9, 9));
        let key = cache.insert(&pixmap).expect("room");
        let rect = cache.region(key).expect("resident").rect;
        assert_eq!(rect, Rect::new(0, 0, Size::new(9, 9)));
        let page = cache.read_page(PageIndex(0)).expect("committed");
        let around = Rect::new(0, 0, Size::new(10, 10));
        let around = crate::record::crop(&page, around);
        assert!(around.iter().all(|byte| *byte != 0), "garbage on all sides");
    });
}

/// Coordinates on a page of the longest side need the most bits.
#[test]
fn edges_in_the_far_corner_of_the_longest_page_show_no_neighbor() {
    each_gpu(|gpu| {
        let rng = &mut noise::rng(4);
        let side = gpu.device.limits().max_texture_dimension_2d;
        let descriptor = rgba_pages(CommitPolicy::Upfront, 2, side);
        let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
        let insert = |cache: &mut PixmapCache, width, height, rng: &mut Pcg32| {
            let pixmap = faint_noise(rng, Size::new(width, height));
            (cache.insert(&pixmap).expect("room"), pixmap)
        };
        insert(&mut cache, side, side - 50, rng);
        insert(&mut cache, side - 50, 50, rng);
        let taken = vec![insert(&mut cache, 50, 50, rng)];
        cache.flush();
        let rect = cache.region(taken[0].0).expect("resident").rect;
        assert_eq!((rect.right(), rect.bottom()), (side, side), "in the corner");

        for scale in [MAGNIFIED, MINIFIED, 1.0] {
            compare(gpu, &cache, &taken, scale, UVS[1]);
        }
    });
}
