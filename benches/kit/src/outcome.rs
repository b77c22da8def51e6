//! What comes out of a replay. How it is shown (tables, JSON, curves) belongs to those who show it.

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
