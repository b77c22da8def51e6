//! Budgets that change while the cache is in use.

use pixmap_cache::{CommitPolicy, InsertError, PixmapCache, PixmapKey};

use crate::adapters::each_gpu;
use crate::pixmaps::*;

const BOTH: [CommitPolicy; 2] = [CommitPolicy::Upfront, CommitPolicy::Stepwise];

#[test]
fn a_larger_budget_changes_nothing_and_is_used_when_needed() {
    for commit in BOTH {
        let mut cache = noop_cache(&descriptor(MIB, commit));
        let keys = fill(&mut cache, 0..100);
        assert_eq!(cache.set_budget(2 * MIB), Ok(()));
        assert!(
            keys.iter().all(|key| cache.contains(*key)),
            "a raise cost an entry"
        );
        fill(&mut cache, 1000..1400);
        let stats = cache.stats();
        assert!(
            stats.vram_bytes > MIB + 512 * KIB,
            "{commit:?}: only {} bytes used",
            stats.vram_bytes
        );
        assert!(stats.vram_bytes <= 2 * MIB);
    }
}

#[test]
fn a_smaller_budget_holds_at_once_and_keeps_what_is_in_use() {
    each_gpu(|gpu| {
        for commit in BOTH {
            let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor(MIB, commit)).unwrap();
            fill(&mut cache, 0..300);
            cache.begin_frame();
            let used = fill(&mut cache, 1001..1008);
            let before = cache.stats().vram_bytes;
            let held = cache.set_budget(512 * KIB);
            let stats = cache.stats();
            let kept_bytes = stats.vram_bytes - stats.releasing_bytes;
            assert!(kept_bytes <= 512 * KIB, "{commit:?}: {stats:?}");
            assert!(
                stats.vram_bytes <= before,
                "{commit:?}: more than before: {stats:?}"
            );
            // Err as long as the GPU is at work on what was released.
            assert_eq!(held.is_ok(), stats.vram_bytes <= 512 * KIB, "{held:?}");
            assert_eq!(
                held.err().map_or(0, |unreleased| unreleased.releasing_bytes),
                stats.releasing_bytes,
                "{commit:?}: what goes by itself"
            );
            assert!(
                used.iter().all(|key| cache.contains(*key)),
                "an entry in use is gone"
            );
            let kept = check_squares(&mut cache);
            assert!(kept >= 7, "only {kept} entries kept");
            gpu.wait();
            cache.begin_frame();
            assert!(cache.stats().vram_bytes <= 512 * KIB, "the GPU is done");
            fill(&mut cache, 2000..2200);
            assert!(cache.stats().vram_bytes <= 512 * KIB);
            check_squares(&mut cache);
        }
    });
}

/// A third of each page is alive, so that half of the pages hold everything.
#[test]
fn a_smaller_budget_loses_nothing_that_has_room_on_what_stays() {
    for commit in BOTH {
        for seen in [false, true] {
            let mut cache = noop_cache(&descriptor(MIB, commit));
            let keys = fill(&mut cache, 0..15 * 16);
            for (number, key) in keys.iter().enumerate() {
                if number % 16 >= 5 {
                    cache.remove(*key);
                }
            }
            let living: Vec<PixmapKey> = cache.keys().collect();
            assert!(living.len() > 60, "{} are alive", living.len());
            cache.begin_frame();
            cache.begin_frame();
            if seen {
                assert!(living.iter().all(|key| cache.touch(*key)));
            }
            // On the noop device nothing is in flight, but what was released counts until a frame begins.
            let held = cache.set_budget(640 * KIB);
            let lost = living.iter().filter(|key| !cache.contains(**key)).count();
            assert_eq!(lost, 0, "{commit:?}, seen: {seen}, of {}: {held:?}", living.len());
            cache.begin_frame();
            cache.begin_frame();
            let stats = cache.stats();
            assert!(
                stats.vram_bytes <= 640 * KIB,
                "{commit:?}, seen: {seen}: {stats:?}"
            );
        }
    }
}

#[test]
fn what_is_in_use_is_reported_and_released_once_a_frame_went_without_it() {
    for commit in BOTH {
        let mut cache = noop_cache(&descriptor(MIB, commit));
        cache.begin_frame();
        let mut used = Vec::new();
        while let Ok(key) = cache.insert(&square(1)) {
            used.push(key);
        }
        let unreleased = cache.set_budget(256 * KIB).expect_err("everything is in use");
        assert_eq!(unreleased.budget_bytes, 256 * KIB);
        assert_eq!(unreleased.vram_bytes, cache.stats().vram_bytes);
        assert!(unreleased.protected_bytes > 512 * KIB);
        assert!(
            used.iter().all(|key| cache.contains(*key)),
            "an entry in use is gone"
        );
        for _ in 0..5 {
            cache.begin_frame();
            assert!(
                used.iter().all(|key| cache.touch(*key)),
                "an entry in use is gone"
            );
        }
        cache.begin_frame();
        assert!(
            used.iter().all(|key| cache.contains(*key)),
            "the last frame's entries"
        );
        cache.begin_frame();
        assert!(
            cache.stats().vram_bytes <= 256 * KIB,
            "{commit:?}: not released though a frame went without it"
        );
    }
}

#[test]
fn a_budget_of_zero_empties_the_cache_and_another_fills_it_again() {
    each_gpu(|gpu| {
        for commit in BOTH {
            let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor(MIB, commit)).unwrap();
            let old = fill(&mut cache, 0..100);
            // The second one ends the frame that has used nothing.
            cache.begin_frame();
            cache.begin_frame();
            let table = cache
                .set_budget(0)
                .expect_err("the region table stays")
                .table_bytes;
            assert!(cache.is_empty());
            assert_eq!(cache.page_count(), 0, "a texture for nothing");
            gpu.wait();
            cache.begin_frame();
            assert_eq!(cache.stats().vram_bytes, table, "more than the table is held");
            let refused = cache.insert(&square(1));
            assert!(
                matches!(refused, Err(InsertError::Full { page_bytes: 0, .. })),
                "{refused:?}"
            );
            assert_eq!(cache.set_budget(MIB), Ok(()));
            fill(&mut cache, 200..300);
            assert!(check_squares(&mut cache) > 90);
            assert!(old.iter().all(|key| !cache.contains(*key)), "a dead key is alive");
        }
    });
}

#[test]
fn a_budget_without_a_page_holds_as_soon_as_nothing_is_drawn() {
    each_gpu(|gpu| {
        for commit in BOTH {
            for budget in [0, 64 * KIB] {
                let mut cache =
                    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor(8 * MIB, commit)).unwrap();
                let key = fill(&mut cache, 0..100)[0];
                for _ in 0..10 {
                    cache.begin_frame();
                    assert!(cache.touch(key), "an entry in use is gone");
                    cache.set_budget(budget).expect_err("an entry is in use");
                    let refused = cache.insert(&square(1));
                    assert!(matches!(refused, Err(InsertError::Full { .. })), "{refused:?}");
                    gpu.wait();
                }
                let stats = cache.stats();
                // Two pages, or the first of the textures that come step by step.
                let smallest = MIB + 512 * KIB;
                assert!(
                    stats.vram_bytes <= smallest,
                    "{commit:?}: {} for one entry",
                    stats.vram_bytes
                );
                assert_eq!(
                    (stats.max_pages, cache.promised_bytes(1)),
                    (0, 0),
                    "nothing is promised"
                );
                for _ in 0..3 {
                    cache.begin_frame();
                    gpu.wait();
                }
                assert_eq!(
                    cache.page_count(),
                    0,
                    "{commit:?}: not released though frames went without it"
                );
                assert_eq!(cache.set_budget(MIB), Ok(()));
                fill(&mut cache, 0..50);
                check_squares(&mut cache);
            }
        }
    });
}

#[test]
fn an_empty_upfront_cache_never_holds_two_textures() {
    each_gpu(|gpu| {
        let mut cache: PixmapCache = PixmapCache::new(
            &gpu.device,
            &gpu.queue,
            &descriptor(8 * MIB, CommitPolicy::Upfront),
        )
        .unwrap();
        fill(&mut cache, 0..100);
        cache.clear();
        cache.set_budget(4 * MIB).unwrap();
        let stats = cache.stats();
        assert!(stats.vram_bytes <= 4 * MIB && stats.vram_bytes > 3 * MIB);
        fill(&mut cache, 0..100);
        check_squares(&mut cache);
    });
}

#[test]
fn an_upfront_cache_takes_its_pixels_along_into_another_texture() {
    each_gpu(|gpu| {
        let mut cache: PixmapCache =
            PixmapCache::new(&gpu.device, &gpu.queue, &descriptor(MIB, CommitPolicy::Upfront)).unwrap();
        let keys = fill(&mut cache, 0..100);
        cache.set_budget(2 * MIB).unwrap();
        assert!(keys.iter().all(|key| cache.contains(*key)));
        check_squares(&mut cache);
        cache.begin_frame();
        cache.set_budget(MIB).unwrap();
        assert!(check_squares(&mut cache) >= 60, "most entries had room");
    });
}

#[test]
fn a_device_without_memory_is_an_error_at_creation_and_a_count_later() {
    each_gpu(|gpu| {
        // GL never reports a lack of memory, and would try.
        if gpu.backend != wgpu::Backend::Vulkan {
            return;
        }
        let limits = wgpu::Limits {
            max_texture_dimension_2d: 16384,
            max_texture_array_layers: 2048,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        };
        let (device, queue) = gpu.another_device(limits);
        let mut absurd = descriptor(200 << 30, CommitPolicy::Upfront);
        absurd.page_side = Some(8192);
        let refused = PixmapCache::<String>::new(&device, &queue, &absurd);
        assert!(
            matches!(refused, Err(pixmap_cache::CreateError::OutOfMemory { .. })),
            "{refused:?}"
        );
        // Stepwise asks only when there is something to hold; no step of 8192x8192x2 and more is to be had.
        absurd.commit = CommitPolicy::Stepwise;
        absurd.page_side = Some(16384);
        let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &absurd).unwrap();
        let refused = cache.insert(&square(1));
        if matches!(refused, Err(InsertError::OutOfMemory { .. })) {
            let failures = cache.stats().commit_failures;
            assert_eq!(failures, 1);
            for _ in 0..50 {
                cache.begin_frame();
                assert!(cache.insert(&square(1)).is_err());
            }
            assert_eq!(cache.stats().commit_failures, failures, "tried again every frame");
            for _ in 0..100 {
                cache.begin_frame();
            }
            assert!(cache.insert(&square(1)).is_err());
            assert_eq!(cache.stats().commit_failures, failures + 1, "never tried again");
        } else {
            assert!(refused.is_ok(), "{refused:?}");
        }
        // Small caches on the same device still work.
        let mut small = PixmapCache::new(&device, &queue, &descriptor(MIB, CommitPolicy::Stepwise)).unwrap();
        fill(&mut small, 0..50);
        assert_eq!(check_squares(&mut small), 50);
    });
}
