//! Pixmaps in tiles, beside small ones and alone: frames within the promised share are never refused, and a pixmap comes and
//! goes whole.

use pixmap_cache::layout::{Layout, LayoutDescriptor};
use pixmap_cache::{PixmapKey, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

const PAGE_SIDES: [u32; 3] = [256, 512, 1024];
const PAGE_COUNTS: [u32; 6] = [2, 3, 4, 7, 11, 16];

/// What the frames show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mix {
    /// Pixmaps in tiles alone.
    Tiled,
    /// One in tiles among several with sides up to a quarter of a page.
    TiledAndSmall,
    /// Also some with sides between a quarter and half a page.
    All,
}

struct Frames {
    layout: Layout,
    random: Pcg64,
    mix: Mix,
    page_side: u32,
    /// With mip levels or without.
    has_levels: bool,
    /// Of the last frame, with their number of tiles.
    in_use: Vec<(PixmapKey, usize)>,
    tiled: u32,
}

impl Frames {
    fn new(page_side: u32, pages: u32, (mix, seed): (Mix, u64)) -> Self {
        let descriptor = LayoutDescriptor {
            page_side,
            max_pages: pages,
            max_entries: 1 << 20,
            max_tiles: 1 << 20,
        };
        let mut layout = Layout::new(&descriptor).expect("the descriptor is sound");
        layout.commit_pages(0..pages);
        layout.begin_frame();
        Self {
            layout,
            random: Pcg64::seed_from_u64(seed),
            mix,
            page_side,
            has_levels: seed % 3 == 2,
            in_use: Vec::new(),
            tiled: 0,
        }
    }

    fn promised_texels(&self) -> u64 {
        let max_side = match self.mix {
            Mix::Tiled | Mix::TiledAndSmall => self.page_side / 4,
            Mix::All => 1_500,
        };
        self.layout.promised_texels(max_side)
    }

    fn draw(&mut self) -> (Size, u8) {
        let (half, quarter) = (self.page_side / 2, self.page_side / 4);
        let is_small = self.mix != Mix::Tiled && self.random.random_ratio(5, 6);
        let size = if is_small && self.mix == Mix::All && self.random.random_ratio(1, 3) {
            self.square_like(quarter / 2 + 1, half)
        } else if is_small {
            self.square_like(quarter / 8, quarter)
        } else {
            // A third are bars and slivers.
            let short = if self.random.random_ratio(1, 3) { 1 } else { 300 };
            let long = self.random.random_range(300.max(half + 1)..=1_500);
            let other = self.random.random_range(short..=1_500);
            if self.random.random() {
                Size::new(long, other)
            } else {
                Size::new(other, long)
            }
        };
        let is_tiled = size.longer_side() > half;
        let levels = if self.has_levels && is_tiled {
            size.width.min(size.height).ilog2() + 1
        } else {
            1
        };
        (size, levels as u8)
    }

    fn square_like(&mut self, min: u32, max: u32) -> Size {
        let mut side = || self.random.random_range(min..=max);
        Size::new(side(), side())
    }

    fn texels(&self, (size, levels): (Size, u8)) -> u64 {
        let footprints = self.layout.footprints(size, levels).unwrap_or_default();
        let texels: u64 = footprints.iter().map(|footprint| footprint.size.texels()).sum();
        if footprints.is_empty() { u64::MAX } else { texels }
    }

    /// Finds what is still in use, and inserts up to the promised share: until nothing that was drawn fits any more.
    fn frame(&mut self, share: f64) {
        self.layout.begin_frame();
        for (key, tiles) in &self.in_use {
            assert!(self.layout.touch(*key), "an entry in use is gone");
            assert_eq!(
                self.layout.tiles(*key).len(),
                *tiles,
                "a pixmap is never half there"
            );
        }
        let limit = (self.promised_texels() as f64 * share) as u64;
        let mut misfits = 0;
        while misfits < 6 {
            let (size, levels) = self.draw();
            let used = self.layout.stats().protected_texels;
            if used + self.texels((size, levels)).min(limit + 1) > limit {
                misfits += 1;
                continue;
            }
            let placed = self.layout.place_pixmap(size, levels);
            self.layout.drain_ops().for_each(drop);
            let (mix, side) = (self.mix, self.page_side);
            let key = placed.unwrap_or_else(|error| {
                panic!("{error} for {size} with {levels} levels, {used} in use, {mix:?} on pages of {side}")
            });
            let tiles = self.layout.tiles(key).len();
            self.tiled += u32::from(tiles > 0);
            self.in_use.push((key, tiles));
        }
    }

    fn let_go(&mut self, share: f64) {
        let random = &mut self.random;
        self.in_use.retain(|_| !random.random_bool(share));
    }
}

fn seeds() -> u64 {
    // Enough for a few seconds; `WORKING_SET_SEEDS` runs more.
    crate::atlas::seeds()
}

fn each_case(run: impl Fn(&mut Frames)) {
    let mut tiled = 0;
    for mix in [Mix::Tiled, Mix::TiledAndSmall, Mix::All] {
        for page_side in PAGE_SIDES {
            for pages in PAGE_COUNTS {
                for seed in 0..seeds() {
                    let mut frames = Frames::new(page_side, pages, (mix, seed));
                    run(&mut frames);
                    tiled += frames.tiled;
                }
            }
        }
    }
    assert!(tiled > 300, "only {tiled} pixmaps were in tiles");
}

#[test]
fn a_working_set_of_tiled_pixmaps_that_changes_a_little_is_never_refused() {
    each_case(|frames| {
        for _ in 0..8 {
            frames.frame(1.0);
            frames.let_go(0.15);
        }
    });
}

#[test]
fn a_working_set_of_tiled_pixmaps_that_jumps_is_never_refused() {
    each_case(|frames| {
        for round in 0..8 {
            // Full frames leave little behind, sparse ones are spread over all pages.
            frames.frame(if round % 3 == 0 { 0.4 } else { 1.0 });
            frames.let_go(if round % 2 == 0 { 1.0 } else { 0.6 });
        }
    });
}

/// An overfull frame leaves pages full of what was in use, in any order.
#[test]
fn a_working_set_of_tiled_pixmaps_after_an_overfull_frame_is_never_refused() {
    each_case(|frames| {
        for _ in 0..3 {
            frames.layout.begin_frame();
            let mut refused = 0;
            while refused < 4 {
                let (size, levels) = frames.draw();
                refused += u32::from(frames.layout.place_pixmap(size, levels).is_err());
            }
            frames.layout.drain_ops().for_each(drop);
            let kept: Vec<PixmapKey> = frames.layout.keys().collect();
            frames.layout.begin_frame();
            let limit = frames.promised_texels();
            frames.in_use.clear();
            for key in kept {
                let texels = entry_texels(&frames.layout, key);
                if frames.random.random() && frames.layout.stats().protected_texels + texels <= limit {
                    assert!(frames.layout.touch(key));
                    frames.in_use.push((key, frames.layout.tiles(key).len()));
                }
            }
            frames.frame(1.0);
        }
    });
}

fn entry_texels(layout: &Layout, key: PixmapKey) -> u64 {
    let regions = layout.region(key).into_iter().chain(layout.tiles(key));
    regions.map(|region| region.rect.size().texels()).sum()
}
