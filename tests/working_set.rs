//! How much one frame may use without ever seeing `Full`, as `Layout::promised_texels` says, also when that working set comes
//! in one frame out of entries spread over all pages, or after an overfull frame. And what it may cost: how much is moved for an insertion and in a frame.
//!
//! `WORKING_SET_SEEDS=N` runs more than the usual number of seeds.

use std::collections::BTreeSet;

use pixmap_cache::layout::{EvictReason, Layout, LayoutDescriptor, Op, PlaceError, ReleaseTerms};
use pixmap_cache::{PixmapKey, Size};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;

const PAGE_SIDE: u32 = 256;
const PAGE_TEXELS: u64 = (PAGE_SIDE * PAGE_SIDE) as u64;

/// How the sides of pixmaps are drawn.
#[derive(Clone, Copy, Debug)]
enum Sizes {
    /// Uniform in width and height.
    Uniform { most: u32 },
    /// As many small as large ones: uniform in the logarithm.
    Logarithmic { most: u32 },
    /// All the same square.
    Square { side: u32 },
    /// Just above half of `most`: two of them never share its width.
    Awkward { most: u32 },
    /// A few large squares among many small ones.
    TwoKinds { large: u32, small: u32 },
}

impl Sizes {
    fn draw(self, random: &mut Pcg64) -> Size {
        let mut side = || match self {
            Sizes::Uniform { most } => random.random_range(4..=most),
            Sizes::Logarithmic { most } => {
                let exponent = random.random_range(2.0..=f64::from(most).log2());
                (exponent.exp2() as u32).min(most)
            }
            Sizes::Awkward { most } => random.random_range(most / 2 + 1..=most),
            Sizes::Square { side } => side,
            Sizes::TwoKinds { .. } => 0,
        };
        let size = Size::new(side(), side());
        match self {
            Sizes::Square { side } => Size::new(side, side),
            Sizes::TwoKinds { large, small } => {
                let side = if random.random_ratio(1, 12) { large } else { small };
                Size::new(side, side)
            }
            _ => size,
        }
    }
}

struct Atlas {
    layout: Layout,
    sizes: Sizes,
    random: Pcg64,
    capacity: u64,
}

impl Atlas {
    fn new(pages: u32, sizes: Sizes, seed: u64) -> Self {
        let descriptor = LayoutDescriptor {
            page_side: PAGE_SIDE,
            max_pages: pages,
            max_entries: 1 << 20,
        };
        let mut layout = Layout::new(&descriptor).expect("the descriptor is sound");
        layout.commit_pages(0..pages);
        layout.begin_frame();
        Self {
            layout,
            sizes,
            random: Pcg64::seed_from_u64(seed),
            capacity: u64::from(pages * PAGE_SIDE * PAGE_SIDE),
        }
    }

    fn protected(&self) -> f64 {
        self.layout.stats().protected_texels as f64 / self.capacity as f64
    }

    /// Whether an entry was used in the present frame.
    fn was_used(&self, key: PixmapKey) -> bool {
        self.layout.last_frame(key) == Some(self.layout.stats().frame)
    }

    fn place(&mut self) -> Result<PixmapKey, PlaceError> {
        let size = self.sizes.draw(&mut self.random);
        let placed = self.layout.place(size);
        self.layout.drain_ops().for_each(drop);
        placed
    }

    /// Frames of little use until every page has been filled about three times.
    fn fill(&mut self) {
        while self.layout.stats().placed_texels < 3 * self.capacity {
            self.layout.begin_frame();
            while self.protected() < 0.2 {
                self.place().expect("a frame of less than half has room");
            }
        }
    }

    /// Inserts until the frame uses `share` of the budget.
    fn insert_up_to(&mut self, share: f64) {
        loop {
            let size = self.sizes.draw(&mut self.random);
            if self.protected() + size.texels() as f64 / self.capacity as f64 > share {
                return;
            }
            let before = self.layout.stats().moved_texels;
            let placed = self.layout.place(size);
            let used = self.protected();
            let (sizes, pages) = (self.sizes, self.capacity / PAGE_TEXELS);
            assert!(
                placed.is_ok(),
                "{placed:?} for {size} with {used:.3} of {pages} pages in use, {sizes:?}"
            );
            let moved = self.layout.stats().moved_texels - before;
            assert!(
                moved * 10 <= PAGE_TEXELS * 8,
                "{moved} texels of a page of {PAGE_TEXELS} moved for one of {size}, {sizes:?}"
            );
            self.layout.drain_ops().for_each(drop);
        }
    }

    /// Touches living entries, chosen evenly over all pages, up to `share` of the budget.
    fn touch_up_to(&mut self, share: f64) {
        let mut keys: Vec<PixmapKey> = self.layout.keys().collect();
        while self.protected() < share && !keys.is_empty() {
            let index = self.random.next_u64() as usize % keys.len();
            let key = keys.swap_remove(index);
            let size = self.layout.region(key).expect("a living key").rect.size();
            if self.protected() + size.texels() as f64 / self.capacity as f64 <= share {
                self.layout.touch(key);
            }
        }
    }
}

const QUARTER: u32 = PAGE_SIDE / 4;
const HALF: u32 = PAGE_SIDE / 2;

const UP_TO_A_QUARTER: [Sizes; 7] = [
    Sizes::Uniform { most: QUARTER },
    Sizes::Logarithmic { most: QUARTER },
    Sizes::Square { side: QUARTER },
    Sizes::Square { side: 48 },
    Sizes::Square { side: 16 },
    Sizes::Awkward { most: QUARTER },
    Sizes::TwoKinds {
        large: QUARTER,
        small: 8,
    },
];

const UP_TO_HALF: [Sizes; 5] = [
    Sizes::Uniform { most: HALF },
    Sizes::Logarithmic { most: HALF },
    Sizes::Square { side: HALF },
    Sizes::Awkward { most: HALF },
    Sizes::TwoKinds {
        large: HALF,
        small: 16,
    },
];

fn seeds() -> u64 {
    let seeds = std::env::var("WORKING_SET_SEEDS");
    seeds.ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(3)
}

/// What is promised of so many pages, as a share.
fn promised_share(pages: u32, max_side: u32) -> f64 {
    let layout = Atlas::new(pages, Sizes::Square { side: max_side }, 0).layout;
    layout.promised_texels(max_side) as f64 / f64::from(pages) / PAGE_TEXELS as f64
}

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
    assert_eq!(hundredths(15, HALF + 1), 0, "nothing for longer sides");
}

/// Sizes, the share of the pages that is promised for them, pages and a seed.
fn cases() -> impl Iterator<Item = (Sizes, f64, u32, u64)> {
    let quarter = UP_TO_A_QUARTER.into_iter().map(|sizes| (sizes, QUARTER));
    let half = UP_TO_HALF.into_iter().map(|sizes| (sizes, HALF));
    quarter.chain(half).flat_map(|(sizes, max_side)| {
        let pages = [2, 3, 4, 7, 11, 15, 32].into_iter();
        pages.flat_map(move |pages| {
            let share = promised_share(pages, max_side);
            (0..seeds()).map(move |seed| (sizes, share, pages, seed))
        })
    })
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
    let sizes = Sizes::Awkward { most: QUARTER };
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
    for (page_side, pages, new, most) in [(512, 15, 300, 400), (1024, 15, 300, 400), (1024, 15, 30, 100)] {
        let descriptor = LayoutDescriptor {
            page_side,
            max_pages: pages,
            max_entries: 1 << 20,
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
            worst <= most,
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

const RELEASED: ReleaseTerms = ReleaseTerms {
    reason: EvictReason::Budget,
    keep_since_frame: u64::MAX,
    max_evicted_texels: u64::MAX,
};

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
            atlas.layout.release_pages(0..8, &RELEASED),
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
            assert!(atlas.layout.release_pages(given_up.clone(), &RELEASED), "{what}");
            let lost = keys.iter().filter(|key| !atlas.layout.contains(**key)).count();
            assert_eq!(lost, 0, "of {} entries, {what}", keys.len());
        }
    }
}

#[test]
fn what_may_be_drawn_does_not_move_to_new_pages_when_its_own_are_given_up() {
    let descriptor = LayoutDescriptor {
        page_side: PAGE_SIDE,
        max_pages: 4,
        max_entries: 100,
    };
    let mut layout = Layout::new(&descriptor).expect("the descriptor is sound");
    layout.commit_pages(0..2);
    layout.begin_frame();
    let key = layout.place(Size::new(64, 64)).expect("an empty atlas has room");
    layout.commit_pages(2..4);
    let region = layout.region(key);
    assert!(
        !layout.release_pages(0..2, &RELEASED),
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
        layout.release_pages(0..2, &RELEASED),
        "in the next frame the pages are as good as others"
    );
    assert!(layout.contains(key), "lost though there was room");
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
    let mut atlas = Atlas::new(16, Sizes::Uniform { most: QUARTER }, 1);
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

/// What a page in the way of a drawn pixmap means: it may be moved, but not to a texture that its bind group lacks.
#[test]
fn what_may_be_drawn_does_not_move_to_pages_committed_in_this_frame() {
    let mut moves = 0;
    for seed in 0..60 {
        let sizes = Sizes::Logarithmic { most: QUARTER };
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
        let mut atlas = Atlas::new(pages, Sizes::Uniform { most: 32 }, 1);
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

#[test]
fn the_refusal_of_a_large_one_is_no_refusal_of_smaller_ones() {
    let mut atlas = Atlas::new(2, Sizes::Square { side: 32 }, 1);
    let keys: Vec<PixmapKey> = (0..2 * 64).map(|_| atlas.place().expect("room")).collect();
    atlas.layout.begin_frame();
    assert!(keys[1..].iter().all(|key| atlas.layout.touch(*key)));
    let refused = atlas.layout.place(Size::new(40, 40));
    assert!(matches!(refused, Err(PlaceError::Full { .. })), "{refused:?}");
    let placed = atlas.layout.place(Size::new(32, 32));
    assert!(placed.is_ok(), "{placed:?}, in place of the one that nobody uses");
    assert!(keys[1..].iter().all(|key| atlas.layout.contains(*key)));
}
