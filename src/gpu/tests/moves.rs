//! Moves and rebuilds one by one.

use super::super::staging_pool::KEPT_FLUSHES;
use super::adapters::{Gpu, each_gpu, each_gpu_within};
use super::scene::{FORMATS, Scene, region, ways};
use crate::descriptor::CommitPolicy;
use crate::key::PixmapKey;
use crate::layout::{PageIndex, Placement, Region};

/// On every adapter, in every format and both ways of committing, with every way of copying.
fn each_scene(test: impl Fn(&mut Scene, &str)) {
    each_gpu(|gpu| {
        for format in FORMATS {
            for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
                for &way in ways(gpu) {
                    let mut scene = scene(gpu, format, commit, way);
                    test(&mut scene, &format!("{format:?}, {commit:?}, as on {way:?}"));
                }
            }
        }
    });
}

fn scene(gpu: &Gpu, format: wgpu::TextureFormat, commit: CommitPolicy, way: wgpu::Backend) -> Scene {
    let mut scene = Scene::new(gpu, format, commit);
    scene.atlas.uploads.copy_as_on(way);
    scene
}

/// A page full of squares, in rows from the left.
fn fill(scene: &mut Scene, page: u32, side: u32, count: u32) -> Vec<PixmapKey> {
    let per_row = 128 / side;
    let place = |index: u32| {
        let at = region(page, index % per_row * side, index / per_row * side, (side, side));
        scene.place(at, Placement::Skyline)
    };
    (0..count).map(place).collect()
}

fn flush(scene: &mut Scene) {
    assert!(scene.atlas.flush(), "memory");
}

/// Moves each entry by a texel to the right and down, the last one first. The targets overlap the sources of others.
fn shifted(scene: &Scene, keys: &[PixmapKey]) -> Vec<(PixmapKey, Region)> {
    let shift = |key: &PixmapKey| {
        let mut to = scene.entries[*key].region;
        to.rect.x += 1;
        to.rect.y += 1;
        (*key, to)
    };
    keys.iter().rev().map(shift).collect()
}

#[test]
fn a_rebuild_reads_all_before_it_writes_over_its_own_page() {
    each_scene(|scene, case| {
        let keys = fill(scene, 1, 17, 30);
        flush(scene);
        let mut moves = shifted(scene, &keys);
        for turn in 0..3 {
            scene.rebuild(PageIndex(1), &moves);
            // Each takes the place of another.
            moves.rotate_left(1);
            let places: Vec<Region> = moves.iter().map(|(key, _)| scene.entries[*key].region).collect();
            for ((_, to), place) in moves.iter_mut().zip(places.iter().rev()) {
                *to = *place;
            }
            if turn == 1 {
                flush(scene);
            }
        }
        scene.check(case);
    });
}

#[test]
fn moves_of_one_flush_follow_each_other_from_page_to_page() {
    each_scene(|scene, case| {
        let keys = fill(scene, 0, 19, 12);
        flush(scene);
        for page in [1, 2, 5, 0, 3] {
            for (index, key) in keys.iter().enumerate() {
                let at = region(
                    page,
                    7 + 20 * (index as u32 % 4),
                    page + 21 * (index as u32 / 4),
                    (19, 19),
                );
                scene.move_to(*key, at);
            }
        }
        scene.check(case);
    });
}

#[test]
fn what_waits_for_a_flush_is_moved_and_rebuilt_as_well() {
    each_scene(|scene, case| {
        upload_move_and_rebuild(scene);
        scene.check(case);
    });
}

/// Uploads, rebuilds and moves, none of them alone in its flush.
fn upload_move_and_rebuild(scene: &mut Scene) {
    let keys = fill(scene, 2, 15, 40);
    let large = scene.place(region(3, 1, 2, (100, 90)), Placement::Gap);
    let moves = shifted(scene, &keys);
    scene.rebuild(PageIndex(2), &moves);
    scene.move_to(large, region(4, 0, 30, (100, 90)));
    let after = scene.place(region(3, 1, 2, (64, 64)), Placement::Skyline);
    scene.move_to(after, region(0, 33, 44, (64, 64)));
}

#[test]
fn buffers_smaller_than_a_page_do_for_uploads_and_moves() {
    let limits = wgpu::Limits {
        max_buffer_size: 16 << 10,
        ..wgpu::Limits::downlevel_webgl2_defaults()
    };
    each_gpu_within(limits, |gpu| {
        for format in FORMATS {
            for &way in ways(gpu) {
                let mut scene = scene(gpu, format, CommitPolicy::Stepwise, way);
                upload_move_and_rebuild(&mut scene);
                scene.check(&format!("{format:?}, as on {way:?}"));
            }
        }
    });
}

#[test]
fn without_scratch_memory_everything_waits_for_the_next_flush() {
    each_gpu(|gpu| {
        let way = wgpu::Backend::Gl;
        let mut scene = scene(gpu, FORMATS[0], CommitPolicy::Stepwise, way);
        upload_move_and_rebuild(&mut scene);
        scene.atlas.uploads.refuse_scratch(2);
        for _ in 0..2 {
            let before = scene.atlas.submissions();
            assert!(!scene.atlas.flush(), "no memory");
            assert_eq!(scene.atlas.submissions(), before, "nothing goes");
            assert!(scene.atlas.table.is_dirty(), "the table's rows wait, too");
            let key = scene.place(region(0, 0, 0, (20, 20)), Placement::Gap);
            scene.move_to(key, region(5, 0, 0, (20, 20)));
            scene.forget(key);
        }
        scene.check("after two refusals");
    });
}

#[test]
fn scratch_memory_counts_as_staging_memory_until_it_is_given_back() {
    each_gpu(|gpu| {
        let mut scene = scene(gpu, FORMATS[0], CommitPolicy::Stepwise, wgpu::Backend::Gl);
        let small = scene.place(region(0, 0, 0, (8, 8)), Placement::Gap);
        let large = scene.place(region(1, 0, 0, (128, 128)), Placement::Gap);
        flush(&mut scene);
        gpu.wait();
        flush(&mut scene);
        let without = scene.atlas.staging_bytes();
        scene.move_to(large, region(2, 0, 0, (128, 128)));
        flush(&mut scene);
        let with = scene.atlas.staging_bytes();
        assert!(with >= without + 128 * 128 * 4, "{with} bytes, {without} before");
        for turn in 0..3 * KEPT_FLUSHES as u32 {
            let row = region(0, 0, 8 + turn % 100, (8, 8));
            scene.forget(small);
            scene.place(row, Placement::Gap);
            flush(&mut scene);
            gpu.wait();
        }
        let after = scene.atlas.staging_bytes();
        assert!(after <= without, "{after} bytes are held, {without} before");
    });
}

#[test]
fn a_rebuild_takes_in_entries_of_several_pages() {
    each_scene(|scene, case| {
        let own = fill(scene, 1, 15, 20);
        let others = [fill(scene, 0, 11, 9), fill(scene, 5, 30, 4)];
        flush(scene);
        let mut moves = shifted(scene, &own[..10]);
        for key in &own[10..] {
            scene.forget(*key);
        }
        for (index, key) in others.concat().into_iter().enumerate() {
            let mut to = region(1, 31 * (index as u32 % 4), 33 + 31 * (index as u32 / 4), (11, 11));
            to.rect.width = scene.entries[key].region.rect.width;
            to.rect.height = scene.entries[key].region.rect.height;
            if to.rect.bottom() <= 128 {
                moves.push((key, to));
            }
        }
        assert!(moves.len() >= 20, "{} are moved", moves.len());
        scene.rebuild(PageIndex(1), &moves);
        scene.check(case);
    });
}

/// A page with room below its run, a move into it, and a pixmap that would continue the run.
#[test]
fn a_pixmap_that_takes_the_place_of_a_move_does_not_join_an_upload_before_it() {
    each_scene(|scene, case| {
        let moved = scene.place(region(0, 0, 0, (16, 16)), Placement::Skyline);
        scene.place(region(1, 0, 0, (16, 16)), Placement::Skyline);
        scene.move_to(moved, region(1, 16, 0, (16, 16)));
        scene.forget(moved);
        scene.place(region(1, 16, 0, (16, 16)), Placement::Skyline);
        scene.check(case);
    });
}

/// An entry leaves the place that a run's next pixmap takes.
#[test]
fn a_pixmap_that_takes_the_place_of_what_was_moved_away_does_not_join_an_upload_before_the_move() {
    each_scene(|scene, case| {
        let moved = scene.place(region(1, 16, 0, (16, 16)), Placement::Skyline);
        flush(scene);
        scene.place(region(1, 0, 0, (16, 16)), Placement::Skyline);
        scene.move_to(moved, region(2, 40, 40, (16, 16)));
        scene.place(region(1, 16, 0, (16, 16)), Placement::Skyline);
        scene.check(case);
    });
}

#[test]
fn a_pixmap_that_takes_the_place_of_an_upload_does_not_join_one_before_it() {
    each_scene(|scene, case| {
        scene.place(region(1, 0, 0, (16, 16)), Placement::Skyline);
        let large = scene.place(region(1, 16, 0, (70, 70)), Placement::Gap);
        scene.forget(large);
        scene.place(region(1, 16, 0, (16, 16)), Placement::Skyline);
        scene.check(case);
    });
}

#[test]
fn of_two_moves_to_one_place_the_later_one_stays() {
    each_scene(|scene, case| {
        let first = scene.place(region(0, 0, 0, (70, 16)), Placement::Gap);
        let second = scene.place(region(1, 58, 0, (70, 16)), Placement::Gap);
        scene.move_to(first, region(2, 9, 9, (70, 16)));
        scene.forget(first);
        scene.move_to(second, region(2, 9, 9, (70, 16)));
        scene.check(case);
    });
}

/// They lie side by side, but on different pages.
#[test]
fn neighbors_of_different_pages_move_one_by_one() {
    each_scene(|scene, case| {
        let left = scene.place(region(0, 0, 0, (16, 16)), Placement::Gap);
        let right = scene.place(region(5, 16, 0, (16, 16)), Placement::Gap);
        scene.place(region(0, 16, 0, (16, 16)), Placement::Gap);
        let places = [
            (left, region(1, 32, 0, (16, 16))),
            (right, region(1, 48, 0, (16, 16))),
        ];
        scene.rebuild(PageIndex(1), &places);
        scene.check(case);
    });
}

#[test]
fn neighbors_that_stay_neighbors_move_in_one_copy() {
    each_scene(|scene, case| {
        let rows = fill(scene, 0, 16, 32);
        flush(scene);
        for (index, key) in rows.iter().enumerate() {
            let at = region(1, index as u32 % 8 * 16, 64 + index as u32 / 8 * 16, (16, 16));
            scene.move_to(*key, at);
        }
        flush(scene);
        assert_eq!(scene.atlas.uploads.move_copies(), 4, "{case}: one copy per row");
        let mut moves: Vec<(PixmapKey, Region)> = rows
            .iter()
            .map(|key| {
                let mut to = scene.entries[*key].region;
                to.rect.y -= 5;
                (*key, to)
            })
            .collect();
        // In an arbitrary order.
        moves.sort_by_key(|(key, to)| (to.rect.x * 7 % 64, *key));
        scene.rebuild(PageIndex(1), &moves);
        flush(scene);
        assert_eq!(
            scene.atlas.uploads.move_copies(),
            5,
            "{case}: one copy for the rebuild"
        );
        scene.check(case);
    });
}
