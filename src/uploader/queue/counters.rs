//! The size of a queue, in numbers that can be read without its lock.
//!
//! They are written under the lock after each change. Invariant: reading them never blocks. Each number is exact;
//! numbers read together may come from adjacent changes.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Parcels queued and set aside, threads that wait, and parcels dropped for a newer version so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueStats {
    pub(crate) queued: u32,
    pub(crate) queued_bytes: u64,
    pub(crate) set_aside: u32,
    pub(crate) set_aside_bytes: u64,
    pub(crate) waiting: u32,
    pub(crate) superseded: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    queued: AtomicU32,
    queued_bytes: AtomicU64,
    set_aside: AtomicU32,
    set_aside_bytes: AtomicU64,
    waiting: AtomicU32,
    superseded: AtomicU64,
}

impl Counters {
    /// Must be called with the queue's lock held.
    pub(super) fn publish(&self, stats: &QueueStats) {
        self.queued.store(stats.queued, Ordering::Relaxed);
        self.queued_bytes.store(stats.queued_bytes, Ordering::Relaxed);
        self.set_aside.store(stats.set_aside, Ordering::Relaxed);
        self.set_aside_bytes
            .store(stats.set_aside_bytes, Ordering::Relaxed);
        self.superseded.store(stats.superseded, Ordering::Relaxed);
        // Last, with `Release`: a reader that sees a thread wait also sees what made it wait.
        self.waiting.store(stats.waiting, Ordering::Release);
    }

    pub(super) fn read(&self) -> QueueStats {
        // First, with `Acquire`: see `publish`.
        let waiting = self.waiting.load(Ordering::Acquire);
        QueueStats {
            queued: self.queued.load(Ordering::Relaxed),
            queued_bytes: self.queued_bytes.load(Ordering::Relaxed),
            set_aside: self.set_aside.load(Ordering::Relaxed),
            set_aside_bytes: self.set_aside_bytes.load(Ordering::Relaxed),
            waiting,
            superseded: self.superseded.load(Ordering::Relaxed),
        }
    }
}
