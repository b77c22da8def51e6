//! Pages given up: what fits on the others stays.

use pixmap_cache::PixmapKey;
use pixmap_cache::layout::{EvictReason, Op, ReleaseTerms};

use crate::atlas::{Atlas, Sizes, UP_TO_A_QUARTER};

/// What a frame may move is bounded for insertions only: memory given back must not cost entries that have room.
#[test]
fn pages_given_up_lose_nothing_that_fits_on_the_others() {
    for sizes in UP_TO_A_QUARTER {
        let mut atlas = Atlas::new(16, sizes, 1);
        let mut old = Vec::new();
        while atlas.layout.stats().live_texels * 10 < atlas.capacity * 3 {
            atlas.layout.begin_frame();
            old.push(atlas.place().expect("an empty atlas has room"));
        }
        (0..10).for_each(|_| atlas.layout.begin_frame());
        assert!(
            atlas.layout.release_pages(0..8, &ReleaseTerms::default()),
            "nothing is protected"
        );
        let lost = old.iter().filter(|key| !atlas.layout.contains(**key)).count();
        assert_eq!(
            lost,
            0,
            "of {} entries that half of the pages hold, {sizes:?}",
            old.len()
        );
    }
}

/// Every page is partly alive and the rest of it dead: nothing has to go, since whole pages stay.
#[test]
fn pages_given_up_among_dead_texels_lose_nothing_that_fits_on_the_others() {
    for (pages, given_up, living) in [
        (4, 2..4, 8),
        (16, 8..16, 8),
        (16, 8..16, 16),
        (16, 12..16, 16),
        (16, 8..16, 24),
    ] {
        for seen in [false, true] {
            let mut atlas = Atlas::new(pages, Sizes::Square { side: 32 }, 1);
            atlas.fill();
            let mut alive = vec![0; pages as usize];
            for resident in atlas.layout.regions().collect::<Vec<_>>() {
                let alive = &mut alive[resident.region.page.0 as usize];
                if *alive < living {
                    *alive += 1;
                } else {
                    atlas.layout.remove(resident.key);
                }
            }
            atlas.layout.begin_frame();
            let keys: Vec<PixmapKey> = atlas.layout.keys().collect();
            assert_eq!(keys.len(), (pages * living) as usize, "alive on each page");
            if seen {
                assert!(keys.iter().all(|key| atlas.layout.touch(*key)));
            }
            let what = format!("{given_up:?} of {pages} pages with {living} on each, seen: {seen}");
            assert!(
                atlas
                    .layout
                    .release_pages(given_up.clone(), &ReleaseTerms::default()),
                "{what}"
            );
            let lost = keys.iter().filter(|key| !atlas.layout.contains(**key)).count();
            assert_eq!(lost, 0, "of {} entries, {what}", keys.len());
        }
    }
}

#[test]
fn entries_evicted_by_a_release_carry_the_reason_of_its_terms() {
    for reason in EvictReason::ALL {
        let mut atlas = Atlas::new(4, Sizes::Square { side: 32 }, 1);
        atlas.fill();
        atlas.layout.begin_frame();
        let terms = ReleaseTerms {
            reason,
            ..Default::default()
        };
        assert!(atlas.layout.release_pages(0..2, &terms), "nothing is protected");
        let mut evicted = 0;
        for op in atlas.layout.drain_ops() {
            if let Op::Evict { last, .. } = op {
                assert_eq!(last.reason, reason, "another reason than the terms say");
                evicted += 1;
            }
        }
        assert!(evicted > 0, "two full pages out of four cost no entry");
    }
}
