//! What happened in each of the last frames, from the cache's counters.

use std::collections::VecDeque;
use std::time::Duration;

use crate::stats::CacheStats;

/// Number of frames that a plot shows.
pub(super) const PLOTTED_FRAMES: usize = 240;

/// Number of frames that a mean covers: one second at 60 frames per second.
const MEAN_FRAMES: usize = 60;

/// What happened in one frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    pub(super) fill: f32,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) uploads: u64,
    pub(super) uploaded_bytes: u64,
    pub(super) evictions: u64,
    pub(super) moves: u64,
    pub(super) moved_bytes: u64,
    pub(super) frame_time: Option<Duration>,
}

/// The last frames that were shown.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Oldest first; at most [`PLOTTED_FRAMES`].
    samples: VecDeque<Sample>,
    /// Counters as of the last recorded frame; `None` if the frame before was not recorded.
    last: Option<CacheStats>,
}

impl History {
    /// Records what happened since the last call, as one frame.
    pub(super) fn record(&mut self, stats: &CacheStats, frame_time: Option<Duration>) {
        // Counters may be lower than before when the overlay is shown another cache.
        let since = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
        // What happened during a pause belongs to no frame.
        let last = self.last.unwrap_or(*stats);
        if self.samples.len() == PLOTTED_FRAMES {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample {
            fill: stats.fill() as f32,
            hits: since(stats.hits, last.hits),
            misses: since(stats.misses, last.misses),
            uploads: since(stats.uploads, last.uploads),
            uploaded_bytes: since(stats.uploaded_bytes, last.uploaded_bytes),
            evictions: since(stats.evictions, last.evictions),
            moves: since(stats.moves, last.moves),
            moved_bytes: since(stats.moved_bytes, last.moved_bytes),
            frame_time,
        });
        self.last = Some(*stats);
    }

    /// Marks that the frames from now on to the next recorded one are left out.
    pub(super) fn pause(&mut self) {
        self.last = None;
    }

    pub(super) fn samples(&self) -> impl ExactSizeIterator<Item = &Sample> + Clone {
        self.samples.iter()
    }

    pub(super) fn newest(&self) -> Sample {
        self.samples.back().copied().unwrap_or_default()
    }

    /// Returns the mean of a counter over the last [`MEAN_FRAMES`].
    pub(super) fn mean(&self, of: impl Fn(&Sample) -> u64) -> f64 {
        let frames = self.samples.len().clamp(1, MEAN_FRAMES);
        let sum: u64 = self.samples.iter().rev().take(frames).map(of).sum();
        sum as f64 / frames as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(hits: u64) -> CacheStats {
        CacheStats {
            hits,
            ..Default::default()
        }
    }

    #[test]
    fn what_happened_during_a_pause_is_in_no_frame() {
        let mut history = History::default();
        for count in [1000, 1003, 1008] {
            history.record(&hits(count), None);
        }
        history.pause();
        history.record(&hits(2000), None);
        history.record(&hits(2001), None);
        let recorded: Vec<u64> = history.samples().map(|sample| sample.hits).collect();
        assert_eq!(
            recorded,
            [0, 3, 5, 0, 1],
            "the frame after a pause counts nothing"
        );
    }
}
