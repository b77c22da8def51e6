//! Memory given back on request.

use pixmap_cache::{CommitPolicy, PixmapCache, Trim};

use crate::adapters::each_gpu;
use crate::pixmaps::*;

#[test]
fn trimming_all_releases_every_texture_but_of_what_is_in_use() {
    each_gpu(|gpu| {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            let mut cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor(MIB, commit)).unwrap();
            fill(&mut cache, 0..200);
            // The second one ends the frame that has used nothing.
            cache.begin_frame();
            cache.begin_frame();
            let used = cache.insert_named("1000".into(), &square(1000)).unwrap();
            let before = cache.stats();
            let released = cache.trim(Trim::All);
            let stats = cache.stats();
            assert_eq!(
                stats.vram_bytes, before.vram_bytes,
                "dropped before a frame begins"
            );
            assert_eq!(stats.releasing_bytes, released);
            assert!(cache.contains(used));
            check_squares(&mut cache);
            match commit {
                CommitPolicy::Upfront => {
                    // It has one texture, and that is in use.
                    assert_eq!(released, 0);
                    assert_eq!(stats.evictions, before.evictions, "entries went for nothing");
                }
                _ => {
                    assert_eq!(stats.pages, 2, "the smallest texture stays");
                    assert!(stats.entries <= 2 * 16, "{stats:?}");
                }
            }
            gpu.wait();
            cache.begin_frame();
            assert_eq!(cache.stats().vram_bytes, before.vram_bytes - released);
            assert_eq!(cache.trim(Trim::All), 0, "the last frame's entry is in use");
            assert!(cache.contains(used));
            cache.begin_frame();
            assert!(cache.trim(Trim::All) > 0);
            assert_eq!(cache.page_count(), 0, "a texture for nothing");
            fill(&mut cache, 0..200);
            check_squares(&mut cache);
        }
    });
}

#[test]
fn trimming_all_with_nothing_in_use_moves_nothing_from_texture_to_texture() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    fill(&mut cache, 0..100);
    cache.flush();
    cache.begin_frame();
    cache.begin_frame();
    let before = cache.stats();
    assert!(cache.trim(Trim::All) > 0);
    let stats = cache.stats();
    assert_eq!(stats.pages, 0, "a texture for nothing");
    assert_eq!(
        stats.moves, before.moves,
        "entries moved to a texture that goes next"
    );
    let submissions = stats.submissions - before.submissions;
    assert!(submissions <= 1, "{submissions} submissions for one trimming");
}

#[test]
fn trimming_to_a_size_holds_it_and_leaves_the_budget() {
    each_gpu(|gpu| {
        let mut cache =
            PixmapCache::new(&gpu.device, &gpu.queue, &descriptor(MIB, CommitPolicy::Stepwise)).unwrap();
        fill(&mut cache, 0..300);
        cache.begin_frame();
        assert!(cache.trim(Trim::To(400 * KIB)) > 0);
        gpu.wait();
        cache.begin_frame();
        let stats = cache.stats();
        assert!(stats.vram_bytes <= 400 * KIB && stats.entries > 20, "{stats:?}");
        assert_eq!(cache.budget(), MIB);
        check_squares(&mut cache);
        fill(&mut cache, 1000..1300);
        assert!(cache.stats().vram_bytes > 800 * KIB, "the budget is used again");
        check_squares(&mut cache);
    });
}

#[test]
fn trimmed_bytes_count_until_the_next_frame_and_are_used_again_before() {
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        let mut cache = noop_cache(&descriptor(MIB, commit));
        fill(&mut cache, 0..300);
        cache.begin_frame();
        cache.begin_frame();
        let before = cache.stats().vram_bytes;
        let released = cache.trim(Trim::All);
        assert_eq!(cache.page_count(), 0, "{commit:?}: nothing is in use");
        let stats = cache.stats();
        assert_eq!((stats.vram_bytes, stats.releasing_bytes), (before, released));
        assert_eq!(
            cache.inspect().bytes().total(),
            before,
            "the inspector counts them as well"
        );
        cache
            .insert(&square(1))
            .expect("a released texture is taken back");
        let stats = cache.stats();
        assert_eq!(stats.vram_bytes, before, "{commit:?}: no other texture is made");
        assert!(
            stats.releasing_bytes < released,
            "{commit:?}: one is in use again"
        );
        cache.begin_frame();
        let stats = cache.stats();
        assert_eq!(
            stats.releasing_bytes, 0,
            "{commit:?}: the GPU is done with the rest"
        );
        assert!(
            stats.vram_bytes < before || commit == CommitPolicy::Upfront,
            "{stats:?}"
        );
    }
}

/// Sixteen squares to a page, and textures of 2, 2 and 4 pages.
#[test]
fn trimming_the_unused_keeps_what_was_seen_of_late_and_what_costs_no_texture() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let old = fill(&mut cache, 0..80);
    for _ in 0..20 {
        cache.begin_frame();
    }
    let new = fill(&mut cache, 100..140);
    cache.begin_frame();
    assert_eq!(cache.page_count(), 8);
    assert!(cache.trim(Trim::Unused { for_frames: 15 }) > 0);
    assert!(new.iter().all(|key| cache.contains(*key)), "a new entry is gone");
    assert_eq!(cache.page_count(), 4, "the new ones take two and a half pages");
    let kept = old.iter().filter(|key| cache.contains(**key)).count();
    assert!(kept > 0, "old ones went from textures that stay");
    // With everything seen of late, nothing goes for the third page.
    assert_eq!(cache.trim(Trim::Unused { for_frames: 15 }), 0);
    assert_eq!(cache.len(), new.len() + kept, "entries went for nothing");
    for _ in 0..20 {
        cache.begin_frame();
    }
    assert!(cache.trim(Trim::Unused { for_frames: 15 }) > 0);
    assert!(cache.is_empty(), "all are old now");
}

/// One of them in use keeps the one texture: nothing that is evicted could give a byte back.
#[test]
fn trimming_an_upfront_cache_evicts_nothing_while_its_texture_has_to_stay() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Upfront));
    let keys = fill(&mut cache, 0..200);
    for trim in [
        Trim::To(512 * KIB),
        Trim::To(0),
        Trim::Unused { for_frames: 0 },
        Trim::All,
    ] {
        cache.begin_frame();
        cache.begin_frame();
        cache.touch(keys[0]);
        assert_eq!(cache.trim(trim), 0, "{trim:?}");
        assert_eq!(cache.len(), 200, "{trim:?} evicted for nothing");
    }
}

#[test]
fn a_cache_at_the_edge_does_not_commit_and_release_in_turns() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let keys = fill(&mut cache, 0..40);
    let mut changes = 0;
    let mut pages = cache.page_count();
    for frame in 0..500 {
        cache.begin_frame();
        for &key in &keys {
            cache.touch(key);
        }
        if frame % 3 == 0 {
            let _ = cache.insert(&square(frame));
        }
        cache.trim(Trim::Unused { for_frames: 2 });
        changes += u32::from(cache.page_count() != pages);
        pages = cache.page_count();
    }
    assert!(changes <= 3, "{changes} textures came and went");
}
