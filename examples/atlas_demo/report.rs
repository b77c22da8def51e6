//! The table printed after a run: the requests, what the cache did, and how long it took.

use std::fmt::Write;
use std::time::Duration;

use pixmap_cache::{InsertError, PixmapCache};

use crate::offscreen::Run;
use crate::options::Options;
use crate::scene::Scene;
use crate::source::Source;
use crate::timing::Times;
use kit::draw::Gpu;
use kit::draw::gpu::describe;
use kit::terminal::printable;
use kit::wall::live::Live;
use kit::wall::pixmaps::PixmapName;

type Row = (&'static str, String);

pub fn table(gpu: &Gpu, scene: &Scene, run: &Run, options: &Options) -> String {
    let mut rows = setting_rows(gpu, scene, run, options);
    rows.extend(cache_rows(&scene.cache));
    rows.push(("refused", refused(scene, run)));
    rows.extend(time_rows(run));
    let mut text = String::new();
    for (name, value) in rows {
        writeln!(text, "  {name:<14}{value}").expect("BUG: a string takes all text");
    }
    text
}

/// Returns where the pictures are.
pub fn files(pages: u32, options: &Options) -> String {
    let out = options.out().join("");
    let out = printable(out.display());
    let last_page = pages.saturating_sub(1);
    format!("\n  wrote {out}: last.png, middle.png, atlas.svg, page-00.png to page-{last_page:02}.png\n")
}

/// Returns the report of a window: what the cache did, and how long the moving frames took.
pub fn live(adapter: &str, (live, source): (&Live, &Source), times: &Times) -> String {
    let mut text = format!("  {:<17}{adapter}\n", "adapter");
    for (name, value) in scaled_down(source).into_iter().chain(cache_rows(&live.cache)) {
        writeln!(text, "  {name:<17}{value}").expect("BUG: a string takes all text");
    }
    text + &times.report()
}

fn setting_rows(gpu: &Gpu, scene: &Scene, run: &Run, options: &Options) -> Vec<Row> {
    let (columns, rows) = (scene.wall.columns, scene.wall.rows);
    let pictures = grouped(scene.source.len().into());
    let name = printable(scene.source.name());
    let frames = grouped(run.frames.len() as u64);
    let (width, height) = (options.stage.size.width, options.stage.size.height);
    let seconds = run.duration.as_secs_f64();
    let mut rows = vec![(
        "pictures",
        format!("{pictures} from {name}, a wall of {columns} x {rows}"),
    )];
    rows.extend(scaled_down(&scene.source));
    rows.extend([
        ("adapter", describe(&gpu.adapter)),
        (
            "frames",
            format!("{frames} of {width} x {height} in {seconds:.1} s"),
        ),
    ]);
    rows
}

/// Returns the row about images that were too large for the demo.
fn scaled_down(source: &Source) -> Option<Row> {
    let images = source.scaled_down();
    let text = || {
        let longest = grouped(source.longest_side().into());
        format!(
            "{} before insertion: larger than a quarter of the budget or of the demo's memory; no side above {longest}",
            grouped(images as u64)
        )
    };
    (images > 0).then(|| ("scaled down", text()))
}

fn cache_rows(cache: &PixmapCache<PixmapName>) -> Vec<Row> {
    let stats = cache.stats();
    let requests = stats.hits + stats.misses;
    let hit_rate = 100.0 * stats.hits as f64 / requests.max(1) as f64;
    let (uploads, uploaded) = (grouped(stats.uploads), mib(stats.uploaded_bytes));
    let (evacuations, rebuilds) = (grouped(stats.evacuations), grouped(stats.rebuilds));
    let (moves, moved) = (grouped(stats.moves), mib(stats.moved_bytes));
    let evictions = grouped(stats.evictions);
    let (pages, max_pages, side) = (stats.pages, stats.max_pages, stats.page_side);
    let (fill, entries) = (100.0 * stats.fill(), grouped(stats.entries.into()));
    let (vram, budget) = (mib(stats.vram_bytes), mib(stats.budget_bytes));
    vec![
        ("requests", grouped(requests)),
        ("hits", format!("{} ({hit_rate:.1} %)", grouped(stats.hits))),
        ("uploads", format!("{uploads} pixmaps, {uploaded}")),
        (
            "evacuations",
            format!("{evacuations} pages, {evictions} pixmaps evicted"),
        ),
        ("rebuilds", format!("{rebuilds} pages")),
        ("moved", format!("{moves} pixmaps, {moved}")),
        (
            "pages",
            format!("{pages} of at most {max_pages}, {side} x {side} texels"),
        ),
        (
            "fill",
            format!("{fill:.0} % of the pages at the end, {entries} pixmaps"),
        ),
        ("VRAM", format!("{vram} of a budget of {budget}")),
    ]
}

fn refused(scene: &Scene, run: &Run) -> String {
    let Some(refusal) = scene.refusal else {
        return "none".to_owned();
    };
    let empty: u64 = run.frames.iter().map(|frame| u64::from(frame.left_out)).sum();
    let (refused, empty) = (grouped(scene.cache.stats().refused), grouped(empty));
    let why = match refusal {
        InsertError::Full { .. } => "one view needs more than the budget; raise --budget".to_owned(),
        refusal => refusal.to_string(),
    };
    format!("{refused} pixmaps, {empty} cards drawn empty: {why}")
}

fn time_rows(run: &Run) -> Vec<Row> {
    let mut caching: Vec<Duration> = run.frames.iter().map(|frame| frame.caching).collect();
    caching.sort();
    let at = |share: f64| ms(caching[((caching.len() - 1) as f64 * share).round() as usize]);
    let (median, p95, longest) = (at(0.5), at(0.95), at(1.0));
    let caching = seconds(caching.iter().sum());
    let rasterizing = seconds(run.frames.iter().map(|frame| frame.rasterizing).sum());
    vec![
        (
            "cache's CPU",
            format!("median {median} per frame, 95 % within {p95}, longest {longest}"),
        ),
        ("total", format!("cache {caching}, rasterizing {rasterizing}")),
    ]
}

pub fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// Formats `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
