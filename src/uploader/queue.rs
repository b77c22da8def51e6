//! The queue between the threads that push pixmaps and the owner that takes them in, bounded in bytes.
//!
//! It knows names and bytes, not pixmaps. One lock, held for a few steps of a hash table; values are dropped and
//! threads woken after it is released. Invariant: if somebody waits outside, something is inside, so that the owner's
//! next `take` makes room.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use hashlink::LinkedHashMap;

use super::sync::{Condvar, Mutex, MutexGuard, ThreadId, current};

/// What happens to a pixmap for which the queue has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WhenFull {
    /// The thread waits until the owner has made room, in the order in which threads came. The owner's own thread is
    /// refused instead: it would wait for itself.
    #[default]
    Wait,
    /// The pixmap is refused.
    Refuse,
    /// The oldest pixmaps in the queue are dropped to make room. A request that one of them answered counts as
    /// abandoned.
    ReplaceOldest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushError {
    Closed,
    Full { queued_bytes: u64, limit_bytes: u64 },
}

/// What is inside, how many threads wait outside, and how many parcels were dropped for another's sake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueStats {
    pub(crate) queued: u32,
    pub(crate) queued_bytes: u64,
    pub(crate) waiting: u32,
    pub(crate) displaced: u64,
}

pub(crate) struct Queue<N, V> {
    lines: Mutex<Lines<N, V>>,
    limit_bytes: u64,
}

/// ```text
///  push ──▶ outside: each with a thread that waits ──▶ inside: at most limit_bytes ──▶ take
///     └───────── if it fits and nobody waits ────────────▲
/// ```
///
/// A name is at most once in each line, and the version outside is the newer one.
struct Lines<N, V> {
    inside: Line<N, V>,
    outside: Line<N, V>,
    limit_bytes: u64,
    displaced: u64,
    closed: bool,
    /// The thread that last took something: it must never wait.
    owner: Option<ThreadId>,
}

/// Parcels, oldest name first; a newer version has the place of the older one.
struct Line<N, V> {
    parcels: LinkedHashMap<N, Parcel<V>>,
    /// The sum of the parcels'.
    bytes: u64,
}

struct Parcel<V> {
    value: V,
    bytes: u64,
    /// Of the thread that waits outside with it.
    turn: Option<Arc<Turn>>,
}

/// What a thread waits for: that its parcel is let in, or superseded by a newer version.
struct Turn {
    /// Read and written under the queue's lock only.
    over: AtomicBool,
    changed: Condvar,
}

/// What is left to do when the lock has been released: declared before it is taken, and so dropped after.
struct Aftermath<V> {
    displaced: Vec<V>,
    woken: Vec<Arc<Turn>>,
}

impl<N, V> Queue<N, V> {
    pub(crate) fn new(limit_bytes: u64) -> Self {
        let lines = Lines {
            inside: Line::new(),
            outside: Line::new(),
            limit_bytes,
            displaced: 0,
            closed: false,
            owner: None,
        };
        Self {
            lines: Mutex::new(lines),
            limit_bytes,
        }
    }

    /// Refuses everything from now on, ends every wait, and drops what is queued.
    pub(crate) fn close(&self) {
        let mut lines = self.lock();
        lines.closed = true;
        let inside = std::mem::replace(&mut lines.inside, Line::new());
        let outside = std::mem::replace(&mut lines.outside, Line::new());
        drop(lines);
        let turns = outside.parcels.values().filter_map(|parcel| parcel.turn.as_ref());
        turns.for_each(|turn| turn.changed.notify_one());
        drop((inside, outside));
    }

    pub(crate) fn stats(&self) -> QueueStats {
        let lines = self.lock();
        QueueStats {
            queued: lines.inside.parcels.len() as u32,
            queued_bytes: lines.inside.bytes,
            waiting: lines.outside.parcels.len() as u32,
            displaced: lines.displaced,
        }
    }

    /// A lock is poisoned by a name whose `Hash` or `Eq` panicked, which happens before anything is changed.
    fn lock(&self) -> MutexGuard<'_, Lines<N, V>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for(&self, turn: &Turn) -> Result<(), PushError> {
        let mut lines = self.lock();
        loop {
            if turn.over.load(Ordering::Relaxed) {
                return Ok(());
            }
            if lines.closed {
                return Err(PushError::Closed);
            }
            let woken = turn.changed.wait(lines);
            lines = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<N: Hash + Eq, V> Queue<N, V> {
    /// Hands over a version of a name. An older one that is still queued is dropped, and this one has its place.
    ///
    /// What is larger than the whole limit gets in when nothing else is queued. A refusal changes nothing.
    pub(crate) fn push(&self, name: N, value: V, bytes: u64, when_full: WhenFull) -> Result<(), PushError> {
        let mut aftermath = Aftermath::new();
        let parcel = Parcel {
            value,
            bytes,
            turn: None,
        };
        let mut lines = self.lock();
        if lines.closed {
            return Err(PushError::Closed);
        }
        if lines.fits(&name, bytes) && lines.is_next(&name) {
            lines.enter(name, parcel, &mut aftermath);
            return Ok(());
        }
        let full = PushError::Full {
            queued_bytes: lines.inside.bytes,
            limit_bytes: self.limit_bytes,
        };
        match when_full {
            WhenFull::Refuse => Err(full),
            WhenFull::Wait if lines.owner == Some(current().id()) => Err(full),
            WhenFull::ReplaceOldest => {
                lines.make_room(&name, bytes, &mut aftermath);
                lines.enter(name, parcel, &mut aftermath);
                Ok(())
            }
            WhenFull::Wait => {
                let turn = lines.stand_outside(name, parcel, &mut aftermath);
                drop(lines);
                drop(aftermath);
                self.wait_for(&turn)
            }
        }
    }

    /// The oldest parcels, as many as have at most `limit_bytes` together; the first one whatever it has.
    ///
    /// The lock is held for one at a time. Threads let in meanwhile are woken when the iterator is dropped.
    pub(crate) fn take(&self, limit_bytes: u64) -> Taking<'_, N, V> {
        Taking {
            queue: self,
            left_bytes: limit_bytes,
            taken: false,
            aftermath: Aftermath::new(),
        }
    }

    /// Tells that the present thread is the owner's, before it takes anything.
    pub(crate) fn own(&self) {
        self.lock().owner = Some(current().id());
    }

    /// Whether a version of the name is on its way. For the owner to ask.
    pub(crate) fn contains<Q>(&self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut lines = self.lock();
        lines.owner = Some(current().id());
        lines.inside.parcels.contains_key(name) || lines.outside.parcels.contains_key(name)
    }
}

impl<N: Hash + Eq, V> Lines<N, V> {
    /// Whether there is room inside for this version of a name, the older one gone.
    fn fits(&self, name: &N, bytes: u64) -> bool {
        let older = self.inside.parcels.get(name);
        let others = self.inside.parcels.len() - usize::from(older.is_some());
        let older_bytes = older.map_or(0, |older| older.bytes);
        others == 0 || self.inside.bytes - older_bytes + bytes <= self.limit_bytes
    }

    /// Whether nobody came before: small parcels that slip past would keep a large one waiting for ever.
    fn is_next(&self, name: &N) -> bool {
        self.outside.parcels.is_empty() || self.inside.parcels.contains_key(name)
    }

    /// Takes a parcel inside, and older versions away from both lines.
    fn enter(&mut self, name: N, parcel: Parcel<V>, aftermath: &mut Aftermath<V>) {
        let outside = self.outside.remove(&name);
        let inside = self.inside.replace(name, parcel);
        self.displace(outside, aftermath);
        self.displace(inside, aftermath);
    }

    /// The older version of the same name may be among those that go: then the new one goes to the end.
    fn make_room(&mut self, name: &N, bytes: u64, aftermath: &mut Aftermath<V>) {
        while !self.fits(name, bytes) {
            let oldest = self.inside.pop();
            let (_, oldest) = oldest.expect("BUG: no room in an empty queue");
            self.displace(Some(oldest), aftermath);
        }
    }

    fn stand_outside(&mut self, name: N, mut parcel: Parcel<V>, aftermath: &mut Aftermath<V>) -> Arc<Turn> {
        let turn = Arc::new(Turn {
            over: AtomicBool::new(false),
            changed: Condvar::new(),
        });
        parcel.turn = Some(Arc::clone(&turn));
        let older = self.outside.replace(name, parcel);
        self.displace(older, aftermath);
        turn
    }

    /// Lets in those who wait, in order, as far as there is room.
    fn let_in(&mut self, aftermath: &mut Aftermath<V>) {
        while let Some((name, first)) = self.outside.parcels.front() {
            if !self.fits(name, first.bytes) {
                return;
            }
            let first = self.outside.pop();
            let (name, mut parcel) = first.expect("BUG: a front that can't be taken");
            aftermath.end_wait(&mut parcel);
            self.enter(name, parcel, aftermath);
        }
    }

    fn displace(&mut self, parcel: Option<Parcel<V>>, aftermath: &mut Aftermath<V>) {
        if let Some(mut parcel) = parcel {
            aftermath.end_wait(&mut parcel);
            aftermath.displaced.push(parcel.value);
            self.displaced += 1;
        }
    }
}

impl<N, V> Line<N, V> {
    fn new() -> Self {
        Self {
            parcels: LinkedHashMap::new(),
            bytes: 0,
        }
    }
}

impl<N: Hash + Eq, V> Line<N, V> {
    /// At the end, or in the place of the older version, which is returned.
    fn replace(&mut self, name: N, parcel: Parcel<V>) -> Option<Parcel<V>> {
        self.bytes += parcel.bytes;
        let older = self.parcels.replace(name, parcel)?;
        self.bytes -= older.bytes;
        Some(older)
    }

    fn remove(&mut self, name: &N) -> Option<Parcel<V>> {
        let parcel = self.parcels.remove(name)?;
        self.bytes -= parcel.bytes;
        Some(parcel)
    }

    fn pop(&mut self) -> Option<(N, Parcel<V>)> {
        let (name, parcel) = self.parcels.pop_front()?;
        self.bytes -= parcel.bytes;
        Some((name, parcel))
    }
}

impl<V> Aftermath<V> {
    fn new() -> Self {
        Self {
            displaced: Vec::new(),
            woken: Vec::new(),
        }
    }

    fn end_wait(&mut self, parcel: &mut Parcel<V>) {
        if let Some(turn) = parcel.turn.take() {
            turn.over.store(true, Ordering::Relaxed);
            self.woken.push(turn);
        }
    }
}

impl<V> Drop for Aftermath<V> {
    fn drop(&mut self) {
        self.woken.iter().for_each(|turn| turn.changed.notify_one());
    }
}

/// What [`Queue::take`] gives, parcel by parcel.
pub(crate) struct Taking<'q, N, V> {
    queue: &'q Queue<N, V>,
    left_bytes: u64,
    taken: bool,
    aftermath: Aftermath<V>,
}

impl<N, V> Taking<'_, N, V> {
    /// Counts what was taken another time.
    pub(crate) fn charge(&mut self, bytes: u64) {
        self.taken = true;
        self.left_bytes -= bytes.min(self.left_bytes);
    }
}

impl<N: Hash + Eq, V> Iterator for Taking<'_, N, V> {
    type Item = (N, V);

    fn next(&mut self) -> Option<(N, V)> {
        let mut lines = self.queue.lock();
        lines.owner = Some(current().id());
        let (_, oldest) = lines.inside.parcels.front()?;
        if self.taken && oldest.bytes > self.left_bytes {
            return None;
        }
        let (name, parcel) = lines.inside.pop()?;
        lines.let_in(&mut self.aftermath);
        drop(lines);
        self.charge(parcel.bytes);
        Some((name, parcel.value))
    }
}
