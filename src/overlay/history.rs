//! What happened in each of the last frames, from the cache's counters.

use std::collections::VecDeque;
use std::time::Duration;

use crate::stats::CacheStats;

/// Frames that a plot shows.
pub(super) const PLOTTED_FRAMES: usize = 240;

/// Frames of which means are taken: a second.
const MEAN_FRAMES: usize = 60;

/// One frame.
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

#[derive(Debug, Default)]
pub(super) struct History {
    /// Oldest first.
    samples: VecDeque<Sample>,
    last: CacheStats,
}

impl History {
    /// Takes down what happened since the last call.
    pub(super) fn record(&mut self, stats: &CacheStats, frame_time: Option<Duration>) {
        // Counters start over when the overlay is shown another cache.
        let since = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
        let last = self.last;
        let first = self.samples.is_empty();
        if self.samples.len() == PLOTTED_FRAMES {
            self.samples.pop_front();
        }
        let sample = Sample {
            fill: stats.fill() as f32,
            hits: since(stats.hits, last.hits),
            misses: since(stats.misses, last.misses),
            uploads: since(stats.uploads, last.uploads),
            uploaded_bytes: since(stats.uploaded_bytes, last.uploaded_bytes),
            evictions: since(stats.evictions, last.evictions),
            moves: since(stats.moves, last.moves),
            moved_bytes: since(stats.moved_bytes, last.moved_bytes),
            frame_time,
        };
        // What came before the overlay was there happened in no frame of its own.
        let sample = match first {
            true => Sample {
                fill: sample.fill,
                frame_time,
                ..Default::default()
            },
            false => sample,
        };
        self.samples.push_back(sample);
        self.last = *stats;
    }

    pub(super) fn samples(&self) -> impl ExactSizeIterator<Item = &Sample> + Clone {
        self.samples.iter()
    }

    pub(super) fn newest(&self) -> Sample {
        self.samples.back().copied().unwrap_or_default()
    }

    /// Mean over the last second.
    pub(super) fn mean(&self, of: impl Fn(&Sample) -> u64) -> f64 {
        let frames = self.samples.len().clamp(1, MEAN_FRAMES);
        let sum: u64 = self.samples.iter().rev().take(frames).map(of).sum();
        sum as f64 / frames as f64
    }
}
