//! An idle cache gives memory back by itself.

use std::time::{Duration, Instant};

use pixmap_cache::{CacheDescriptor, CommitPolicy, IdlePolicy, PixmapCache, PixmapKey};

use crate::adapters::each_gpu;
use crate::pixmaps::*;

fn idle_descriptor(commit: CommitPolicy) -> CacheDescriptor<'static> {
    CacheDescriptor {
        idle: Some(IdlePolicy::default()),
        ..descriptor(MIB, commit)
    }
}

/// Frames, one a second, that touch nothing but `used`.
fn rest(cache: &mut PixmapCache, used: &[PixmapKey], start: Instant, seconds: std::ops::Range<u64>) {
    for second in seconds {
        cache.begin_frame_at(start + Duration::from_secs(second));
        for &key in used {
            cache.touch(key);
        }
        cache.flush();
    }
}

/// Steps by the documented rule: the first after half a minute, the others a minute later each.
fn steps_by(second: u64) -> u64 {
    match second.checked_sub(30) {
        Some(rest) => 1 + rest / 60,
        None => 0,
    }
}

#[test]
fn nothing_goes_that_was_seen_within_a_minute_and_then_a_quarter_at_each_step() {
    for (squares, after) in [(160, 600), (230, 600)] {
        let mut cache = noop_cache(&idle_descriptor(CommitPolicy::Stepwise));
        let start = Instant::now();
        cache.begin_frame_at(start);
        fill_at(&mut cache, 0..squares, start);
        let mut spent = 0;
        let mut trimmings = 0;
        for second in 1..after {
            let (before, pages) = (cache.len(), cache.page_count());
            rest(&mut cache, &[], start, second..second + 1);
            let gone = before - cache.len();
            if gone == 0 {
                continue;
            }
            assert!(
                second >= 60,
                "{gone} went in second {second}, seen within a minute"
            );
            assert!(cache.page_count() < pages, "{gone} went without a texture");
            // The steps may be a frame late.
            let steps = steps_by(second) - spent;
            assert!(
                4 * gone <= before * steps as usize,
                "{gone} of {before} went in second {second}, in {steps} steps"
            );
            spent += steps;
            trimmings += 1;
        }
        assert!(trimmings >= 3, "all went in {trimmings} steps");
        assert!(cache.is_empty(), "{} are left after {after} seconds", cache.len());
        assert_eq!(cache.page_count(), 0, "a texture for nothing");
    }
}

#[test]
fn what_was_seen_between_two_steps_stays_until_it_is_unseen_for_every() {
    let mut cache = noop_cache(&idle_descriptor(CommitPolicy::Stepwise));
    let start = Instant::now();
    cache.begin_frame_at(start);
    fill_at(&mut cache, 0..160, start);
    // More than half: the steps at 30 and at 90 seconds could take some of them.
    let seen: Vec<PixmapKey> = cache.keys().take(100).collect();
    rest(&mut cache, &[], start, 1..20);
    rest(&mut cache, &seen, start, 20..21);
    for second in 21..80 {
        rest(&mut cache, &[], start, second..second + 1);
        assert!(
            seen.iter().all(|key| cache.contains(*key)),
            "one went in second {second}, seen in the twentieth"
        );
    }
    rest(&mut cache, &[], start, 80..600);
    assert!(cache.len() < 100, "they go when they are no longer seen");
}

#[test]
fn an_endless_interval_trims_nothing_and_no_time_at_all_trims_in_every_frame() {
    for (after, every, left) in [
        (Duration::ZERO, Duration::MAX, 160),
        (Duration::MAX, Duration::ZERO, 160),
        (Duration::MAX, Duration::MAX, 160),
        (Duration::ZERO, Duration::ZERO, 0),
    ] {
        let idle = Some(IdlePolicy { after, every });
        let mut cache = noop_cache(&CacheDescriptor {
            idle,
            ..descriptor(MIB, CommitPolicy::Stepwise)
        });
        let start = Instant::now();
        cache.begin_frame_at(start);
        for number in 0..160 {
            cache
                .insert_named(number.to_string(), &square(number))
                .expect("there is room");
        }
        rest(&mut cache, &[], start, 1..1000);
        assert_eq!(cache.len(), left, "{idle:?}");
    }
}

fn fill_at(cache: &mut PixmapCache, numbers: std::ops::Range<u32>, now: Instant) {
    for number in numbers {
        if number % 8 == 0 {
            cache.begin_frame_at(now);
        }
        cache
            .insert_named(number.to_string(), &square(number))
            .expect("eight squares have room");
    }
}

#[test]
fn something_new_lets_the_cache_rest_for_another_thirty_seconds() {
    let mut cache = noop_cache(&idle_descriptor(CommitPolicy::Stepwise));
    let start = Instant::now();
    fill_at(&mut cache, 0..160, start);
    rest(&mut cache, &[], start, 1..25);
    fill_at(&mut cache, 160..161, start + Duration::from_secs(25));
    rest(&mut cache, &[], start, 26..54);
    assert_eq!(cache.len(), 161);
    rest(&mut cache, &[], start, 54..62);
    assert!(cache.len() < 161);
}

#[test]
fn what_is_seen_all_the_time_stays_and_textures_are_released() {
    each_gpu(|gpu| {
        let mut cache =
            PixmapCache::new(&gpu.device, &gpu.queue, &idle_descriptor(CommitPolicy::Stepwise)).unwrap();
        let start = Instant::now();
        fill_at(&mut cache, 0..200, start);
        let used: Vec<PixmapKey> = cache.keys().take(10).collect();
        let before = cache.stats().vram_bytes;
        let counted = gpu.device.get_internal_counters().hal.texture_memory.read();
        rest(&mut cache, &used, start, 1..1200);
        assert!(used.iter().all(|key| cache.contains(*key)));
        // The last texture holds what is seen, and others that cost nothing there.
        let pages = cache.page_count();
        assert!(pages <= 7, "{pages} pages for ten squares that are seen");
        assert!(cache.len() <= pages as usize * 16);
        check_squares(&mut cache);
        let released = before - cache.stats().vram_bytes;
        assert!(released > before / 2, "{released} of {before} bytes released");
        gpu.wait();
        if gpu.backend == wgpu::Backend::Vulkan {
            let returned = counted - gpu.device.get_internal_counters().hal.texture_memory.read();
            assert_eq!(returned as u64, released, "the device holds it still");
        }
    });
}

#[test]
fn what_every_frame_finds_is_never_missed_in_an_hour_of_rest() {
    for visible in [1, 20, 100] {
        let mut cache = noop_cache(&idle_descriptor(CommitPolicy::Stepwise));
        let start = Instant::now();
        fill_at(&mut cache, 0..230, start);
        let pages = cache.page_count();
        let misses = cache.stats().misses;
        for second in 1..3600 {
            cache.begin_frame_at(start + Duration::from_secs(second));
            for number in 0..visible {
                let name = (number * 9 % 230).to_string();
                assert!(
                    cache.find(&name).is_some(),
                    "{visible} visible: missed in second {second}"
                );
            }
        }
        assert_eq!(cache.stats().misses, misses);
        assert!(
            cache.page_count() < pages,
            "{visible} visible: no memory came back"
        );
    }
}

#[test]
fn an_upfront_cache_at_rest_evicts_nothing_while_one_is_seen() {
    let mut cache = noop_cache(&idle_descriptor(CommitPolicy::Upfront));
    let start = Instant::now();
    fill_at(&mut cache, 0..200, start);
    let seen: Vec<PixmapKey> = cache.keys().take(1).collect();
    rest(&mut cache, &seen, start, 1..3600);
    assert_eq!(cache.len(), 200, "entries went though their texture stays");
}

#[test]
fn an_upfront_cache_lets_its_texture_go_with_the_last_entry() {
    let mut cache = noop_cache(&idle_descriptor(CommitPolicy::Upfront));
    let start = Instant::now();
    fill_at(&mut cache, 0..40, start);
    rest(&mut cache, &[], start, 1..7200);
    assert!(cache.is_empty());
    assert_eq!(cache.page_count(), 0);
    fill_at(&mut cache, 0..40, start + Duration::from_secs(7201));
    assert_eq!(cache.len(), 40);
}
