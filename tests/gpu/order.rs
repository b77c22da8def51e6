//! Moves and uploads take effect in the layout's order, and ids follow, whenever the user records and submits.

use pixmap_cache::{
    CommitPolicy, InsertError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Rect, Region, ReplaceError,
    Size,
};
use rand_pcg::Pcg32;

use crate::adapters::{Gpu, each_gpu};
use crate::draw::{Painter, Sprite, sprite};
use crate::noise::{self, noise, rgba_pages};
use crate::target::{Drawn, Target};

const SIDE: u32 = 16;
const PAGE_SIDE: u32 = 64;
/// Pixmaps of `SIDE` that a page holds.
const PER_PAGE: usize = 16;

/// When the cache is flushed while the scene is set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Once,
    AfterEachInsertion,
}

/// A cache with full pages, in a frame that draws one in eight of its pixmaps.
struct Scene {
    cache: PixmapCache,
    rng: Pcg32,
    /// Touched or inserted in the current frame.
    in_use: Vec<(PixmapKey, PixmapBuf)>,
    /// Neither.
    idle: Vec<PixmapKey>,
}

impl Scene {
    /// A cache of four pages, all of them full.
    fn new(gpu: &Gpu, commit: CommitPolicy) -> Self {
        Self::with_pages(gpu, commit, (4, 4))
    }

    /// Pages of the cache, and how many of them are full.
    fn with_pages(gpu: &Gpu, commit: CommitPolicy, (pages, full): (u64, usize)) -> Self {
        let descriptor = rgba_pages(commit, pages, PAGE_SIDE);
        let mut scene = Self {
            cache: PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache"),
            rng: noise::rng(5),
            in_use: Vec::new(),
            idle: Vec::new(),
        };
        for _ in 0..full * PER_PAGE {
            scene.insert();
        }
        scene.cache.flush();
        scene.cache.begin_frame();
        let inserted = std::mem::take(&mut scene.in_use).into_iter().enumerate();
        for (index, (key, pixmap)) in inserted {
            if index % 8 == 0 && scene.cache.touch(key) {
                scene.in_use.push((key, pixmap));
            } else {
                scene.idle.push(key);
            }
        }
        scene
    }

    fn insert(&mut self) -> PixmapKey {
        let pixmap = noise(&mut self.rng, PixelFormat::Rgba8, Size::new(SIDE, SIDE));
        let key = self.cache.insert(&pixmap).expect("room");
        self.in_use.push((key, pixmap));
        key
    }

    fn region(&self, key: PixmapKey) -> Region {
        self.cache.region(key).expect("what is in use is resident")
    }

    /// Inserts until something in use has been moved and something new lies where it was.
    fn move_out_and_reuse(&mut self, flush: Flush) {
        let drawn = self.in_use.len();
        let before: Vec<Region> = self.in_use.iter().map(|(k, _)| self.region(*k)).collect();
        for _ in 0..2 * PER_PAGE {
            self.insert();
            if flush == Flush::AfterEachInsertion {
                self.cache.flush();
            }
            let newcomers = &self.in_use[drawn..];
            let reused = newcomers.iter().any(|(new, _)| {
                let new = self.region(*new);
                let mut moved = self.in_use.iter().zip(&before);
                moved.any(|((key, _), from)| self.region(*key) != *from && overlap(new, *from))
            });
            if reused {
                self.cache.flush();
                return;
            }
        }
        panic!("nothing was moved out of the way: {:?}", self.cache.stats());
    }

    fn sprites(&self) -> Vec<Sprite> {
        let keys = self.in_use.iter().map(|(key, _)| *key);
        keys.enumerate().map(|(i, key)| sprite(key, place(i))).collect()
    }

    /// Checks that each of the first sprites shows its own pixmap.
    fn check(&self, drawn: &Drawn, count: usize) {
        assert!(count >= 4, "only {count} pixmaps in use");
        for (index, (key, pixmap)) in self.in_use[..count].iter().enumerate() {
            assert!(self.cache.contains(*key), "{key:?} is in use");
            assert!(
                drawn.rect(place(index)) == pixmap.bytes,
                "{index}, {key:?}, shows its own pixels"
            );
        }
    }
}

fn overlap(a: Region, b: Region) -> bool {
    a.page == b.page && a.rect.overlaps(b.rect)
}

/// In a grid of 32 columns.
fn place(index: usize) -> Rect {
    let (x, y) = (index as u32 % 32, index as u32 / 32);
    Rect::new(x * SIDE, y * SIDE, Size::new(SIDE, SIDE))
}

fn target(gpu: &Gpu) -> Target {
    Target::new(gpu, wgpu::TextureFormat::Rgba8Unorm)
}

fn check_reuse(commit: CommitPolicy, flush: Flush) {
    each_gpu(|gpu| {
        let mut scene = Scene::new(gpu, commit);
        scene.move_out_and_reuse(flush);
        let target = target(gpu);
        let painter = Painter::of_cache(gpu, &scene.cache, target.format());
        let drawn = painter.draw(gpu, &scene.cache, &scene.sprites(), &target);
        scene.check(&drawn, scene.in_use.len());
    });
}

#[test]
fn a_place_moved_out_of_is_reused_in_the_same_flush() {
    check_reuse(CommitPolicy::Upfront, Flush::Once);
    check_reuse(CommitPolicy::Stepwise, Flush::Once);
}

#[test]
fn a_place_moved_out_of_is_reused_over_several_flushes_before_the_user_submits() {
    check_reuse(CommitPolicy::Upfront, Flush::AfterEachInsertion);
    check_reuse(CommitPolicy::Stepwise, Flush::AfterEachInsertion);
}

#[test]
fn a_pass_recorded_before_a_flush_and_submitted_after_it_draws_the_right_pixels() {
    each_gpu(|gpu| {
        for flush in [Flush::Once, Flush::AfterEachInsertion] {
            let mut scene = Scene::new(gpu, CommitPolicy::Upfront);
            let target = target(gpu);
            let painter = Painter::of_cache(gpu, &scene.cache, target.format());
            let sprites = scene.sprites();
            let group = scene.cache.bind_group();
            let recorded = painter.record(gpu, &[(group, &sprites)], &target);
            scene.move_out_and_reuse(flush);
            gpu.queue.submit([recorded]);
            scene.check(&target.read(gpu), sprites.len());
        }
    });
}

#[test]
fn an_id_evicted_between_recording_and_submission_draws_transparent() {
    each_gpu(|gpu| {
        let mut scene = Scene::new(gpu, CommitPolicy::Upfront);
        let target = target(gpu);
        let painter = Painter::of_cache(gpu, &scene.cache, target.format());
        let ids = scene.idle.iter().enumerate();
        let sprites: Vec<_> = ids.map(|(i, key)| sprite(*key, place(i))).collect();
        let group = scene.cache.bind_group();
        let recorded = painter.record(gpu, &[(group, &sprites)], &target);
        scene.move_out_and_reuse(Flush::Once);
        gpu.queue.submit([recorded]);
        let drawn = target.read(gpu);
        let mut evicted = 0;
        for (index, key) in scene.idle.iter().enumerate() {
            if !scene.cache.contains(*key) {
                let there = drawn.rect(place(index));
                assert!(there.iter().all(|b| *b == 0), "{key:?} is transparent");
                evicted += 1;
            }
        }
        assert!(evicted > 0, "something was evicted");
    });
}

/// The bind group of the pass lacks the textures; what it draws stays on those it has.
#[test]
fn a_pass_recorded_before_textures_were_committed_draws_the_right_pixels() {
    each_gpu(|gpu| {
        let mut scene = Scene::with_pages(gpu, CommitPolicy::Stepwise, (16, 2));
        let (target, later) = (target(gpu), target(gpu));
        let painter = Painter::of_cache(gpu, &scene.cache, target.format());
        let sprites = scene.sprites();
        let group = scene.cache.bind_group().clone();
        let recorded = painter.record(gpu, &[(&group, &sprites)], &target);
        let before = scene.cache.page_count();
        // More than the rest of the budget, so that the earlier pages are evacuated.
        while scene.cache.stats().evacuations < 1 {
            scene.insert();
        }
        scene.cache.flush();
        assert!(scene.cache.page_count() > before, "textures were committed");
        gpu.queue.submit([recorded]);
        scene.check(&target.read(gpu), sprites.len());
        let all = scene.sprites();
        let drawn = painter.draw(gpu, &scene.cache, &all, &later);
        scene.check(&drawn, all.len());
    });
}

/// New pixels must not go to a texture that the recorded pass lacks; they are refused then, and the old ones stay.
#[test]
fn pixels_replaced_in_the_frame_of_a_commit_are_drawn_by_a_pass_recorded_before_it() {
    each_gpu(|gpu| {
        let mut scene = Scene::with_pages(gpu, CommitPolicy::Stepwise, (16, 2));
        let target = target(gpu);
        let painter = Painter::of_cache(gpu, &scene.cache, target.format());
        let sprites = scene.sprites();
        let group = scene.cache.bind_group().clone();
        let recorded = painter.record(gpu, &[(&group, &sprites)], &target);
        scene.insert();
        let pages = scene.cache.page_count();
        assert!(pages > 2, "a texture was committed: {pages} pages");
        // Shorter by a row, so that it needs another place.
        let size = Size::new(SIDE, SIDE - 1);
        let mut replaced = Vec::new();
        for (key, old) in &scene.in_use[..sprites.len()] {
            let pixmap = noise(&mut scene.rng, PixelFormat::Rgba8, size);
            match scene.cache.replace(*key, &pixmap) {
                Ok(()) => replaced.push(pixmap),
                Err(ReplaceError::Insert(InsertError::Full { .. })) => replaced.push(old.clone()),
                Err(error) => panic!("in use: {error}"),
            }
        }
        scene.cache.flush();
        gpu.queue.submit([recorded]);
        let drawn = target.read(gpu);
        for (index, pixmap) in replaced.iter().enumerate() {
            let at = place(index);
            // The upper half texel shows the first row, stretched or not.
            let first_row = Rect::new(at.x, at.y, Size::new(SIDE, 1));
            assert!(
                drawn.rect(first_row) == pixmap.bytes[..4 * SIDE as usize],
                "{index} shows its own pixels"
            );
        }
    });
}

/// An upload that is not submitted yet is moved, and moved again.
#[test]
fn what_was_never_flushed_survives_evacuations() {
    each_gpu(|gpu| {
        let mut scene = Scene::new(gpu, CommitPolicy::Upfront);
        let kept = scene.in_use.len();
        let moved_from = |scene: &Scene| -> Vec<Region> {
            scene.in_use[..kept]
                .iter()
                .map(|(k, _)| scene.region(*k))
                .collect()
        };
        // Pixels that only wait in staging memory.
        for index in 0..kept {
            let pixmap = noise(&mut scene.rng, PixelFormat::Rgba8, Size::new(SIDE, SIDE));
            let (key, _) = scene.in_use[index];
            assert_eq!(scene.cache.replace(key, &pixmap), Ok(()));
            scene.in_use[index].1 = pixmap;
        }
        let before = moved_from(&scene);
        while scene.cache.stats().evacuations < 12 {
            scene.in_use.truncate(kept);
            scene.cache.begin_frame();
            for (key, _) in &scene.in_use {
                assert!(scene.cache.touch(*key), "in use in every frame");
            }
            scene.insert();
        }
        assert_ne!(moved_from(&scene), before, "what waits was moved");
        scene.cache.flush();
        let target = target(gpu);
        let painter = Painter::of_cache(gpu, &scene.cache, target.format());
        let drawn = painter.draw(gpu, &scene.cache, &scene.sprites(), &target);
        scene.check(&drawn, scene.in_use.len());
    });
}
