//! *Frame*: the CPU time of a cache in each frame of a scrolling wall of pixmaps, and the bytes that it moves.
//!
//! The time covers `begin_frame`, a `find` for everything visible with `insert_named` for what is missing, and `flush`. The
//! GPU is idle when a frame begins, and its work is not waited for. The budget holds about two screens. Pixels are ready in
//! memory.

use std::time::Instant;

use pixmap_cache::{CacheDescriptor, Pixmap, PixmapCache, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::report::{Report, Row, Target};
use bench_kit::columns::aligned;
use bench_kit::gpu::{FORMAT, Gpu, Noise, Samples, Source, each_gpu};

const FRAMES: u32 = 600;
const COLUMNS: usize = 20;
const VISIBLE_ROWS: usize = 20;
const ROWS: usize = 2_000;
/// Width and height of the pixmaps in texels, drawn independently.
const SIDES: std::ops::RangeInclusive<u32> = 16..=128;
const BUDGET_BYTES: u64 = 16 << 20;

/// A pixmap of the wall.
struct Picture {
    name: String,
    size: Size,
}

#[derive(Default)]
struct Measured {
    times: Samples,
    uploaded_bytes: Vec<u64>,
    moved_bytes: Vec<u64>,
}

pub fn run(report: &mut Report) {
    let noise = Noise::new(Source::Memory);
    let wall = wall();
    println!(
        "{FRAMES} frames, {} visible of {} pixmaps, sides {SIDES:?}, budget {} MiB",
        COLUMNS * VISIBLE_ROWS,
        wall.len(),
        BUDGET_BYTES >> 20
    );
    each_gpu(|gpu| {
        let mut cache = cache(gpu);
        let measured = scroll(gpu, &mut cache, &wall, &noise);
        println!("{}", measured.table());
        let stats = cache.stats();
        println!(
            "{} uploads, {} evicted, {} pages evacuated, {} rebuilt, fill {:.2}",
            stats.uploads,
            stats.evictions,
            stats.evacuations,
            stats.rebuilds,
            stats.fill()
        );
        assert!(stats.evictions > 0 && stats.moves > 0, "the budget is short");
        let max_moved = measured.moved_bytes.iter().max().expect("frames");
        report.add(Row {
            what: "bytes moved in one frame / page, scrolling wall".into(),
            on: gpu.name.clone(),
            target: Target::AtMost(1.0),
            reached: *max_moved as f64 / stats.page_bytes as f64,
            unit: "x",
            note: format!("worst of {FRAMES}"),
        });
    });
}

fn wall() -> Vec<Picture> {
    let mut random = Pcg64::seed_from_u64(2);
    let picture = |number| Picture {
        name: format!("photos/{number}.thumbnail"),
        size: Size::new(random.random_range(SIDES), random.random_range(SIDES)),
    };
    (0..ROWS * COLUMNS).map(picture).collect()
}

fn cache(gpu: &Gpu) -> PixmapCache {
    let descriptor = CacheDescriptor {
        budget_bytes: BUDGET_BYTES,
        format: FORMAT,
        ..Default::default()
    };
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache")
}

/// Returns the first visible row. The wall scrolls slowly and fast, back and forth, with two jumps.
fn first_row(frame: u32) -> usize {
    let t = f64::from(frame);
    let wave = 40.0 * (t / 90.0).sin();
    let jumps = f64::from(frame / 200) * 600.0;
    (60.0 + wave + t / 4.0 + jumps) as usize
}

fn scroll(gpu: &Gpu, cache: &mut PixmapCache, wall: &[Picture], noise: &Noise) -> Measured {
    let mut measured = Measured::default();
    for frame in 0..FRAMES {
        gpu.wait();
        let before = cache.stats();
        let start = Instant::now();
        show(cache, wall, noise, frame);
        measured.times.push(start.elapsed());
        let after = cache.stats();
        measured
            .uploaded_bytes
            .push(after.uploaded_bytes - before.uploaded_bytes);
        measured.moved_bytes.push(after.moved_bytes - before.moved_bytes);
        if frame % 100 == 99 {
            check(cache, wall, noise, frame);
        }
    }
    measured
}

fn visible(frame: u32) -> std::ops::Range<usize> {
    let first = first_row(frame) * COLUMNS;
    first..first + VISIBLE_ROWS * COLUMNS
}

fn pixels<'n>(wall: &[Picture], noise: &'n Noise, index: usize) -> Pixmap<'n> {
    noise.pixmap(index, wall.len(), wall[index].size)
}

fn show(cache: &mut PixmapCache, wall: &[Picture], noise: &Noise, frame: u32) {
    cache.begin_frame();
    for index in visible(frame) {
        if cache.find(wall[index].name.as_str()).is_none() {
            let inserted = cache.insert_named(wall[index].name.clone(), pixels(wall, noise, index));
            inserted.expect("a screen is half the budget");
        }
    }
    cache.flush();
}

fn check(cache: &mut PixmapCache, wall: &[Picture], noise: &Noise, frame: u32) {
    for index in visible(frame) {
        let key = cache.find(wall[index].name.as_str());
        let back = cache
            .read_back(key.expect("what is visible is resident"))
            .expect("resident");
        assert!(
            back.bytes == pixels(wall, noise, index).bytes,
            "picture {index} has other texels"
        );
    }
}

impl Measured {
    fn table(&self) -> String {
        let us = |percent| format!("{:.0}", self.times.percentile(percent).as_secs_f64() * 1e6);
        let kib = |bytes: &[u64], percent: f64| {
            let mut sorted = bytes.to_vec();
            sorted.sort();
            let index = ((sorted.len() - 1) as f64 * percent / 100.0).round() as usize;
            format!("{}", sorted[index] >> 10)
        };
        let line = |what: &str, of: &dyn Fn(f64) -> String| {
            let figures = [50.0, 99.0, 100.0].map(of);
            std::iter::once(what.to_owned()).chain(figures).collect()
        };
        let headings = ["per frame", "median", "p99", "longest"].map(str::to_owned);
        aligned(&[
            headings.to_vec(),
            line("time, us", &us),
            line("uploaded, KiB", &|percent| kib(&self.uploaded_bytes, percent)),
            line("moved, KiB", &|percent| kib(&self.moved_bytes, percent)),
        ])
    }
}
