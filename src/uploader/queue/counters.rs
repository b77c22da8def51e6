//! What a queue holds, in numbers that are read without its lock.
//!
//! They are written under the lock, after each change, so that each is exact. Invariant: nobody who reads them waits;
//! numbers read together may be of neighboring moments.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What is inside and what is set aside, how many threads wait outside, and how many parcels were dropped for another's
/// sake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueStats {
    pub(crate) queued: u32,
    pub(crate) queued_bytes: u64,
    pub(crate) set_aside: u32,
    pub(crate) set_aside_bytes: u64,
    pub(crate) waiting: u32,
    pub(crate) displaced: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    queued: AtomicU32,
    queued_bytes: AtomicU64,
    set_aside: AtomicU32,
    set_aside_bytes: AtomicU64,
    waiting: AtomicU32,
    displaced: AtomicU64,
}

impl Counters {
    /// For the thread that holds the lock.
    pub(super) fn publish(&self, stats: &QueueStats) {
        self.queued.store(stats.queued, Ordering::Relaxed);
        self.queued_bytes.store(stats.queued_bytes, Ordering::Relaxed);
        self.set_aside.store(stats.set_aside, Ordering::Relaxed);
        self.set_aside_bytes
            .store(stats.set_aside_bytes, Ordering::Relaxed);
        self.displaced.store(stats.displaced, Ordering::Relaxed);
        // Last: who sees a thread wait sees what made it wait.
        self.waiting.store(stats.waiting, Ordering::Release);
    }

    pub(super) fn read(&self) -> QueueStats {
        // First: see `publish`.
        let waiting = self.waiting.load(Ordering::Acquire);
        QueueStats {
            queued: self.queued.load(Ordering::Relaxed),
            queued_bytes: self.queued_bytes.load(Ordering::Relaxed),
            set_aside: self.set_aside.load(Ordering::Relaxed),
            set_aside_bytes: self.set_aside_bytes.load(Ordering::Relaxed),
            waiting,
            displaced: self.displaced.load(Ordering::Relaxed),
        }
    }
}
