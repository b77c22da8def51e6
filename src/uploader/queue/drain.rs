//! `QueueDrain`: the owner's way through a queue, within what one frame may take in.
//!
//! First what was set aside, then what is queued; what finds no room is set aside again. Invariant: neither of the two
//! holds up the other, and one `drain` looks at a bounded number of parcels that find no room.

use std::hash::Hash;

use super::line::Parcel;
use super::{Deferred, Queue, current};

/// Parcels that one `drain` tries again, and those it sets aside for the first time, at most. The cache remembers sizes
/// that it refused, so that most tries cost next to nothing; the bound is for those that don't.
const MAX_REFUSED: u32 = 64;

/// What a `drain` may still give out.
#[derive(Clone, Copy)]
struct Allowance {
    left_bytes: u64,
    /// Whether nothing was given out: then the next one may have more bytes than are left.
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

/// What [`Queue::drain`] gives, parcel by parcel.
pub(crate) struct QueueDrain<'q, N, V> {
    queue: &'q Queue<N, V>,
    allowance: Allowance,
    last: Option<Taken>,
    /// Parcels to look at of those that were set aside before.
    retries_left: u32,
    /// Parcels of the queue that may still be set aside.
    refusals_left: u32,
    deferred: Deferred<V>,
}

/// The parcel that was given out last.
struct Taken {
    bytes: u64,
    was_aside: bool,
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
    /// Sets aside what was given out last, as if it hadn't been taken; the next `drain` gives it out before the queue.
    /// A newer version that has come meanwhile takes its name.
    ///
    /// Returns what is given up for it, as the queue's limit holds for what is set aside too, taken by itself.
    #[must_use]
    pub(crate) fn set_aside(&mut self, name: N, value: V) -> Vec<(N, V)> {
        let last = self.last.take().expect("BUG: set aside what wasn't taken");
        self.allowance = last.allowance;
        if !last.was_aside {
            self.refusals_left -= 1;
        }
        let parcel = Parcel {
            value,
            bytes: last.bytes,
            turn: None,
        };
        let mut lines = self.queue.change();
        lines.set_aside(name, parcel, &mut self.deferred)
    }

    fn give_out(&mut self, name: N, parcel: Parcel<V>, was_aside: bool) -> (N, V) {
        let bytes = parcel.bytes;
        self.last = Some(Taken {
            bytes,
            was_aside,
            allowance: self.allowance,
        });
        self.allowance = self.allowance.less(bytes);
        (name, parcel.value)
    }

    /// The next one of those set aside. One that this take has no bytes for waits for the next, with its turn.
    fn next_aside(&mut self) -> Option<(N, V)> {
        if self.retries_left == 0 {
            return None;
        }
        let mut lines = self.queue.change();
        while self.retries_left > 0 {
            self.retries_left -= 1;
            // Fewer than there were when a newer version has come.
            let (name, parcel) = lines.aside.pop()?;
            if self.allowance.allows(parcel.bytes) {
                drop(lines);
                return Some(self.give_out(name, parcel, true));
            }
            lines.aside.replace(name, parcel);
        }
        None
    }

    fn next_inside(&mut self) -> Option<(N, V)> {
        let mut lines = self.queue.change();
        lines.owner = Some(current().id());
        let (_, oldest) = lines.inside.parcels.front()?;
        if self.refusals_left == 0 || !self.allowance.allows(oldest.bytes) {
            return None;
        }
        let (name, parcel) = lines.inside.pop()?;
        lines.admit(&mut self.deferred);
        drop(lines);
        Some(self.give_out(name, parcel, false))
    }
}

impl<N: Hash + Eq, V> Iterator for QueueDrain<'_, N, V> {
    type Item = (N, V);

    fn next(&mut self) -> Option<(N, V)> {
        self.next_aside().or_else(|| self.next_inside())
    }
}
