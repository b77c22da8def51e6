//! Which entries stay when room is made, and that all room is used.

use pixmap_cache::layout::{Layout, PlaceError};
use pixmap_cache::{PixmapKey, Size};

use crate::atlas::{Atlas, Sizes};

/// Two pages of four places each; nothing can be moved, and one place among protected entries is the last.
#[test]
fn the_last_gap_among_protected_entries_is_used() {
    let place = Size::new(128, 128);
    let mut atlas = Atlas::new(2, Sizes::Square { side: 128 }, 1);
    let keys: Vec<PixmapKey> = (0..5).map(|_| atlas.layout.place(place).expect("room")).collect();
    atlas.layout.begin_frame();
    for &key in &keys[1..] {
        atlas.layout.touch(key);
    }
    for number in 5..=8 {
        let placed = atlas.layout.place(place);
        assert!(
            placed.is_ok(),
            "no room for protected entry {number} of 8: {placed:?}"
        );
    }
    assert!(
        !atlas.layout.contains(keys[0]),
        "the gap was the unprotected entry's"
    );
    assert!(keys[1..].iter().all(|key| atlas.layout.contains(*key)));
    assert!(matches!(atlas.layout.place(place), Err(PlaceError::Full { .. })));
}

/// Two pages, one in use and one hardly: a pixmap that needs room there leaves others what is cheap to move.
#[test]
fn a_page_rebuilt_under_pressure_keeps_a_fifth_of_it_for_entries_not_in_use() {
    let mut atlas = Atlas::new(2, Sizes::Square { side: 32 }, 1);
    let keys: Vec<PixmapKey> = (0..2 * 64).map(|_| atlas.place().expect("room")).collect();
    atlas.layout.begin_frame();
    let in_use = |key: &PixmapKey| {
        let place = atlas.layout.region(*key).expect("resident");
        place.page.0 == 0 || place.rect.y == 0 && place.rect.x < 64
    };
    let (used, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| in_use(key));
    assert!(used.iter().all(|key| atlas.layout.touch(*key)));
    let before = atlas.layout.stats();
    atlas
        .layout
        .place(Size::new(150, 150))
        .expect("room on the second page");
    assert_eq!(
        atlas.layout.stats().rebuilds,
        before.rebuilds + 1,
        "one page is rebuilt"
    );
    assert!(
        used.iter().all(|key| atlas.layout.contains(*key)),
        "an entry in use is gone"
    );
    let kept = others.iter().filter(|key| atlas.layout.contains(**key)).count();
    // Two of the page's 64 are in use; a fifth is 13.
    assert!((8..=12).contains(&kept), "{kept} of {} were kept", others.len());
}

/// Two pages, one in use all the time: the other takes what it has room for.
#[test]
fn the_page_that_fills_is_not_given_up_before_it_is_full() {
    let mut atlas = Atlas::new(2, Sizes::Square { side: 32 }, 1);
    let used: Vec<PixmapKey> = (0..64).map(|_| atlas.place().expect("room")).collect();
    for number in 0..64 {
        atlas.layout.begin_frame();
        assert!(used.iter().all(|key| atlas.layout.touch(*key)));
        atlas.place().expect("a page of which nothing is in use");
        let evictions = atlas.layout.stats().evictions;
        assert_eq!(evictions, 0, "with {number} of 64 places taken");
    }
}

/// How many squares go in, one a frame, before one is evicted.
fn taken_before_an_eviction(layout: &mut Layout) -> u32 {
    let before = layout.stats().evictions;
    let place = |_: &u32| {
        layout.begin_frame();
        layout.place(Size::new(32, 32)).expect("room for one");
        layout.drain_ops().for_each(drop);
        layout.stats().evictions == before
    };
    (0..).take_while(place).count() as u32
}

#[test]
fn an_atlas_that_became_empty_takes_as_much_as_a_new_one() {
    for pages in [2, 4, 7] {
        let mut atlas = Atlas::new(pages, Sizes::Square { side: 32 }, 1);
        let new = taken_before_an_eviction(&mut atlas.layout);
        for turn in 0..20 {
            for _ in 0..37 {
                atlas.layout.begin_frame();
                atlas.place().expect("room for one");
            }
            for key in atlas.layout.keys().collect::<Vec<_>>() {
                atlas.layout.remove(key);
            }
            let again = taken_before_an_eviction(&mut atlas.layout);
            assert_eq!(again, new, "in turn {turn} of {pages} pages");
        }
    }
}

/// Seen in every tenth frame, and so hardly ever in use when its page is given up.
#[test]
fn what_comes_back_again_and_again_outlives_what_is_seen_once() {
    for pages in [4, 8, 15] {
        let mut atlas = Atlas::new(pages, Sizes::Uniform { max: 32 }, 1);
        atlas.fill();
        let hot = |atlas: &mut Atlas| -> Vec<PixmapKey> {
            (0..pages * 8).map(|_| atlas.place().expect("room")).collect()
        };
        let mut recurring = hot(&mut atlas);
        let (mut seen, mut lost) = (0, 0);
        for frame in 0..600 {
            atlas.layout.begin_frame();
            for _ in 0..pages {
                atlas.place().expect("room");
            }
            if frame % 10 == 0 {
                for key in &mut recurring {
                    seen += 1;
                    if !atlas.layout.touch(*key) {
                        lost += 1;
                        *key = atlas.place().expect("room");
                    }
                }
            }
        }
        assert_eq!(lost, 0, "of {seen} were gone, {pages} pages");
    }
}
