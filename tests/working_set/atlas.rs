//! An atlas that is filled, used and jumped at random, and the cases in which it is tried.

use pixmap_cache::layout::{Layout, LayoutDescriptor, PlaceError};
use pixmap_cache::{PixmapKey, Size};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;

pub(crate) const PAGE_SIDE: u32 = 256;
pub(crate) const PAGE_TEXELS: u64 = (PAGE_SIDE * PAGE_SIDE) as u64;

/// How the sides of pixmaps are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sizes {
    /// Uniform in width and height.
    Uniform { max: u32 },
    /// As many small as large ones: uniform in the logarithm.
    Logarithmic { max: u32 },
    /// All the same square.
    Square { side: u32 },
    /// Just above half of `max`: two of them never share its width.
    Awkward { max: u32 },
    /// A few large squares among many small ones.
    TwoKinds { large: u32, small: u32 },
}

impl Sizes {
    pub(crate) fn draw(self, random: &mut Pcg64) -> Size {
        let mut side = || match self {
            Sizes::Uniform { max } => random.random_range(4..=max),
            Sizes::Logarithmic { max } => {
                let exponent = random.random_range(2.0..=f64::from(max).log2());
                (exponent.exp2() as u32).min(max)
            }
            Sizes::Awkward { max } => random.random_range(max / 2 + 1..=max),
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

pub(crate) struct Atlas {
    pub(crate) layout: Layout,
    pub(crate) sizes: Sizes,
    pub(crate) random: Pcg64,
    /// Texels of all pages.
    pub(crate) capacity: u64,
}

impl Atlas {
    pub(crate) fn new(pages: u32, sizes: Sizes, seed: u64) -> Self {
        let descriptor = LayoutDescriptor {
            page_side: PAGE_SIDE,
            max_pages: pages,
            max_entries: 1 << 20,
            ..Default::default()
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

    pub(crate) fn protected(&self) -> f64 {
        self.layout.stats().protected_texels as f64 / self.capacity as f64
    }

    /// Whether an entry was used in the present frame.
    pub(crate) fn was_used(&self, key: PixmapKey) -> bool {
        self.layout.last_frame(key) == Some(self.layout.stats().frame)
    }

    pub(crate) fn place(&mut self) -> Result<PixmapKey, PlaceError> {
        let size = self.sizes.draw(&mut self.random);
        let placed = self.layout.place(size);
        self.layout.drain_ops().for_each(drop);
        placed
    }

    /// Frames of little use until every page has been filled about three times.
    pub(crate) fn fill(&mut self) {
        while self.layout.stats().placed_texels < 3 * self.capacity {
            self.layout.begin_frame();
            while self.protected() < 0.2 {
                self.place().expect("a frame of less than half has room");
            }
        }
    }

    /// Inserts until the frame uses `share` of the budget.
    pub(crate) fn insert_up_to(&mut self, share: f64) {
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
    pub(crate) fn touch_up_to(&mut self, share: f64) {
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

pub(crate) const QUARTER: u32 = PAGE_SIDE / 4;
pub(crate) const HALF: u32 = PAGE_SIDE / 2;

pub(crate) const UP_TO_A_QUARTER: [Sizes; 7] = [
    Sizes::Uniform { max: QUARTER },
    Sizes::Logarithmic { max: QUARTER },
    Sizes::Square { side: QUARTER },
    Sizes::Square { side: 48 },
    Sizes::Square { side: 16 },
    Sizes::Awkward { max: QUARTER },
    Sizes::TwoKinds {
        large: QUARTER,
        small: 8,
    },
];

pub(crate) const UP_TO_HALF: [Sizes; 5] = [
    Sizes::Uniform { max: HALF },
    Sizes::Logarithmic { max: HALF },
    Sizes::Square { side: HALF },
    Sizes::Awkward { max: HALF },
    Sizes::TwoKinds {
        large: HALF,
        small: 16,
    },
];

pub(crate) fn seeds() -> u64 {
    let seeds = std::env::var("WORKING_SET_SEEDS");
    seeds.ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(3)
}

/// The share of the pages that is promised for sides up to `max_side`.
pub(crate) fn promised_share(pages: u32, max_side: u32) -> f64 {
    let layout = Atlas::new(pages, Sizes::Square { side: max_side }, 0).layout;
    layout.promised_texels(max_side) as f64 / f64::from(pages) / PAGE_TEXELS as f64
}

/// Sizes, the share of the pages that is promised for them, pages and a seed.
pub(crate) fn cases() -> impl Iterator<Item = (Sizes, f64, u32, u64)> {
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
