//! What comes out of a replay. How it is shown (tables, JSON, curves) belongs to those who show it.

use crate::pages::BYTES_PER_TEXEL;
use crate::replay::Counts;

/// The figures of one cache on one trace. Bytes are texels times four.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    pub requests: u64,
    /// Requests of pixmaps that weren't resident: uploads, refusals included.
    pub misses: u64,
    pub missed_bytes: u64,
    pub evictions: u64,
    /// Live bytes over bytes of all pages, mean of the frames once the first eviction has happened.
    pub fill: f64,
    /// The same, 5th percentile.
    pub fill_5th_percentile: f64,
    /// Bytes copied from page to page to make room.
    pub moved_bytes: u64,
    pub max_frame_moved_bytes: u64,
    /// Requests that found no room.
    pub refused: u64,
    /// Wall time of the replay over requests.
    pub ns_per_request: f64,
}

impl Outcome {
    /// Zero where nothing was missed.
    pub fn moved_per_missed_byte(&self) -> f64 {
        self.moved_bytes as f64 / self.missed_bytes.max(1) as f64
    }
}

/// Gathers what is sampled at each frame's end.
pub(super) struct Samples {
    capacity_texels: u64,
    live_texels: Vec<u64>,
    last_live_texels: u64,
    last_moved_texels: u64,
    max_frame_moved_texels: u64,
}

impl Samples {
    pub(super) fn new(capacity_texels: u64) -> Samples {
        Samples {
            capacity_texels,
            live_texels: Vec::new(),
            last_live_texels: 0,
            last_moved_texels: 0,
            max_frame_moved_texels: 0,
        }
    }

    pub(super) fn end_frame(&mut self, counts: Counts) {
        if counts.evictions > 0 {
            self.live_texels.push(counts.live_texels);
        }
        self.last_live_texels = counts.live_texels;
        let moved_texels = counts.moved_texels - self.last_moved_texels;
        self.max_frame_moved_texels = self.max_frame_moved_texels.max(moved_texels);
        self.last_moved_texels = counts.moved_texels;
    }

    /// A replay without any eviction never was warm: its last frame stands for the fill.
    pub(super) fn finish(mut self, outcome: &mut Outcome) {
        if self.live_texels.is_empty() {
            self.live_texels.push(self.last_live_texels);
        }
        self.live_texels.sort_unstable();
        let capacity = self.capacity_texels as f64;
        let sum: u64 = self.live_texels.iter().sum();
        outcome.fill = sum as f64 / self.live_texels.len() as f64 / capacity;
        outcome.fill_5th_percentile = self.live_texels[self.live_texels.len() / 20] as f64 / capacity;
        outcome.max_frame_moved_bytes = self.max_frame_moved_texels * BYTES_PER_TEXEL;
    }
}
