//! What happens when nearly everything is in use: what is evicted, what a refusal leaves unchanged, and how little is
//! moved.

use pixmap_cache::layout::PageCondition;
use pixmap_cache::{
    CacheDescriptor, CacheStats, CommitPolicy, InsertError, PageIndex, PixmapBuf, PixmapCache, PixmapKey,
    ReplaceError,
};

use crate::noop::{Noop, rgba};

const PAGE_SIDE: u32 = 64;
const PAGE_BYTES: u64 = (PAGE_SIDE * PAGE_SIDE * 4) as u64;

/// What a cache of 8,191 entries holds beside its pages.
const FIXED_BYTES: u64 = 128 * 1024 + 2 * 1024;

fn cache_of(pages: u64) -> PixmapCache {
    let descriptor = CacheDescriptor {
        budget_bytes: pages * PAGE_BYTES + FIXED_BYTES,
        commit: CommitPolicy::Upfront,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(8191),
        idle: None,
        max_tiles: Some(0),
        ..Default::default()
    };
    let cache = Noop::new().cache(&descriptor).expect("a cache");
    assert_eq!(u64::from(cache.page_count()), pages);
    cache
}

/// Inserts in one frame until there is no room.
fn fill(cache: &mut PixmapCache, side: u32) -> Vec<PixmapKey> {
    let pixmap = rgba(side, side);
    std::iter::from_fn(|| cache.insert(&pixmap).ok()).collect()
}

/// So many of a hundred, spread evenly.
fn percent(keys: &[PixmapKey], percent: usize) -> Vec<PixmapKey> {
    let chosen = |(index, key): (usize, &PixmapKey)| (index * 37 % 100 < percent).then_some(*key);
    keys.iter().enumerate().filter_map(chosen).collect()
}

fn touch_all(cache: &mut PixmapCache, keys: &[PixmapKey]) {
    let alive = keys.iter().all(|key| cache.touch(*key));
    assert!(alive, "an entry in use is gone");
}

/// What an insertion that changes nothing leaves as it was.
fn kept(stats: CacheStats) -> (u32, u64, u64, u64, u64) {
    let CacheStats {
        entries,
        evictions,
        moves,
        evacuations,
        live_bytes,
        ..
    } = stats;
    (entries, evictions, moves, evacuations, live_bytes)
}

/// After a frame that has used everything, with 40 % of it in use, scattered over all pages.
fn crowded() -> (PixmapCache, Vec<PixmapKey>) {
    let mut cache = cache_of(15);
    let keys = fill(&mut cache, 4);
    assert_eq!(keys.len(), 15 * 256, "every page is full");
    let used = percent(&keys, 40);
    (cache, used)
}

#[test]
fn after_an_overfull_frame_a_larger_one_finds_room_among_small_ones_in_use() {
    let (mut cache, used) = crowded();
    for frame in 0..3 {
        cache.begin_frame();
        touch_all(&mut cache, &used);
        for side in [5, 7, 16] {
            let inserted = cache.insert(&rgba(side, side));
            assert!(inserted.is_ok(), "frame {frame}, side {side}: {inserted:?}");
        }
        assert!(
            used.iter().all(|key| cache.contains(*key)),
            "lost in frame {frame}"
        );
    }
}

#[test]
fn after_an_overfull_frame_what_is_in_use_is_replaced_by_a_larger_one() {
    let (mut cache, used) = crowded();
    for frame in 0..3 {
        cache.begin_frame();
        touch_all(&mut cache, &used);
        for key in used.iter().skip(frame).step_by(200) {
            assert_eq!(cache.replace(*key, &rgba(5, 5)), Ok(()), "in frame {frame}");
        }
        assert!(
            used.iter().all(|key| cache.contains(*key)),
            "lost in frame {frame}"
        );
    }
}

/// Default pages of 512 of a budget of 16 MiB, and a pixmap a little longer than half a page.
#[test]
fn a_large_pixmap_among_many_in_use_moves_at_most_a_page() {
    let descriptor = CacheDescriptor {
        budget_bytes: 16 << 20,
        commit: CommitPolicy::Upfront,
        idle: None,
        ..Default::default()
    };
    let mut cache = Noop::new().cache(&descriptor).expect("a cache");
    let (small, large) = (rgba(64, 64), rgba(260, 260));
    for _ in 0..360 {
        cache.begin_frame();
        for _ in 0..8 {
            cache.insert(&small).expect("eight a frame have room");
        }
        cache.flush();
    }
    let used = percent(&cache.keys().collect::<Vec<_>>(), 54);
    let mut moved = 0;
    for frame in 0..8 {
        cache.begin_frame();
        touch_all(&mut cache, &used);
        let before = cache.stats();
        let share = before.protected_bytes as f64 / before.budget_bytes as f64;
        assert!(share > 0.45, "about half is in use: {share}");
        let inserted = cache.insert(&large);
        assert!(inserted.is_ok(), "frame {frame}: {inserted:?}");
        let moved_bytes = cache.stats().moved_bytes - before.moved_bytes;
        assert!(
            moved_bytes <= before.page_bytes,
            "frame {frame} moves {moved_bytes} bytes"
        );
        moved += moved_bytes;
        cache.flush();
    }
    assert!(moved > 0, "nothing was in the way");
}

/// The page that takes new pixmaps is given up like any other, when nothing on it is in use.
#[test]
fn the_newest_page_makes_way_when_all_others_are_in_use() {
    for pages in [2, 3, 4, 8, 15] {
        for side in [64, 32, 16, 8] {
            let mut cache = cache_of(pages);
            let keys = fill(&mut cache, side);
            let per_page = (PAGE_SIDE / side).pow(2);
            assert_eq!(
                keys.len() as u64,
                pages * u64::from(per_page),
                "every page is full"
            );
            let is_head = |cache: &PixmapCache, page: PageIndex| {
                let conditions = cache.inspect();
                let mut heads = conditions.pages().filter(|p| p.condition == PageCondition::Head);
                heads.any(|head| head.index == page)
            };
            let on_head = |key: &PixmapKey| {
                let page = cache.region(*key).expect("resident").page;
                is_head(&cache, page)
            };
            let (unused, used): (Vec<_>, Vec<_>) = keys.into_iter().partition(on_head);
            assert_eq!(unused.len(), per_page as usize, "{pages} pages have a newest one");
            cache.begin_frame();
            touch_all(&mut cache, &used);
            let taken = fill(&mut cache, side);
            assert_eq!(
                taken.len(),
                unused.len(),
                "{pages} pages of squares of {side}: places of the newest page"
            );
            assert!(
                used.iter().all(|key| cache.contains(*key)),
                "an entry in use is gone"
            );
        }
    }
}

/// A document that was opened and closed again leaves room for the next one.
#[test]
fn pages_that_are_mostly_dead_make_way_before_living_ones() {
    for burst_pages in [2, 5, 8] {
        let mut cache = cache_of(16);
        let (side, per_page) = (8, 64);
        let square = rgba(side, side);
        let insert = |cache: &mut PixmapCache| cache.insert(&square).expect("room");
        for number in 0..20 * per_page {
            if number % 4 == 0 {
                cache.begin_frame();
            }
            insert(&mut cache);
        }
        (0..50).for_each(|_| cache.begin_frame());
        let mut burst = Vec::new();
        for _ in 0..burst_pages {
            cache.begin_frame();
            touch_all(&mut cache, &burst);
            burst.extend((0..per_page).map(|_| insert(&mut cache)));
        }
        for _ in 0..30 {
            cache.begin_frame();
            touch_all(&mut cache, &burst);
        }
        for key in &burst {
            assert!(cache.remove(*key));
        }
        let living: Vec<PixmapKey> = cache.keys().collect();
        for number in 0..(burst_pages - 1) * per_page {
            if number % 4 == 0 {
                cache.begin_frame();
            }
            insert(&mut cache);
        }
        let lost = living.iter().filter(|key| !cache.contains(**key)).count();
        // The page that was being given up when the burst went may go on.
        assert!(
            lost <= per_page,
            "{lost} of {} living ones went, with {burst_pages} dead pages of {per_page}",
            living.len()
        );
    }
}

/// A series of requests, each refused with the same error.
fn check_refusals(cache: &mut PixmapCache, ask: impl Fn(&mut PixmapCache) -> InsertError) {
    let first = ask(cache);
    let (before, epoch) = (cache.stats(), cache.layout_epoch());
    for number in 1..=1_000 {
        assert_eq!(ask(cache), first, "refusal {number}");
    }
    let after = cache.stats();
    assert_eq!(kept(after), kept(before), "a thousand refusals");
    assert_eq!(
        cache.layout_epoch(),
        epoch,
        "nothing was placed, moved or evicted"
    );
    assert_eq!(after.refused, before.refused + 1_000, "each is counted");
}

#[test]
fn refused_insertions_in_a_row_change_nothing_after_the_first() {
    let mut cache = cache_of(4);
    let keys = fill(&mut cache, 8);
    cache.begin_frame();
    touch_all(&mut cache, &keys[1..]);
    let pixmap = rgba(9, 9);
    check_refusals(&mut cache, |cache| cache.insert(&pixmap).expect_err("full"));
    // A pin frees no room.
    let pinned = keys[1];
    check_refusals(&mut cache, |cache| {
        let pin = cache.pin(pinned);
        let refused = cache.insert(&pixmap).expect_err("full");
        std::mem::forget(pin);
        refused
    });
}

/// Why a replacement was refused.
fn refusal_of(replaced: Result<(), ReplaceError>) -> InsertError {
    match replaced {
        Err(ReplaceError::Insert(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn refused_replacements_in_a_row_change_nothing_after_the_first() {
    let mut cache = cache_of(4);
    let keys = fill(&mut cache, 8);
    cache.begin_frame();
    touch_all(&mut cache, &keys);
    let larger = rgba(9, 9);
    let number = std::cell::Cell::new(0);
    check_refusals(&mut cache, |cache| {
        let key = keys[number.replace(number.get() + 1) % keys.len()];
        refusal_of(cache.replace(key, &larger))
    });
    assert!(
        keys.iter()
            .all(|key| cache.size(*key).is_some_and(|size| size.width == 8))
    );
    // What goes makes room for the same replacement again.
    assert!(keys[..16].iter().all(|key| cache.remove(*key)));
    assert_eq!(cache.replace(keys[20], &larger), Ok(()), "there is room by now");
}

#[test]
fn replacements_by_larger_ones_are_taken_among_much_in_use() {
    for share in [60, 70] {
        let mut cache = cache_of(15);
        let keys = fill(&mut cache, 8);
        let used = percent(&keys, share);
        for frame in 0..3 {
            cache.begin_frame();
            touch_all(&mut cache, &used);
            for key in used.iter().step_by(used.len() / 50) {
                let replaced = cache.replace(*key, &rgba(9, 9));
                assert_eq!(replaced, Ok(()), "{share} % in use, frame {frame}");
            }
            let alive = used.iter().all(|key| cache.contains(*key));
            assert!(alive, "an entry in use is gone");
        }
    }
}

#[test]
fn refusals_for_a_full_table_change_nothing() {
    let descriptor = CacheDescriptor {
        budget_bytes: 1 << 20,
        page_side: Some(128),
        max_entries: Some(1023),
        commit: CommitPolicy::Upfront,
        idle: None,
        ..Default::default()
    };
    let mut cache = Noop::new().cache(&descriptor).expect("a cache");
    let keys = fill(&mut cache, 4);
    assert_eq!(keys.len(), 1023, "the table is full before the pages are");
    let one: PixmapBuf = rgba(4, 4);
    let (before, epoch) = (cache.stats(), cache.layout_epoch());
    for number in 0..10_000 {
        let refused = cache.insert(&one);
        assert_eq!(
            refused,
            Err(InsertError::TooManyEntries { max_entries: 1023 }),
            "refusal {number}"
        );
    }
    assert_eq!(kept(cache.stats()), kept(before));
    assert_eq!(
        cache.layout_epoch(),
        epoch,
        "nothing was placed, moved or evicted"
    );
    assert!(keys.iter().all(|key| cache.contains(*key)));
    // One that is not in use is enough.
    cache.begin_frame();
    touch_all(&mut cache, &keys[1..]);
    assert!(cache.insert(&one).is_ok(), "a row was to be had");
    assert!(!cache.contains(keys[0]), "it was the row of the unused one");
}

/// Under `Stepwise` what may be drawn already can't go to a texture committed in the same frame.
#[test]
fn a_larger_replacement_is_taken_in_the_frame_in_which_the_first_textures_came() {
    let descriptor = CacheDescriptor {
        budget_bytes: 1 << 20,
        commit: CommitPolicy::Stepwise,
        idle: None,
        ..Default::default()
    };
    let mut cache = Noop::new().cache(&descriptor).expect("a cache");
    cache.begin_frame();
    let key = cache.insert(&rgba(8, 8)).expect("room");
    for side in [9, 40, 200] {
        assert_eq!(cache.replace(key, &rgba(side, side)), Ok(()), "by one of {side}");
    }
    assert_eq!(cache.size(key).map(|size| size.width), Some(200));
}

#[test]
fn a_replacement_that_needs_a_texture_of_this_frame_says_so_and_is_taken_in_the_next() {
    let descriptor = CacheDescriptor {
        budget_bytes: 16 * PAGE_BYTES + FIXED_BYTES,
        commit: CommitPolicy::Stepwise,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(8191),
        max_tiles: Some(0),
        idle: None,
        ..Default::default()
    };
    let mut cache = Noop::new().cache(&descriptor).expect("a cache");
    cache.begin_frame();
    let first = cache.insert(&rgba(32, 32)).expect("room");
    let pages = cache.page_count();
    cache.begin_frame();
    // In use: what the pages there are have room for.
    let mut used = vec![first];
    cache.touch(first);
    while used.len() < 4 * pages as usize {
        used.push(cache.insert(&rgba(32, 32)).expect("room"));
    }
    assert_eq!(cache.page_count(), pages, "no other texture yet");
    let needed_bytes = 40 * 40 * 4;
    let refused = cache.replace(first, &rgba(40, 40));
    let next_frame = InsertError::NextFrame { needed_bytes };
    assert_eq!(refused, Err(next_frame.into()));
    assert!(cache.page_count() > pages, "a texture for the next frame");
    assert_eq!(cache.size(first).map(|size| size.width), Some(32), "as it was");
    cache.begin_frame();
    touch_all(&mut cache, &used);
    assert_eq!(cache.replace(first, &rgba(40, 40)), Ok(()));
}
