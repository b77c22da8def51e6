//! *Touch* and *find*: the lookups that a frame makes for everything on screen, compared with a bare slotmap and a bare
//! hash map; and *inspect*, which walks all entries in two orders.
//!
//! The cache runs on wgpu's `noop` backend, which accepts every command and does nothing, so only our CPU work is timed. Its
//! pixmaps have four texels. Every lookup hits. Each round looks up every entry once, in shuffled order, as one frame. The
//! bare slotmap holds records of an entry's size and writes the frame number into them. The bare map has the cache's hasher
//! and keys.

use std::time::{Duration, Instant};

use hashbrown::HashMap;
use pixmap_cache::inspect::InspectedRegion;
use pixmap_cache::{CacheDescriptor, PixelFormat, Pixmap, PixmapCache, PixmapKey, Size};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use slotmap::SlotMap;

use crate::report::{Report, Row, Target};
use bench_kit::columns::aligned;

const ENTRY_COUNTS: [u32; 3] = [1_000, 30_000, 1_000_000];
/// Duration of each comparison. The fastest round of each side counts.
const TIME_PER_COMPARISON: Duration = Duration::from_millis(1_500);
const MIN_ROUNDS: usize = 5;

/// Has the size of the layout's own record.
#[derive(Clone, Copy)]
struct BareEntry {
    last_frame: u64,
    _region: [u32; 4],
}

pub fn run(report: &mut Report) {
    let mut lines = vec![
        [
            "entries",
            "touch ns",
            "slotmap get_mut ns",
            "find ns",
            "map get ns",
            "inspect regions ns",
            "by page ns",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for count in ENTRY_COUNTS {
        let names = names(count);
        let (mut cache, keys) = filled_cache(&names);
        let [touch, get_mut] = compare_touch(&mut cache, &keys);
        let [find, get] = compare_find(&mut cache, &names);
        let [regions, by_page] = compare_inspect(&cache);
        let figures = [touch, get_mut, find, get, regions, by_page].map(|ns| format!("{ns:.2}"));
        lines.push(std::iter::once(count.to_string()).chain(figures).collect());
        add(
            report,
            format!("touch, {count} entries / slotmap get_mut"),
            2.0,
            touch / get_mut,
        );
        add(
            report,
            format!("find by &str, {count} entries / map get"),
            1.3,
            find / get,
        );
    }
    println!("{}", aligned(&lines));
}

fn add(report: &mut Report, what: String, limit: f64, reached: f64) {
    report.add(Row {
        what,
        on: "CPU".into(),
        target: Target::AtMost(limit),
        reached,
        unit: "x",
        note: String::new(),
    });
}

/// Returns names that look like paths of icons.
fn names(count: u32) -> Vec<String> {
    (0..count)
        .map(|number| format!("icons/scalable/{number}@2x"))
        .collect()
}

fn filled_cache(names: &[String]) -> (PixmapCache, Vec<PixmapKey>) {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let texels = [0; 16];
    let pixmap = Pixmap::new(PixelFormat::Rgba8, Size::new(2, 2), &texels);
    let descriptor = CacheDescriptor {
        budget_bytes: 64 << 20,
        max_entries: Some(names.len() as u32),
        ..CacheDescriptor::default()
    };
    let mut cache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache on the noop backend");
    let mut keys = Vec::with_capacity(names.len());
    for name in names {
        keys.push(
            cache
                .insert_named(name.clone(), pixmap)
                .expect("room for every entry"),
        );
    }
    cache.flush();
    assert_eq!(cache.len(), names.len(), "every entry is resident");
    (cache, keys)
}

fn compare_touch(cache: &mut PixmapCache, keys: &[PixmapKey]) -> [f64; 2] {
    let mut bare = SlotMap::with_capacity(keys.len());
    let bare_keys: Vec<_> = keys
        .iter()
        .map(|_| {
            bare.insert(BareEntry {
                last_frame: 0,
                _region: [0; 4],
            })
        })
        .collect();
    let order = shuffled(keys.len());
    let keys: Vec<_> = order.iter().map(|&index| keys[index]).collect();
    let bare_keys: Vec<_> = order.iter().map(|&index| bare_keys[index]).collect();
    let mut frame = 0;
    let touch_all = || {
        cache.begin_frame();
        keys.iter().filter(|&&key| cache.touch(key)).count()
    };
    let get_all = || {
        frame += 1;
        let mut found = 0;
        for &key in &bare_keys {
            if let Some(entry) = bare.get_mut(key) {
                entry.last_frame = frame;
                found += 1;
            }
        }
        found
    };
    fastest_ns(keys.len(), touch_all, get_all)
}

fn compare_find(cache: &mut PixmapCache, names: &[String]) -> [f64; 2] {
    let bare: HashMap<String, u64> = names.iter().cloned().zip(0..).collect();
    let order = shuffled(names.len());
    let names: Vec<&str> = order.iter().map(|&index| names[index].as_str()).collect();
    let find_all = || {
        cache.begin_frame();
        names.iter().filter(|name| cache.find(**name).is_some()).count()
    };
    let get_all = || {
        names
            .iter()
            .filter(|name| bare.get(**name).is_some_and(|&value| value != u64::MAX))
            .count()
    };
    fastest_ns(names.len(), find_all, get_all)
}

/// Walks all regions by row of the region table, and page by page.
fn compare_inspect(cache: &PixmapCache) -> [f64; 2] {
    let inspection = cache.inspect();
    let resident = |region: &InspectedRegion<'_, String>| region.age_frames < u64::MAX;
    let by_row = || inspection.regions().filter(resident).count();
    let by_page = || {
        let pages = inspection.pages();
        let regions = pages.flat_map(|page| inspection.regions_on(page.index));
        regions.filter(resident).count()
    };
    fastest_ns(cache.len(), by_row, by_page)
}

fn shuffled(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut Pcg64::seed_from_u64(1));
    order
}

/// Runs rounds of both sides in turn and returns the nanoseconds per lookup of each side's fastest round. Every lookup
/// must hit.
fn fastest_ns(
    lookups: usize,
    mut ours: impl FnMut() -> usize,
    mut theirs: impl FnMut() -> usize,
) -> [f64; 2] {
    let mut fastest = [f64::INFINITY; 2];
    let (start, mut rounds) = (Instant::now(), 0);
    while rounds < MIN_ROUNDS || start.elapsed() < TIME_PER_COMPARISON {
        for (side, round) in [&mut ours as &mut dyn FnMut() -> usize, &mut theirs]
            .into_iter()
            .enumerate()
        {
            let start = Instant::now();
            let found = round();
            let ns = start.elapsed().as_nanos() as f64 / lookups as f64;
            assert_eq!(found, lookups, "every lookup finds its entry");
            fastest[side] = fastest[side].min(ns);
        }
        rounds += 1;
    }
    fastest
}
