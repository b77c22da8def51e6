//! The figures of a replay. Tables, JSON and curves of them are up to the programs that print them.

/// The figures of one cache on one trace. A texel has four bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    pub requests: u64,
    /// Requests for pixmaps that weren't resident, including those refused.
    pub misses: u64,
    pub missed_bytes: u64,
    pub evictions: u64,
    /// Live bytes over the bytes of all pages: the mean of the frames since the first eviction.
    pub fill: f64,
    /// The 5th percentile of the fill of the same frames.
    pub fill_p5: f64,
    /// Bytes copied from page to page to make room.
    pub moved_bytes: u64,
    pub max_frame_moved_bytes: u64,
    /// Requests that found no room.
    pub refused: u64,
    /// Wall time of the replay, divided by requests.
    pub ns_per_request: f64,
}

impl Outcome {
    /// Returns the bytes moved per missed byte, or zero if nothing was missed.
    pub fn moved_per_missed_byte(&self) -> f64 {
        self.moved_bytes as f64 / self.missed_bytes.max(1) as f64
    }
}
