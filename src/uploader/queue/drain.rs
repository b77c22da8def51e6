//! `QueueDrain`: takes parcels out of a queue, within what one frame may take in.
//!
//! Parcels that were set aside come first, then those that are queued. A parcel that finds no room is set aside again.
//! Invariant: neither line holds up the other, and one drain tries a bounded number of parcels that find no room.

use std::hash::Hash;

use super::line::Parcel;
use super::{Deferred, Queue};

/// Maximum number of parcels that one drain tries again, and of those that it sets aside for the first time. The cache
/// remembers sizes that it refused, so that most tries are cheap; this bounds the others.
const MAX_REFUSED: u32 = 64;

/// The bytes that a drain may still give out.
#[derive(Clone, Copy)]
struct Allowance {
    left_bytes: u64,
    /// Whether nothing was given out yet: then the next parcel may have more bytes than are left.
    is_untouched: bool,
}

impl Allowance {
    fn allows(self, bytes: u64) -> bool {
        self.is_untouched || bytes <= self.left_bytes
    }

    fn less(self, bytes: u64) -> Self {
        Self {
            left_bytes: self.left_bytes - bytes.min(self.left_bytes),
            is_untouched: false,
        }
    }
}

/// An iterator over the parcels that one frame takes in. From [`Queue::drain`].
pub(crate) struct QueueDrain<'q, N, V> {
    queue: &'q Queue<N, V>,
    allowance: Allowance,
    last: Option<Taken>,
    /// How many of the parcels that were set aside before are still to be tried.
    retries_left: u32,
    /// How many queued parcels may still be set aside.
    refusals_left: u32,
    deferred: Deferred<V>,
}

/// The parcel that was given out last.
struct Taken {
    bytes: u64,
    was_set_aside: bool,
    /// What was allowed before it.
    allowance: Allowance,
}

impl<'q, N, V> QueueDrain<'q, N, V> {
    pub(super) fn new(queue: &'q Queue<N, V>, limit_bytes: u64) -> Self {
        Self {
            queue,
            allowance: Allowance {
                left_bytes: limit_bytes,
                is_untouched: true,
            },
            last: None,
            retries_left: queue.stats().set_aside.min(MAX_REFUSED),
            refusals_left: MAX_REFUSED,
            deferred: Deferred::new(),
        }
    }
}

impl<N: Hash + Eq, V> QueueDrain<'_, N, V> {
    /// Puts the parcel that was given out last among those set aside; its bytes no longer count in this drain. It is
    /// dropped if a newer version was queued meanwhile.
    ///
    /// What is set aside has a limit of its own, as large as the queue's. Returns the parcels given up for it.
    #[must_use]
    pub(crate) fn set_aside(&mut self, name: N, value: V) -> Vec<(N, V)> {
        let last = self.last.take().expect("BUG: set aside what wasn't taken");
        self.allowance = last.allowance;
        if !last.was_set_aside {
            self.refusals_left -= 1;
        }
        let parcel = Parcel::new(value, last.bytes);
        let mut lines = self.queue.change();
        lines.set_aside(name, parcel, &mut self.deferred)
    }

    fn give_out(&mut self, name: N, parcel: Parcel<V>, was_set_aside: bool) -> (N, V) {
        let bytes = parcel.bytes;
        self.last = Some(Taken {
            bytes,
            was_set_aside,
            allowance: self.allowance,
        });
        self.allowance = self.allowance.less(bytes);
        (name, parcel.value)
    }

    /// Takes the next parcel of those set aside. One that exceeds what this drain has left goes to the end of the line.
    fn next_set_aside(&mut self) -> Option<(N, V)> {
        if self.retries_left == 0 {
            return None;
        }
        let mut lines = self.queue.change();
        while self.retries_left > 0 {
            self.retries_left -= 1;
            // The line may have become shorter since the drain began: newer versions remove parcels from it.
            let (name, parcel) = lines.set_aside.pop()?;
            if self.allowance.allows(parcel.bytes) {
                drop(lines);
                return Some(self.give_out(name, parcel, true));
            }
            lines.set_aside.replace(name, parcel);
        }
        None
    }

    fn next_queued(&mut self) -> Option<(N, V)> {
        let mut lines = self.queue.change();
        let (_, oldest) = lines.queued.parcels.front()?;
        if self.refusals_left == 0 || !self.allowance.allows(oldest.bytes) {
            return None;
        }
        let (name, parcel) = lines.queued.pop()?;
        lines.admit(&mut self.deferred);
        drop(lines);
        Some(self.give_out(name, parcel, false))
    }
}

impl<N: Hash + Eq, V> Iterator for QueueDrain<'_, N, V> {
    type Item = (N, V);

    fn next(&mut self) -> Option<(N, V)> {
        self.next_set_aside().or_else(|| self.next_queued())
    }
}
