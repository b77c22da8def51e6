//! The cache works within each of wgpu's three sets of default limits.

use pixmap_cache::{CommitPolicy, PixelFormat, PixmapCache, PixmapKey, Size};

use crate::adapters::{Gpu, each_gpu, each_gpu_within};
use crate::churn::Churn;
use crate::draw::{Painter, sprite};
use crate::noise::{self, noise, rgba_pages};
use crate::target::Target;

fn check_pixels_within(limits: wgpu::Limits) {
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        each_gpu_within(limits.clone(), |gpu| {
            let mut churn = Churn::new(gpu, &rgba_pages(commit, 9, 128), 8);
            let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
            let painter = Painter::of_cache(gpu, &churn.cache, target.format());
            for _ in 0..1500 {
                churn.step();
            }
            pollster::block_on(gpu.run(churn.check(gpu, &painter, &target)));
            let stats = churn.cache.stats();
            assert!(stats.evacuations >= 5, "{stats:?}");
        });
    }
}

#[test]
fn pixels_are_right_within_the_limits_of_webgl2() {
    check_pixels_within(wgpu::Limits::downlevel_webgl2_defaults());
}

#[test]
fn pixels_are_right_within_the_downlevel_limits() {
    check_pixels_within(wgpu::Limits::downlevel_defaults());
}

#[test]
fn pixels_are_right_within_the_default_limits() {
    check_pixels_within(wgpu::Limits::default());
}

/// Layer counts from 2 to 14, including those that GL would take for cube textures.
#[test]
fn every_page_of_every_layer_count_shows_its_own_pixels() {
    for pages in 2..=14 {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            each_gpu(|gpu| check_each_page(gpu, commit, pages));
        }
    }
}

fn check_each_page(gpu: &Gpu, commit: CommitPolicy, pages: u64) {
    let descriptor = rgba_pages(commit, pages, 64);
    let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
    let max_pages = cache.stats().max_pages;
    assert!(u64::from(max_pages) + 1 >= pages, "{max_pages} of {pages}");
    let mut rng = noise::rng(9);
    let size = Size::new(64, 64);
    let pixmaps: Vec<_> = (0..max_pages)
        .map(|_| noise(&mut rng, PixelFormat::Rgba8, size))
        .collect();
    let keys: Vec<PixmapKey> = pixmaps
        .iter()
        .map(|pixmap| cache.insert(pixmap).expect("a page each"))
        .collect();
    cache.flush();
    let places = noise::places(pixmaps.iter().map(|pixmap| pixmap.size));
    let pairs = keys.iter().zip(&places);
    let sprites: Vec<_> = pairs.map(|(key, at)| sprite(*key, *at)).collect();
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let painter = Painter::of_cache(gpu, &cache, target.format());
    let drawn = painter.draw(gpu, &cache, &sprites, &target);
    for (page, (pixmap, at)) in pixmaps.iter().zip(&places).enumerate() {
        let pages = cache.stats().max_pages;
        assert!(drawn.rect(*at) == pixmap.bytes, "page {page} of {pages}");
    }
}

/// GL takes a texture of one layer for a plain texture and samples nothing from it.
#[test]
fn room_for_one_page_more_makes_no_texture_of_one_layer() {
    each_gpu(|gpu| {
        let mut churn = Churn::new(gpu, &rgba_pages(CommitPolicy::Stepwise, 2, 64), 20);
        let larger = rgba_pages(CommitPolicy::Stepwise, 3, 64).budget_bytes;
        let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
        let painter = Painter::of_cache(gpu, &churn.cache, target.format());
        let step = |churn: &mut Churn| {
            for _ in 0..200 {
                churn.step();
            }
            pollster::block_on(gpu.run(churn.check(gpu, &painter, &target)));
        };
        step(&mut churn);
        assert_eq!(churn.cache.page_count(), 2, "both pages are in use");
        assert_eq!(churn.cache.set_budget(larger), Ok(()), "a larger budget holds");
        step(&mut churn);
    });
}
