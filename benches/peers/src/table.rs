//! What a side took and did, as rows of a table.

use std::time::{Duration, Instant};

use bench_kit::columns::aligned_figures;
use bench_kit::gpu::{Gpu, Samples};

/// The figures of one side.
#[derive(Default)]
pub struct Side {
    pub name: String,
    /// Preparing: what a frame needs beside the recording of its pass.
    pub prepare: Samples,
    /// From shaped glyphs or known images to a submitted frame.
    pub frame: Samples,
    /// The same until the adapter is done, which is the processor here where there is no GPU.
    pub done: Samples,
    /// Glyphs rasterized, or images uploaded.
    pub made: u64,
    pub uploaded_bytes: u64,
    /// By wgpu's counters, without the canvas; `None` where it doesn't count.
    pub texture_bytes: Option<u64>,
    pub frames_not_drawn: u64,
    /// Glyphs or images left out of frames that were drawn.
    pub left_out: u64,
}

impl Side {
    /// Takes the times of a frame that has been submitted.
    pub fn submitted(&mut self, gpu: &Gpu, start: Instant) {
        self.frame.push(start.elapsed());
        gpu.wait();
        self.done.push(start.elapsed());
    }
}

pub fn print(title: &str, sides: &[Side]) {
    let headings = [
        "",
        "ms: prepare: median",
        "p99",
        "longest",
        "frame: median",
        "longest",
        "done: median",
        "made",
        "uploaded KiB",
        "textures KiB",
        "frames not drawn",
        "left out",
    ];
    let mut lines = vec![headings.map(str::to_owned).to_vec()];
    lines.extend(sides.iter().map(line));
    println!("{title}\n\n{}", aligned_figures(&lines));
}

fn line(side: &Side) -> Vec<String> {
    let ms = |time: Duration| format!("{:.3}", time.as_secs_f64() * 1e3);
    let prepare = |percent| ms(side.prepare.percentile(percent));
    vec![
        side.name.clone(),
        prepare(50.0),
        prepare(99.0),
        prepare(100.0),
        ms(side.frame.median()),
        ms(side.frame.percentile(100.0)),
        ms(side.done.median()),
        side.made.to_string(),
        (side.uploaded_bytes >> 10).to_string(),
        side.texture_bytes
            .map_or("not counted".into(), |bytes| (bytes >> 10).to_string()),
        side.frames_not_drawn.to_string(),
        side.left_out.to_string(),
    ]
}
