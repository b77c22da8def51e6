//! Pages committed in the frame: entries that a recorded pass may draw don't move there.

use std::collections::BTreeSet;

use pixmap_cache::layout::{Layout, LayoutDescriptor, Op, PlaceError, ReleaseTerms};
use pixmap_cache::{PixmapKey, Size};

use crate::atlas::{Atlas, PAGE_SIDE, PAGE_TEXELS, QUARTER, Sizes};

#[test]
fn what_may_be_drawn_does_not_move_to_new_pages_when_its_own_are_given_up() {
    let descriptor = LayoutDescriptor {
        page_side: PAGE_SIDE,
        max_pages: 4,
        max_entries: 100,
        ..Default::default()
    };
    let mut layout = Layout::new(&descriptor).expect("the descriptor is sound");
    layout.commit_pages(0..2);
    layout.begin_frame();
    let key = layout.place(Size::new(64, 64)).expect("an empty atlas has room");
    layout.commit_pages(2..4);
    let region = layout.region(key);
    assert!(
        !layout.release_pages(0..2, &ReleaseTerms::default()),
        "moved to where a recorded pass finds no texture"
    );
    assert_eq!(
        layout.region(key),
        region,
        "a release that failed changed something"
    );
    layout.begin_frame();
    assert!(layout.touch(key), "it is there");
    assert!(
        layout.release_pages(0..2, &ReleaseTerms::default()),
        "in the next frame the pages are as good as others"
    );
    assert!(layout.contains(key), "lost though there was room");
}

/// What a page in the way of a drawn pixmap means: it may be moved, but not to a texture that its bind group lacks.
#[test]
fn what_may_be_drawn_does_not_move_to_pages_committed_in_this_frame() {
    let mut moves = 0;
    for seed in 0..60 {
        let sizes = Sizes::Logarithmic { max: QUARTER };
        let mut atlas = Atlas::new(3, sizes, seed);
        atlas.fill();
        let mut pages = 3;
        while pages < 9 {
            for _ in 0..6 {
                atlas.layout.begin_frame();
                atlas.touch_up_to(0.3);
                atlas.insert_up_to(0.4);
            }
            atlas.layout.begin_frame();
            atlas.layout.set_max_pages(pages + 2);
            atlas.layout.commit_pages(pages..pages + 2);
            let before_frame: BTreeSet<PixmapKey> = atlas.layout.keys().collect();
            // In this order: what is new opens the new pages, then much of the old is in the way.
            let new = atlas.layout.place(Size::new(200, 200));
            atlas.touch_up_to(0.6);
            while new.is_ok() && atlas.layout.place(sizes.draw(&mut atlas.random)).is_ok() {}
            for op in atlas.layout.drain_ops() {
                if let Op::Move { key, to, .. } = op {
                    moves += 1;
                    assert!(
                        to.page.0 < pages || !before_frame.contains(&key),
                        "an entry of a frame before moved to page {} of {pages}, seed {seed}",
                        to.page.0
                    );
                }
            }
            pages += 2;
            atlas.capacity = u64::from(pages) * PAGE_TEXELS;
        }
    }
    assert!(moves > 100, "only {moves} moves in those frames");
}

#[test]
fn what_may_be_drawn_grows_into_pages_committed_in_this_frame_only_in_the_next() {
    let mut atlas = Atlas::new(3, Sizes::Square { side: 32 }, 1);
    let old: Vec<PixmapKey> = (0..3 * 64).map(|_| atlas.place().expect("room")).collect();
    atlas.layout.begin_frame();
    assert!(old.iter().all(|key| atlas.layout.touch(*key)));
    atlas.layout.set_max_pages(4);
    atlas.layout.commit_pages(3..4);
    let new = atlas.layout.place(Size::new(150, 150)).expect("a new page");
    let larger = Size::new(40, 40);
    let refused = atlas.layout.resize(old[0], larger);
    assert!(
        matches!(
            refused,
            Err(PlaceError::Full { .. } | PlaceError::NextFrame { .. })
        ),
        "{refused:?}, and the new page is the only one with room"
    );
    let size = |atlas: &Atlas| atlas.layout.region(old[0]).map(|region| region.rect.size());
    assert_eq!(size(&atlas), Some(Size::new(32, 32)), "as it was");
    atlas.layout.begin_frame();
    assert!(old.iter().all(|key| atlas.layout.touch(*key)) && atlas.layout.touch(new));
    assert_eq!(atlas.layout.resize(old[0], larger), Ok(true));
    assert_eq!(size(&atlas), Some(larger));
}
