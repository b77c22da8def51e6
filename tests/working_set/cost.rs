//! What a frame and an insertion may move: in proportion to what is new, whatever the atlas's size.

use pixmap_cache::layout::{Layout, LayoutDescriptor};
use pixmap_cache::{PixmapKey, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::atlas::{Atlas, PAGE_TEXELS, QUARTER, Sizes, cases, seeds};

/// What a frame moves depends on what it inserts, not on how large the atlas is.
#[test]
fn a_frame_moves_at_most_two_pages_or_three_times_what_it_inserts() {
    let mut moving_frames = 0;
    // Two of the awkward ones never share a row's end, so that a page rebuilt for them takes few.
    let awkward = |sizes: &Sizes| matches!(sizes, Sizes::Awkward { .. });
    for (sizes, share, pages, seed) in cases().filter(|(sizes, ..)| !awkward(sizes)) {
        let mut atlas = Atlas::new(pages, sizes, seed);
        atlas.fill();
        for kept in [0.0, 0.5, 0.8, 0.9] {
            let before = atlas.layout.stats();
            atlas.layout.begin_frame();
            atlas.touch_up_to(share * kept);
            atlas.insert_up_to(share);
            let after = atlas.layout.stats();
            let moved = after.moved_texels - before.moved_texels;
            let inserted = after.placed_texels - before.placed_texels;
            assert!(
                moved <= (2 * PAGE_TEXELS).max(3 * inserted),
                "{moved} texels moved in a frame of {inserted} new ones, {pages} pages of {sizes:?}"
            );
            moving_frames += u32::from(moved > PAGE_TEXELS / 4);
        }
    }
    assert!(moving_frames > 100, "only {moving_frames} frames moved anything");
}

/// Sides above an eighth of a page, of which few share a row: what is moved stays in proportion to what is new.
#[test]
fn frames_with_a_twentieth_new_move_a_few_texels_for_each_new_one() {
    let sizes = Sizes::Awkward { max: QUARTER };
    for share in [0.5, 0.6, 0.7] {
        for seed in 0..seeds() {
            let mut atlas = Atlas::new(15, sizes, seed);
            atlas.fill();
            atlas.layout.begin_frame();
            atlas.insert_up_to(share);
            let start = atlas.layout.stats();
            for frame in 0..50 {
                let used: Vec<PixmapKey> = atlas.layout.keys().filter(|key| atlas.was_used(*key)).collect();
                let before = atlas.layout.stats().moved_texels;
                atlas.layout.begin_frame();
                for key in used.iter().filter(|_| atlas.random.random_ratio(19, 20)) {
                    assert!(atlas.layout.touch(*key), "an entry in use is gone");
                }
                atlas.insert_up_to(share);
                let moved = atlas.layout.stats().moved_texels - before;
                assert!(
                    moved <= 3 * PAGE_TEXELS,
                    "{moved} texels moved in frame {frame} with {share} in use"
                );
            }
            let end = atlas.layout.stats();
            let moved = end.moved_texels - start.moved_texels;
            let placed = end.placed_texels - start.placed_texels;
            assert!(
                moved <= 3 * placed,
                "{moved} texels moved for {placed} new ones, {share} in use"
            );
        }
    }
}

/// Masks of glyphs: thousands on a page, of which a third survives. No frame pays for all of them.
#[test]
fn a_frame_moves_hundreds_of_glyphs_and_not_thousands() {
    for (page_side, pages, new, max_moves) in [(512, 15, 300, 400), (1024, 15, 300, 400), (1024, 15, 30, 100)]
    {
        let descriptor = LayoutDescriptor {
            page_side,
            max_pages: pages,
            max_entries: 1 << 20,
            ..Default::default()
        };
        let mut layout = Layout::new(&descriptor).expect("the descriptor is sound");
        layout.commit_pages(0..pages);
        let mut random = Pcg64::seed_from_u64(7);
        let glyphs = u64::from(page_side * page_side * pages) / 256;
        let mut keys: Vec<PixmapKey> = Vec::new();
        let mut worst = 0;
        while keys.len() < 3 * glyphs as usize {
            let before = layout.stats().moves;
            layout.begin_frame();
            let seen = keys.len().saturating_sub(glyphs as usize / 8);
            for &key in &keys[seen..] {
                layout.touch(key);
            }
            for _ in 0..new {
                let size = Size::new(random.random_range(8..=24), random.random_range(8..=24));
                keys.push(layout.place(size).expect("an eighth is in use"));
            }
            layout.drain_ops().for_each(drop);
            worst = worst.max(layout.stats().moves - before);
        }
        assert!(layout.stats().moves > 1_000, "hardly anything moved");
        assert!(
            worst <= max_moves,
            "{worst} moves in a frame of {new} new ones, pages of {page_side}"
        );
    }
}

/// One large pixmap among many in use: one page is worked on, however many there are.
#[test]
fn one_large_pixmap_in_a_half_used_atlas_works_on_one_page() {
    for pages in [15, 250] {
        let mut atlas = Atlas::new(pages, Sizes::Square { side: 32 }, 1);
        atlas.fill();
        for _ in 0..5 {
            atlas.layout.begin_frame();
            atlas.touch_up_to(0.5);
            let before = atlas.layout.stats();
            let placed = atlas.layout.place(Size::new(130, 130));
            let after = atlas.layout.stats();
            assert!(placed.is_ok(), "{placed:?} with half in use");
            let moved = after.moved_texels - before.moved_texels;
            assert!(
                moved <= PAGE_TEXELS,
                "{moved} texels moved for one pixmap, {pages} pages"
            );
            atlas.layout.drain_ops().for_each(drop);
        }
    }
}
