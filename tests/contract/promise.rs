//! Frames within the promised share of the pages' bytes are never refused, whatever the budget and its pages.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, Pixmap, PixmapCache, PixmapKey, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

use crate::noop::Noop;

const MIB: u64 = 1 << 20;
const FRAMES: u32 = 12;

/// How much of the pages a frame uses, in pixmaps of which sides.
struct Frames {
    percent: u64,
    /// Longest side of a pixmap, as a divisor of the page's.
    divisor: u32,
    /// Whether every sixth is longer than half a page, up to two pages.
    tiled: bool,
}

const QUARTERS: Frames = Frames {
    percent: 70,
    divisor: 4,
    tiled: false,
};

const HALVES: Frames = Frames {
    percent: 50,
    divisor: 2,
    tiled: false,
};

const QUARTERS_AND_TILES: Frames = Frames {
    tiled: true,
    ..QUARTERS
};

const HALVES_AND_TILES: Frames = Frames {
    tiled: true,
    ..HALVES
};

/// Bytes that a pixmap takes on the pages: a tile has a border where it has a neighbor.
fn bytes_of(size: Size, page_side: u32) -> u64 {
    if size.longer_side() <= page_side / 2 {
        return size.texels() * 4;
    }
    let payload = 256.min(page_side / 4) - 2;
    let stored = |side: u32| side + 2 * (side.div_ceil(payload) - 1);
    Size::new(stored(size.width), stored(size.height)).texels() * 4
}

/// A cache whose frames keep most of what the frame before used.
struct Played {
    cache: PixmapCache,
    rng: Pcg32,
    in_use: Vec<(PixmapKey, u64)>,
    texels: Vec<u8>,
}

impl Played {
    fn new(descriptor: &CacheDescriptor) -> Self {
        let cache = Noop::new().cache(descriptor).expect("a cache");
        let side = cache.page_side() as usize;
        Self {
            cache,
            rng: Pcg32::seed_from_u64(31),
            in_use: Vec::new(),
            texels: vec![7; 4 * 2 * side * 2 * side],
        }
    }

    /// Finds what is still in use, and inserts up to the promised share.
    fn frame(&mut self, frames: &Frames, what: &str) {
        self.cache.begin_frame();
        for (key, _) in &self.in_use {
            assert!(self.cache.touch(*key), "{what}: an entry in use is gone");
        }
        let stats = self.cache.stats();
        let promised = u64::from(stats.max_pages) * stats.page_bytes * frames.percent / 100;
        let mut used: u64 = self.in_use.iter().map(|(_, bytes)| bytes).sum();
        let side = stats.page_side;
        let longest = side / frames.divisor;
        loop {
            let is_tiled = frames.tiled && self.rng.random_ratio(1, 6);
            let sides = if is_tiled {
                side / 2 + 1..=2 * side
            } else {
                longest / 2 + 1..=longest
            };
            let mut draw = || self.rng.random_range(sides.clone());
            let size = Size::new(draw(), draw());
            let bytes = bytes_of(size, side);
            if used + bytes > promised {
                // Small ones fill what a large one leaves.
                if is_tiled {
                    continue;
                }
                break;
            }
            let texels = &self.texels[..size.texels() as usize * 4];
            let pixmap = Pixmap::new(PixelFormat::Rgba8, size, texels);
            match self.cache.insert(pixmap) {
                Ok(key) => self.in_use.push((key, bytes)),
                Err(error) => panic!("{what}: {error}, with {used} of {promised} promised bytes in use"),
            }
            used += bytes;
        }
        assert_eq!(
            self.cache.stats().protected_bytes,
            used,
            "{what}: what the pages count"
        );
        self.cache.flush();
    }

    /// Every so many of what is in use, at random.
    fn let_go(&mut self, one_in: usize) {
        for _ in 0..self.in_use.len() / one_in {
            let index = self.rng.random_range(0..self.in_use.len());
            self.in_use.swap_remove(index);
        }
    }
}

fn check(budget_bytes: u64, page_side: Option<u32>, frames: &Frames) {
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        let mut played = Played::new(&CacheDescriptor {
            budget_bytes,
            page_side,
            commit,
            idle: None,
            ..Default::default()
        });
        let Frames { divisor, tiled, .. } = frames;
        let what = format!(
            "{budget_bytes} bytes, {page_side:?}, {commit:?}, sides up to 1/{divisor}, tiles: {tiled}"
        );
        for frame in 0..FRAMES {
            played.frame(frames, &what);
            // Small changes, and now and then most of it.
            played.let_go(if frame % 4 == 3 { 2 } else { 6 });
        }
        assert_eq!(played.cache.stats().refused, 0, "{what}");
        assert!(
            played.cache.stats().evictions > 0,
            "{what}: the pages were never full"
        );
    }
}

#[test]
fn small_default_budgets_hold_the_promise() {
    for mib in [1, 2, 3] {
        check(mib * MIB, None, &QUARTERS);
        check(mib * MIB, None, &HALVES);
        check(mib * MIB, None, &QUARTERS_AND_TILES);
        check(mib * MIB, None, &HALVES_AND_TILES);
    }
}

#[test]
fn a_budget_of_a_few_large_pages_holds_the_promise() {
    check(16 * MIB, Some(1024), &QUARTERS);
    check(16 * MIB, Some(1024), &HALVES);
    check(16 * MIB, Some(1024), &QUARTERS_AND_TILES);
    check(16 * MIB, Some(1024), &HALVES_AND_TILES);
}

#[test]
fn large_default_budgets_hold_the_promise() {
    for mib in [16, 64] {
        check(mib * MIB, None, &QUARTERS);
        check(mib * MIB, None, &HALVES);
        check(mib * MIB, None, &QUARTERS_AND_TILES);
        check(mib * MIB, None, &HALVES_AND_TILES);
    }
}
