//! *Scale*: the cost of an insertion and of a request, and the CPU memory per entry, from a thousand to a million entries.
//!
//! Pixmaps have sides of 8 to 24 texels, on at least 15 pages that hold about the number of entries of the row. Once the
//! pages are full, each request picks one of 1.2 times as many pixmaps as are resident, at random, and places it if it is
//! missing. A frame makes a fiftieth as many requests as there are entries. The bare map is a slotmap with as many records
//! and the same requests; it drops its oldest record for each new one. Memory is what the layout has allocated at the end.

use std::time::Instant;

use pixmap_cache::layout::{Layout, LayoutDescriptor};
use pixmap_cache::{PixmapKey, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use slotmap::SlotMap;

use crate::allocated;
use crate::report::{Report, Row, Target};
use bench_kit::columns::aligned;

const ENTRY_COUNTS: [usize; 5] = [1_000, 10_000, 30_000, 100_000, 1_000_000];
const SIDES: std::ops::RangeInclusive<u32> = 8..=24;
/// Mean texels of a pixmap with [`SIDES`].
const MEAN_TEXELS: usize = 256;
/// Share of the pages that pixmaps fill, from which the number of pages follows.
const EXPECTED_FILL: f64 = 0.85;
const MIN_PAGES: u64 = 15;
const REQUESTS: usize = 4_000_000;

struct Figures {
    entries: usize,
    ns_per_insertion: f64,
    ns_per_request: f64,
    bare_ns_per_request: f64,
    miss_share: f64,
    bytes_per_entry: f64,
}

pub fn run(report: &mut Report) {
    let all = ENTRY_COUNTS.map(measure);
    let headings = [
        "entries",
        "resident",
        "ns/insertion",
        "ns/request",
        "bare map",
        "misses",
        "bytes/entry",
    ];
    let mut lines = vec![headings.map(str::to_owned).to_vec()];
    for (count, figures) in ENTRY_COUNTS.iter().zip(&all) {
        lines.push(vec![
            count.to_string(),
            figures.entries.to_string(),
            format!("{:.0}", figures.ns_per_insertion),
            format!("{:.1}", figures.ns_per_request),
            format!("{:.1}", figures.bare_ns_per_request),
            format!("{:.3}", figures.miss_share),
            format!("{:.1}", figures.bytes_per_entry),
        ]);
    }
    println!("{}", aligned(&lines));
    add_targets(report, &all);
}

fn add_targets(report: &mut Report, all: &[Figures]) {
    let (first, last) = (&all[0], &all[all.len() - 1]);
    let beyond_bare = |figures: &Figures| figures.ns_per_request - figures.bare_ns_per_request;
    let ours = last.ns_per_request / first.ns_per_request;
    let bare = last.bare_ns_per_request / first.bare_ns_per_request;
    report.add(Row {
        what: "growth of ns per request beyond the bare map's, 1,000 to 1,000,000".into(),
        on: "CPU".into(),
        target: Target::AtMost(2.0),
        reached: beyond_bare(last) / beyond_bare(first),
        unit: "x",
        note: format!("all of ours {ours:.2}x, the bare map {bare:.2}x"),
    });
    report.add(Row {
        what: "CPU memory per entry of the layout, largest".into(),
        on: "CPU".into(),
        target: Target::AtMost(96.0),
        reached: all
            .iter()
            .map(|figures| figures.bytes_per_entry)
            .fold(0.0, f64::max),
        unit: " bytes",
        note: "without names and the region table's shadow".into(),
    });
}

fn measure(count: usize) -> Figures {
    let mut random = Pcg64::seed_from_u64(count as u64);
    let mut size = || Size::new(random.random_range(SIDES), random.random_range(SIDES));
    let sizes: Vec<Size> = (0..count * 3 / 2).map(|_| size()).collect();
    let mut keys = vec![PixmapKey::default(); sizes.len()];
    let before = allocated::bytes();
    let mut filled = Filled {
        layout: new_layout(count),
        sizes: &sizes,
        keys: &mut keys,
        frame_length: (count / 50).max(1),
    };
    let ns_per_insertion = filled.insert(count * 6 / 5);
    let pixmaps = filled.layout.len() * 6 / 5;
    assert!(pixmaps <= sizes.len(), "more pixmaps fit than there are");
    let requests: Vec<u32> = (0..REQUESTS)
        .map(|_| random.random_range(0..pixmaps as u32))
        .collect();
    let start = Instant::now();
    let misses = filled.request(&requests);
    let ns_per_request = start.elapsed().as_nanos() as f64 / REQUESTS as f64;
    let bytes = allocated::bytes() - before - requests.capacity() * size_of::<u32>();
    let entries = filled.layout.len();
    assert!(
        entries * 5 > count * 4,
        "only {entries} of {count} entries are resident"
    );
    Figures {
        entries,
        ns_per_insertion,
        ns_per_request,
        bare_ns_per_request: bare_ns_per_request(entries, pixmaps, &requests),
        miss_share: misses as f64 / REQUESTS as f64,
        bytes_per_entry: bytes as f64 / entries as f64,
    }
}

/// Makes a layout with the largest pages of which there are at least [`MIN_PAGES`].
fn new_layout(count: usize) -> Layout {
    let texels = (count * MEAN_TEXELS) as f64 / EXPECTED_FILL;
    let count_of = |side: u32| (texels / f64::from(side * side)).round() as u64;
    let sides = [2048, 1024, 512, 256, 128, 64];
    let page_side = sides
        .into_iter()
        .find(|&side| count_of(side) >= MIN_PAGES)
        .expect("BUG: enough of the smallest");
    let max_pages = count_of(page_side) as u32;
    let descriptor = LayoutDescriptor {
        page_side,
        max_pages,
        max_entries: count as u32 * 2,
        ..Default::default()
    };
    let mut layout = Layout::new(&descriptor).expect("a valid descriptor");
    layout.commit_pages(0..max_pages);
    layout.begin_frame();
    layout
}

/// A layout and the pixmaps that are requested from it, by number.
struct Filled<'s> {
    layout: Layout,
    sizes: &'s [Size],
    /// The latest key of each pixmap.
    keys: &'s mut [PixmapKey],
    frame_length: usize,
}

impl Filled<'_> {
    /// Inserts the first `count` pixmaps and returns the nanoseconds per insertion.
    fn insert(&mut self, count: usize) -> f64 {
        let start = Instant::now();
        for pixmap in 0..count {
            if pixmap.is_multiple_of(self.frame_length) {
                self.begin_frame();
            }
            self.place(pixmap);
        }
        start.elapsed().as_nanos() as f64 / count as f64
    }

    /// Makes the requests and returns the number of misses.
    fn request(&mut self, requests: &[u32]) -> u64 {
        let mut misses = 0;
        for frame in requests.chunks(self.frame_length) {
            self.begin_frame();
            for &pixmap in frame {
                if !self.layout.touch(self.keys[pixmap as usize]) {
                    self.place(pixmap as usize);
                    misses += 1;
                }
            }
        }
        misses
    }

    fn begin_frame(&mut self) {
        drop(self.layout.drain_ops());
        self.layout.begin_frame();
    }

    fn place(&mut self, pixmap: usize) {
        let placed = self.layout.place(self.sizes[pixmap]);
        self.keys[pixmap] = placed.expect("frames far below the budget are never refused");
    }
}

fn bare_ns_per_request(count: usize, pixmaps: usize, requests: &[u32]) -> f64 {
    let mut map: SlotMap<PixmapKey, [u64; 3]> = SlotMap::with_key();
    let mut keys = vec![PixmapKey::default(); pixmaps];
    // A ring whose oldest element is at `oldest`.
    let mut ring: Vec<PixmapKey> = Vec::with_capacity(count);
    for key in &mut keys[..count] {
        *key = map.insert([0; 3]);
        ring.push(*key);
    }
    let mut oldest = 0;
    let start = Instant::now();
    for (frame, &pixmap) in requests.iter().enumerate() {
        if let Some(entry) = map.get_mut(keys[pixmap as usize]) {
            entry[0] = frame as u64;
            continue;
        }
        map.remove(ring[oldest]);
        let key = map.insert([0; 3]);
        keys[pixmap as usize] = key;
        ring[oldest] = key;
        oldest = (oldest + 1) % count;
    }
    let ns = start.elapsed().as_nanos() as f64 / requests.len() as f64;
    assert_eq!(map.len(), count, "as many entries as before");
    ns
}
