//! What is never refused: frames within `Layout::promised_texels`, whatever came before.

use pixmap_cache::layout::{Layout, LayoutDescriptor, PlaceError};
use pixmap_cache::{PixmapKey, Size};

use crate::atlas::{Atlas, HALF, QUARTER, Sizes, cases, promised_share};

#[test]
fn the_promise_is_what_the_docs_say() {
    let hundredths = |pages, side| (promised_share(pages, side) * 100.0).round() as u32;
    assert_eq!(
        [2, 3, 4, 15].map(|pages| hundredths(pages, QUARTER)),
        [65, 70, 70, 70]
    );
    assert_eq!(
        [2, 3, 4, 15].map(|pages| hundredths(pages, HALF)),
        [45, 45, 50, 50]
    );
    assert_eq!(
        [2, 3, 4, 15].map(|pages| hundredths(pages, 65_535)),
        [45, 45, 50, 50],
        "longer ones are in tiles of at most a quarter, those up to half a page may be among them"
    );
}

#[test]
fn a_working_set_that_is_kept_is_never_refused() {
    for (sizes, share, pages, seed) in cases() {
        let mut atlas = Atlas::new(pages, sizes, seed);
        atlas.fill();
        for _ in 0..6 {
            atlas.layout.begin_frame();
            // Most of the last frame's, and some that are new.
            atlas.touch_up_to(share - 0.1);
            atlas.insert_up_to(share);
        }
    }
}

#[test]
fn a_working_set_of_new_pixmaps_in_one_frame_is_never_refused() {
    for (sizes, share, pages, seed) in cases() {
        let mut atlas = Atlas::new(pages, sizes, seed);
        atlas.fill();
        for _ in 0..3 {
            atlas.layout.begin_frame();
            atlas.insert_up_to(share);
        }
    }
}

#[test]
fn a_sudden_jump_out_of_entries_on_every_page_is_never_refused() {
    for (sizes, share, pages, seed) in cases() {
        for old in [0.2, 0.4, 0.6] {
            let mut atlas = Atlas::new(pages, sizes, seed);
            atlas.fill();
            atlas.layout.begin_frame();
            atlas.touch_up_to(share * old / 0.7);
            atlas.insert_up_to(share);
            // And again, once the jump is done.
            atlas.layout.begin_frame();
            atlas.touch_up_to(share / 2.0);
            atlas.insert_up_to(share);
        }
    }
}

#[test]
fn a_working_set_after_an_overfull_frame_is_never_refused() {
    for (sizes, share, pages, seed) in cases() {
        let mut atlas = Atlas::new(pages, sizes, seed);
        atlas.layout.begin_frame();
        while atlas.place().is_ok() {}
        for _ in 0..3 {
            atlas.layout.begin_frame();
            atlas.touch_up_to(share - 0.05);
            atlas.insert_up_to(share);
        }
    }
}

/// The hardest jump: everything large is wanted, what lies between is not, and then more large ones come.
#[test]
fn large_entries_among_small_ones_survive_a_jump() {
    for (sizes, share) in [
        (
            Sizes::TwoKinds {
                large: QUARTER,
                small: 8,
            },
            0.70,
        ),
        (
            Sizes::TwoKinds {
                large: HALF,
                small: 16,
            },
            0.50,
        ),
    ] {
        for seed in 0..10 {
            let mut atlas = Atlas::new(16, sizes, seed);
            atlas.fill();
            atlas.layout.begin_frame();
            let keys: Vec<PixmapKey> = atlas.layout.keys().collect();
            for key in keys {
                let large = atlas.layout.region(key).expect("a living key").rect.width > 16;
                if large && atlas.protected() < share - 0.1 {
                    atlas.layout.touch(key);
                }
            }
            atlas.insert_up_to(share);
        }
    }
}

#[test]
fn beyond_the_budget_the_refusal_names_what_is_in_use() {
    let mut atlas = Atlas::new(16, Sizes::Uniform { max: QUARTER }, 1);
    atlas.fill();
    atlas.layout.begin_frame();
    let mut inserted = Vec::new();
    let refusal = loop {
        match atlas.place() {
            Ok(key) => inserted.push(key),
            Err(error) => break error,
        }
    };
    let PlaceError::Full {
        needed_texels,
        protected_texels,
        page_texels,
    } = refusal
    else {
        panic!("{refusal:?} instead of Full");
    };
    assert_eq!(page_texels, atlas.capacity);
    assert!(protected_texels + needed_texels <= page_texels);
    assert!(protected_texels * 10 > page_texels * 7);
    assert!(
        inserted.iter().all(|key| atlas.layout.contains(*key)),
        "a protected entry is gone"
    );
}

#[test]
fn the_refusal_of_a_large_one_is_no_refusal_of_smaller_ones() {
    let mut atlas = Atlas::new(2, Sizes::Square { side: 32 }, 1);
    let keys: Vec<PixmapKey> = (0..2 * 64).map(|_| atlas.place().expect("room")).collect();
    atlas.layout.begin_frame();
    assert!(keys[1..].iter().all(|key| atlas.layout.touch(*key)));
    let refused = atlas.layout.place(Size::new(40, 40));
    assert!(matches!(refused, Err(PlaceError::Full { .. })), "{refused:?}");
    let placed = atlas.layout.place(Size::new(32, 32));
    assert!(
        placed.is_ok(),
        "{placed:?}, in place of the one that is not in use"
    );
    assert!(keys[1..].iter().all(|key| atlas.layout.contains(*key)));
}

#[test]
fn the_default_descriptor_makes_a_layout() {
    let descriptor = LayoutDescriptor::default();
    let mut layout = Layout::new(&descriptor).expect("the defaults are in range");
    layout.commit_pages(0..descriptor.max_pages);
    let whole_page = Size::new(descriptor.page_side, descriptor.page_side);
    assert!(
        layout.place(whole_page).is_ok(),
        "a page takes a pixmap of its own size"
    );
}
