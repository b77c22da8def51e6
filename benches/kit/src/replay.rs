//! The rules of a replay, which are the same for every cache.
//!
//! Each touch of the trace is a request. A pixmap that is not resident is a miss and must be placed. If it can't be placed
//! it is refused, and still counts as a miss because its pixels had to be made. What was requested in the current frame may
//! not be evicted or overwritten, because the frame's draws need it. Bytes are those that a cache uploads: with mip levels,
//! and with the borders of tiles.

use std::time::Instant;

use crate::outcome::Outcome;
use crate::pages::{BYTES_PER_TEXEL, Pages};
use crate::trace::Trace;

/// A cache that a trace can be replayed through. Pixmaps are given by their numbers in the trace.
pub trait Replayed {
    /// Begins a frame. Frame numbers ascend, possibly with gaps.
    fn begin_frame(&mut self, frame: u64);

    /// Marks a pixmap as used in this frame. Returns false if it isn't resident. Called exactly once per request.
    fn touch(&mut self, pixmap: u32) -> bool;

    /// Places a pixmap whose touch has just returned false. Returns false if the pixmap is refused.
    fn place(&mut self, pixmap: u32) -> bool;

    /// Bytes that a pixmap takes, and that placing it uploads.
    fn bytes(&self, pixmap: u32) -> u64;

    fn counts(&self) -> Counts;
}

/// Running totals of a cache.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Texels of resident pixmaps, now.
    pub live_texels: u64,
    pub evictions: u64,
    pub moved_texels: u64,
}

/// Replays `trace` and times the whole loop.
pub fn replay(trace: &Trace, pages: Pages, mut cache: impl Replayed) -> Outcome {
    let mut outcome = Outcome {
        requests: trace.touches().len() as u64,
        ..Outcome::default()
    };
    let mut samples = Samples::new(pages.texels());
    let start = Instant::now();
    for (frame, touches) in trace.frames() {
        cache.begin_frame(frame);
        for &pixmap in touches {
            if !cache.touch(pixmap) {
                outcome.misses += 1;
                outcome.missed_bytes += cache.bytes(pixmap);
                outcome.refused += u64::from(!cache.place(pixmap));
            }
        }
        samples.end_frame(cache.counts());
    }
    let elapsed = start.elapsed();
    outcome.ns_per_request = elapsed.as_nanos() as f64 / outcome.requests.max(1) as f64;
    let totals = cache.counts();
    outcome.evictions = totals.evictions;
    outcome.moved_bytes = totals.moved_texels * BYTES_PER_TEXEL;
    samples.finish(&mut outcome);
    outcome
}

/// Replays `trace` and returns the nanoseconds per placing, including evictions and refusals. Each placing is timed by
/// itself, and the clock's own time is subtracted.
pub fn time_placings(trace: &Trace, mut cache: impl Replayed) -> f64 {
    let clock_ns = time_of_clock_ns();
    let (mut placings, mut total_ns) = (0_u64, 0_u128);
    for (frame, touches) in trace.frames() {
        cache.begin_frame(frame);
        for &pixmap in touches {
            if !cache.touch(pixmap) {
                let start = Instant::now();
                std::hint::black_box(cache.place(pixmap));
                total_ns += start.elapsed().as_nanos();
                placings += 1;
            }
        }
    }
    (total_ns as f64 / placings.max(1) as f64 - clock_ns).max(0.0)
}

fn time_of_clock_ns() -> f64 {
    const TRIES: u32 = 100_000;
    let total: u128 = (0..TRIES).map(|_| Instant::now().elapsed().as_nanos()).sum();
    total as f64 / f64::from(TRIES)
}

/// What is sampled at the end of each frame.
struct Samples {
    capacity_texels: u64,
    live_texels: Vec<u64>,
    last_live_texels: u64,
    last_moved_texels: u64,
    max_frame_moved_texels: u64,
}

impl Samples {
    fn new(capacity_texels: u64) -> Samples {
        Samples {
            capacity_texels,
            live_texels: Vec::new(),
            last_live_texels: 0,
            last_moved_texels: 0,
            max_frame_moved_texels: 0,
        }
    }

    fn end_frame(&mut self, counts: Counts) {
        if counts.evictions > 0 {
            self.live_texels.push(counts.live_texels);
        }
        self.last_live_texels = counts.live_texels;
        let moved_texels = counts.moved_texels - self.last_moved_texels;
        self.max_frame_moved_texels = self.max_frame_moved_texels.max(moved_texels);
        self.last_moved_texels = counts.moved_texels;
    }

    /// Writes the figures into `outcome`. Without any eviction the cache never was full, so its last frame gives the fill.
    fn finish(mut self, outcome: &mut Outcome) {
        if self.live_texels.is_empty() {
            self.live_texels.push(self.last_live_texels);
        }
        self.live_texels.sort_unstable();
        let capacity = self.capacity_texels as f64;
        let sum: u64 = self.live_texels.iter().sum();
        outcome.fill = sum as f64 / self.live_texels.len() as f64 / capacity;
        outcome.fill_p5 = self.live_texels[self.live_texels.len() / 20] as f64 / capacity;
        outcome.max_frame_moved_bytes = self.max_frame_moved_texels * BYTES_PER_TEXEL;
    }
}
