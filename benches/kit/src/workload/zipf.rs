//! *Zipf*: a game, a map or a canvas whose objects come and go by popularity, scaled to the size of the cache.
//!
//! All texels are relative to the cache's. Each frame touches a working set of a fifth, drawn by Zipf(0.8) from pixmaps worth
//! ten times the cache; 4 % of its members are replaced in each frame. Ranks drift: in each frame a five-thousandth of the
//! pixmaps swap ranks with random others. In addition, a window of a sixteenth scrolls through a list of four times the
//! cache (see `scroll`). In the last 20 of every 200 frames, a scan touches new pixmaps worth a hundredth.

use pixmap_cache::Size;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Zipf};
use rand_pcg::Pcg64;

use super::kind::Kind;
use super::scroll::Scroll;
use super::sizes;
use crate::trace::Trace;

const FRAMES: u64 = 3_000;
const UNIVERSE_TIMES: u64 = 10;
const EXPONENT: f64 = 0.8;
const WORKING_SET_SHARE: u64 = 5;
const REPLACED_PER_FRAME: f64 = 0.04;
const DRIFT_PER_FRAME: f64 = 1.0 / 5_000.0;
const SCROLLED_TIMES: u64 = 4;
const WINDOW_SHARE: u64 = 16;
const SCAN_PERIOD: u64 = 200;
const SCAN_FRAMES: u64 = 20;
const SCAN_SHARE: u64 = 100;

pub(super) fn trace(kind: Kind, capacity_texels: u64, random: &mut Pcg64) -> Trace {
    let mut trace = Trace::default();
    let mut popular = Popular::new(
        add_pixmaps(
            &mut trace,
            "popular",
            kind,
            capacity_texels * UNIVERSE_TIMES,
            random,
        ),
        random,
    );
    let mut working_set = WorkingSet::draw(
        &popular,
        trace.sizes(),
        capacity_texels / WORKING_SET_SHARE,
        random,
    );
    let scrolled = add_pixmaps(
        &mut trace,
        "scrolled",
        kind,
        capacity_texels * SCROLLED_TIMES,
        random,
    );
    let mut scroll = Scroll::new(scrolled, trace.sizes(), capacity_texels / WINDOW_SHARE);
    for frame in 0..FRAMES {
        trace.begin_frame(frame);
        popular.drift(random);
        working_set.replace_some(&popular, random);
        working_set.members.iter().for_each(|&pixmap| trace.touch(pixmap));
        scroll.step(random);
        scroll.window().iter().for_each(|&pixmap| trace.touch(pixmap));
        if frame % SCAN_PERIOD >= SCAN_PERIOD - SCAN_FRAMES {
            let scanned = add_pixmaps(
                &mut trace,
                &format!("scan {frame}"),
                kind,
                capacity_texels / SCAN_SHARE,
                random,
            );
            scanned.iter().for_each(|&pixmap| trace.touch(pixmap));
        }
    }
    trace
}

/// Adds pixmaps until they have `texels`.
fn add_pixmaps(trace: &mut Trace, name: &str, kind: Kind, texels: u64, random: &mut Pcg64) -> Vec<u32> {
    let (mut added, mut added_texels) = (Vec::new(), 0);
    while added_texels < texels {
        let size = sizes::draw(kind, random);
        added_texels += size.texels();
        added.push(trace.add_pixmap(format!("{name}/{}", added.len()), size));
    }
    added
}

struct Popular {
    /// Most popular first.
    ranked: Vec<u32>,
    which: Zipf<f64>,
}

impl Popular {
    fn new(mut pixmaps: Vec<u32>, random: &mut Pcg64) -> Popular {
        pixmaps.shuffle(random);
        let which = Zipf::new(pixmaps.len() as f64, EXPONENT).expect("BUG: a valid Zipf");
        Popular {
            ranked: pixmaps,
            which,
        }
    }

    fn draw(&self, random: &mut Pcg64) -> u32 {
        self.ranked[self.which.sample(random) as usize - 1]
    }

    fn drift(&mut self, random: &mut Pcg64) {
        let count = self.ranked.len();
        let trades = count as f64 * DRIFT_PER_FRAME;
        let trades = trades as usize + usize::from(random.random_bool(trades.fract()));
        for _ in 0..trades {
            self.ranked
                .swap(random.random_range(0..count), random.random_range(0..count));
        }
    }
}

/// Distinct pixmaps, drawn by popularity.
struct WorkingSet {
    members: Vec<u32>,
    /// For each pixmap of the trace so far.
    is_member: Vec<bool>,
}

impl WorkingSet {
    fn draw(popular: &Popular, sizes: &[Size], texels: u64, random: &mut Pcg64) -> WorkingSet {
        let mut working_set = WorkingSet {
            members: Vec::new(),
            is_member: vec![false; sizes.len()],
        };
        let mut drawn_texels = 0;
        while drawn_texels < texels {
            let pixmap = working_set.draw_new(popular, random);
            drawn_texels += sizes[pixmap as usize].texels();
            working_set.members.push(pixmap);
        }
        working_set
    }

    fn replace_some(&mut self, popular: &Popular, random: &mut Pcg64) {
        let replaced = self.members.len() as f64 * REPLACED_PER_FRAME;
        let replaced = replaced as usize + usize::from(random.random_bool(replaced.fract()));
        for _ in 0..replaced {
            let new = self.draw_new(popular, random);
            let leaves = random.random_range(0..self.members.len());
            let old = std::mem::replace(&mut self.members[leaves], new);
            self.is_member[old as usize] = false;
        }
    }

    fn draw_new(&mut self, popular: &Popular, random: &mut Pcg64) -> u32 {
        loop {
            let pixmap = popular.draw(random);
            if !std::mem::replace(&mut self.is_member[pixmap as usize], true) {
                return pixmap;
            }
        }
    }
}
