//! The table printed after a run.

use std::fmt::Write;
use std::time::Duration;

use crate::options::Options;
use crate::scene::{FrameCosts, Scene};
use kit::draw::Gpu;
use kit::draw::gpu::describe;
use kit::terminal::printable;

pub fn table(gpu: &Gpu, scene: &Scene, frames: &[FrameCosts], options: &Options) -> String {
    let stats = scene.cache.stats();
    let first = frames.first().copied().unwrap_or_default();
    let last = frames.last().copied().unwrap_or_default();
    let rows = [
        ("adapter", describe(&gpu.adapter)),
        ("pool", format!("{} threads", scene.pool.current_num_threads())),
        ("frames", frames.len().to_string()),
        ("first frame", shown(first)),
        ("last frame", shown(last)),
        (
            "delivered",
            format!("{} pixmaps, {} superseded", stats.taken_in, stats.superseded),
        ),
        ("refused", stats.refused.to_string()),
        ("evictions", stats.evictions.to_string()),
        ("begin + flush", times(frames, |frame| frame.taking_in)),
        ("with look-ups", times(frames, |frame| frame.caching)),
        (
            "wrote",
            format!(
                "{}: first.png, last.png",
                printable(options.out().join("").display())
            ),
        ),
    ];
    let mut text = String::new();
    for (name, value) in rows {
        writeln!(text, "  {name:<15}{value}").expect("BUG: a string takes all text");
    }
    text
}

fn shown(frame: FrameCosts) -> String {
    let FrameCosts {
        ready,
        pending,
        failed,
        ..
    } = frame;
    format!("{ready} pictures, {pending} placeholders, {failed} failed")
}

fn times(frames: &[FrameCosts], of: impl Fn(&FrameCosts) -> Duration) -> String {
    let mut times: Vec<Duration> = frames.iter().map(of).collect();
    times.sort();
    let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize].as_secs_f64() * 1e3;
    let (median, most, longest) = (at(0.5), at(0.99), at(1.0));
    format!("median {median:.3} ms, 99 % within {most:.3} ms, longest {longest:.3} ms")
}
