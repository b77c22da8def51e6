//! *Hitch*: the longest frame beside the median, with caches of many sizes and kinds of pixmaps, on noop and every adapter.
//!
//! A frame is `begin_frame`, finds of what was shown lately and of some older pixmaps, insertions of new ones, and `flush`.
//! The GPU is idle when a frame begins, and its work is not waited for. Frames are timed in two phases. *Growing*: from an
//! empty cache until all pages are in use, with textures committed as they are needed. *Steady*: every page is in use, and
//! each frame makes as much room as it fills.
//!
//! A stream is played several times from an empty cache. The layout is deterministic, so a frame does the same work in each
//! playing, and its time is the least of its times: other programs interrupt a frame, and so does a software adapter's own
//! thread, but not the same one each time. The last column is what one playing shows, interruptions included.

mod content;
mod playing;

use bench_kit::columns::aligned_figures;
use bench_kit::gpu::{Gpu, each_gpu};

use crate::report::{Report, Row, Target};
use content::{CONTENTS, Content};
use playing::{Frames, Playing, play};

const PLAYINGS: usize = 5;

pub fn run(report: &mut Report) {
    println!("each frame's time is the least of {PLAYINGS} playings of the same stream");
    println!("\n## noop: the cache's own work\n");
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let noop = Gpu {
        name: "Noop".into(),
        backend: wgpu::Backend::Noop,
        device,
        queue,
    };
    measure(&noop, 3.0, report);
    each_gpu(|gpu| {
        let limit = if gpu.backend == wgpu::Backend::Gl {
            6.0
        } else {
            3.0
        };
        measure(gpu, limit, report);
    });
}

fn measure(gpu: &Gpu, limit: f64, report: &mut Report) {
    let (mut steady, mut growing) = (vec![steady_headings()], vec![growing_headings()]);
    let mut worst = (0.0, String::new());
    for content in &CONTENTS {
        for &budget_mib in content.budgets_mib {
            let playing = undisturbed(gpu, content, budget_mib);
            let what = format!("{} {budget_mib} MiB", content.name);
            let ratio = playing.steady.longest_to_median();
            if ratio > worst.0 {
                worst = (ratio, what.clone());
            }
            growing.push(growing_line(&what, &playing));
            steady.push(steady_line(&what, &playing.steady));
        }
    }
    println!("steady, ms:\n\n{}", aligned_figures(&steady));
    println!("growing, ms:\n\n{}", aligned_figures(&growing));
    report.add(Row {
        what: "steady frames, longest / median".into(),
        on: gpu.name.clone(),
        target: Target::AtMost(limit),
        reached: worst.0,
        unit: "x",
        note: format!("worst of all caches: {}", worst.1),
    });
}

fn undisturbed(gpu: &Gpu, content: &Content, budget_mib: u64) -> Playing {
    let mut playings: Vec<Playing> = Vec::new();
    for _ in 0..PLAYINGS {
        playings.push(play(gpu, content, budget_mib));
    }
    Playing::least(&playings)
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn steady_headings() -> Vec<String> {
    texts([
        "cache",
        "page side",
        "finds",
        "new",
        "median",
        "p99",
        "longest",
        "/ median",
        "its moves",
        "its moved KiB",
        "its new KiB",
        "its evictions",
        "most moves",
        "one playing",
    ])
}

fn steady_line(what: &str, frames: &Frames) -> Vec<String> {
    let longest = frames.longest();
    let most_moves = frames.all.iter().map(|frame| frame.done.moves).max();
    vec![
        what.to_owned(),
        frames.page_side.to_string(),
        frames.finds.to_string(),
        frames.inserted.to_string(),
        ms(frames.percentile(50.0)),
        ms(frames.percentile(99.0)),
        ms(longest.time),
        format!("{:.1}", frames.longest_to_median()),
        longest.done.moves.to_string(),
        (longest.done.moved_bytes >> 10).to_string(),
        (longest.done.uploaded_bytes >> 10).to_string(),
        longest.done.evictions.to_string(),
        most_moves.unwrap_or_default().to_string(),
        ms(frames.longest_of_one),
    ]
}

fn growing_headings() -> Vec<String> {
    texts([
        "cache",
        "textures",
        "frames",
        "median",
        "longest without a commit",
        "/ median",
        "longest with one",
    ])
}

fn growing_line(what: &str, playing: &Playing) -> Vec<String> {
    let growing = &playing.growing;
    let longest = |commits: bool| {
        let frames = growing.all.iter().filter(|frame| frame.done.commits == commits);
        frames.map(|frame| frame.time).max().unwrap_or_default()
    };
    let median = growing.percentile(50.0);
    vec![
        what.to_owned(),
        growing
            .all
            .iter()
            .filter(|frame| frame.done.commits)
            .count()
            .to_string(),
        growing.all.len().to_string(),
        ms(median),
        ms(longest(false)),
        format!("{:.1}", longest(false).as_secs_f64() / median.as_secs_f64()),
        ms(longest(true)),
    ]
}

fn ms(time: std::time::Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}
