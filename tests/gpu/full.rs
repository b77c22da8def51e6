//! Frames up to the promised share of the budget, and beyond: nothing in use is ever lost or drawn wrong.

use pixmap_cache::{CommitPolicy, InsertError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey};

use crate::adapters::{Gpu, each_gpu};
use crate::draw::{Painter, sprite};
use crate::noise::{self, noise, rgba_pages};
use crate::target::Target;

const PAGE_SIDE: u32 = 128;

/// The entries that a frame uses, with the pixels that went in.
type InUse = Vec<(PixmapKey, PixmapBuf)>;

/// Draws everything in use through the table, reads it back, and compares both with what went in.
fn check_in_use(gpu: &Gpu, cache: &mut PixmapCache, in_use: &InUse) {
    let target = Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm);
    let painter = Painter::of_cache(gpu, cache, target.format());
    cache.flush();
    for batch in in_use.chunks(24) {
        let places = noise::places(batch.iter().map(|(_, pixels)| pixels.size));
        let sprites: Vec<_> = batch
            .iter()
            .zip(&places)
            .map(|((key, _), at)| sprite(*key, *at))
            .collect();
        let drawn = painter.draw(gpu, cache, &sprites, &target);
        for ((key, pixels), at) in batch.iter().zip(&places) {
            assert_eq!(drawn.rect(*at), pixels.bytes, "{key:?} is drawn wrong");
            assert_eq!(
                cache.read_back(*key).unwrap().bytes,
                pixels.bytes,
                "{key:?} is stored wrong"
            );
        }
    }
}

fn fill_to_the_brim(gpu: &Gpu, commit: CommitPolicy, longest: u32, promised: f64) {
    let mut cache: PixmapCache =
        PixmapCache::new(&gpu.device, &gpu.queue, &rgba_pages(commit, 16, PAGE_SIDE)).unwrap();
    let mut random = noise::rng(u64::from(longest));
    let mut draw = || {
        let size = noise::random_size(&mut random, longest);
        noise(&mut random, PixelFormat::Rgba8, size)
    };
    // Every page holds entries of many frames.
    let mut all: InUse = Vec::new();
    while cache.stats().evacuations < 20 {
        cache.begin_frame();
        for _ in 0..6 {
            let pixels = draw();
            all.push((cache.insert(&pixels).unwrap(), pixels));
        }
    }
    all.retain(|(key, _)| cache.contains(*key));
    // One frame: every third of the old entries, spread over all pages, and new ones until the pages are full.
    cache.begin_frame();
    let mut in_use: InUse = all.into_iter().step_by(3).collect();
    in_use.retain(|(key, _)| cache.touch(*key));
    let page_bytes = u64::from(cache.page_count() * PAGE_SIDE * PAGE_SIDE * 4);
    let refused = loop {
        let pixels = draw();
        match cache.insert(&pixels) {
            Ok(key) => in_use.push((key, pixels)),
            Err(error) => break error,
        }
    };
    let InsertError::Full {
        needed_bytes,
        protected_bytes,
        ..
    } = refused
    else {
        panic!("{refused:?} instead of Full");
    };
    let share = (protected_bytes + needed_bytes) as f64 / page_bytes as f64;
    assert!(
        share > promised,
        "full with {share:.2} of the pages in use, {commit:?}, sides up to {longest}"
    );
    check_in_use(gpu, &mut cache, &in_use);
}

#[test]
fn a_frame_beyond_the_budget_is_refused_and_what_is_in_use_is_drawn_right() {
    each_gpu(|gpu| {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            fill_to_the_brim(gpu, commit, PAGE_SIDE / 4, 0.70);
            fill_to_the_brim(gpu, commit, PAGE_SIDE / 2, 0.50);
        }
    });
}
