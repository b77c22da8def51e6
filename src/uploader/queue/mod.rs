//! The queue between the threads that push pixmaps and the owner that takes them in, bounded in bytes.
//!
//! It knows names and bytes, not pixmaps; how the owner goes through it is in `drain.rs`. One lock, held for a few
//! steps of a hash table; values are dropped and threads woken after it is released. Invariant: if somebody waits
//! outside, something is inside, so that the owner's next `drain` makes room. What is set aside makes nobody wait: it
//! has a limit of its own.

mod counters;
mod drain;
mod line;

use std::borrow::Borrow;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use self::counters::{Counters, QueueStats};
use self::drain::QueueDrain;
use self::line::{Line, Parcel, Turn};
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

pub(crate) struct Queue<N, V> {
    lines: Mutex<Lines<N, V>>,
    counters: Counters,
    limit_bytes: u64,
}

/// ```text
///  push ──▶ outside: each with a thread that waits ──▶ inside: at most limit_bytes ──▶ drain ◀┐
///     └───────── if it fits and nobody waits ────────────▲                               │    │
///                                                     aside: at most limit_bytes ◀─ no room ──┘
/// ```
///
/// A name is inside or set aside, not both, and at most once outside, where the newer version is.
struct Lines<N, V> {
    inside: Line<N, V>,
    outside: Line<N, V>,
    /// Taken and put back, to be tried again by each `drain`; the one tried longest ago first.
    aside: Line<N, V>,
    limit_bytes: u64,
    displaced: u64,
    closed: bool,
    /// The thread that last took something: it must never wait.
    owner: Option<ThreadId>,
}

/// Lines that are being changed: what they hold is counted again before their lock is released.
struct Change<'q, N, V> {
    lines: MutexGuard<'q, Lines<N, V>>,
    counters: &'q Counters,
}

impl<N, V> Deref for Change<'_, N, V> {
    type Target = Lines<N, V>;

    fn deref(&self) -> &Lines<N, V> {
        &self.lines
    }
}

impl<N, V> DerefMut for Change<'_, N, V> {
    fn deref_mut(&mut self) -> &mut Lines<N, V> {
        &mut self.lines
    }
}

impl<N, V> Drop for Change<'_, N, V> {
    fn drop(&mut self) {
        self.counters.publish(&self.lines.stats());
    }
}

/// What is left to do when the lock has been released: declared before it is taken, and so dropped after.
struct Deferred<V> {
    displaced: Vec<V>,
    woken: Vec<Arc<Turn>>,
}

impl<N, V> Queue<N, V> {
    pub(crate) fn new(limit_bytes: u64) -> Self {
        let lines = Lines {
            inside: Line::new(),
            outside: Line::new(),
            aside: Line::new(),
            limit_bytes,
            displaced: 0,
            closed: false,
            owner: None,
        };
        Self {
            lines: Mutex::new(lines),
            counters: Counters::default(),
            limit_bytes,
        }
    }

    /// Refuses everything from now on, ends every wait, and drops what is queued or set aside.
    pub(crate) fn close(&self) {
        let mut lines = self.change();
        lines.closed = true;
        let inside = std::mem::replace(&mut lines.inside, Line::new());
        let outside = std::mem::replace(&mut lines.outside, Line::new());
        let aside = std::mem::replace(&mut lines.aside, Line::new());
        drop(lines);
        let turns = outside.parcels.values().filter_map(|parcel| parcel.turn.as_ref());
        turns.for_each(|turn| turn.changed.notify_one());
        drop((inside, outside, aside));
    }

    /// What the queue holds. Takes no lock.
    pub(crate) fn stats(&self) -> QueueStats {
        self.counters.read()
    }

    fn change(&self) -> Change<'_, N, V> {
        Change {
            lines: self.lock(),
            counters: &self.counters,
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
        let mut deferred = Deferred::new();
        let parcel = Parcel {
            value,
            bytes,
            turn: None,
        };
        let mut lines = self.change();
        if lines.closed {
            return Err(PushError::Closed);
        }
        if lines.fits(&name, bytes) && lines.is_next(&name) {
            lines.enter(name, parcel, &mut deferred);
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
                lines.make_room(&name, bytes, &mut deferred);
                lines.enter(name, parcel, &mut deferred);
                Ok(())
            }
            WhenFull::Wait => {
                let turn = lines.wait(name, parcel, &mut deferred);
                drop(lines);
                drop(deferred);
                self.wait_for(&turn)
            }
        }
    }

    /// What was set aside, then the oldest parcels, as many as have at most `limit_bytes` together; the first one
    /// whatever it has.
    ///
    /// The lock is held for one at a time. Threads let in meanwhile are woken when the iterator is dropped.
    pub(crate) fn drain(&self, limit_bytes: u64) -> QueueDrain<'_, N, V> {
        QueueDrain::new(self, limit_bytes)
    }

    /// Drops the version of a name that is set aside: there is a newer one that never came through the queue.
    pub(crate) fn supersede(&self, name: &N) {
        let mut deferred = Deferred::new();
        let mut lines = self.change();
        let older = lines.aside.remove(name);
        lines.displace(older, &mut deferred);
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
        let Lines {
            inside,
            outside,
            aside,
            ..
        } = &*lines;
        [inside, outside, aside]
            .iter()
            .any(|line| line.parcels.contains_key(name))
    }
}

impl<N, V> Lines<N, V> {
    fn stats(&self) -> QueueStats {
        QueueStats {
            queued: self.inside.len() as u32,
            queued_bytes: self.inside.bytes,
            set_aside: self.aside.len() as u32,
            set_aside_bytes: self.aside.bytes,
            waiting: self.outside.len() as u32,
            displaced: self.displaced,
        }
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

    /// Takes a parcel inside, and older versions away from all lines.
    fn enter(&mut self, name: N, parcel: Parcel<V>, deferred: &mut Deferred<V>) {
        let outside = self.outside.remove(&name);
        let aside = self.aside.remove(&name);
        let inside = self.inside.replace(name, parcel);
        for older in [outside, aside, inside] {
            self.displace(older, deferred);
        }
    }

    /// Sets a parcel aside, unless a newer version is inside. The ones tried longest ago that have to go for it.
    fn set_aside(&mut self, name: N, parcel: Parcel<V>, deferred: &mut Deferred<V>) -> Vec<(N, V)> {
        if self.inside.parcels.contains_key(&name) {
            self.displace(Some(parcel), deferred);
            return Vec::new();
        }
        self.aside.replace(name, parcel);
        let mut given_up = Vec::new();
        while self.aside.bytes > self.limit_bytes && self.aside.len() > 1 {
            let oldest = self.aside.pop();
            given_up.extend(oldest.map(|(name, parcel)| (name, parcel.value)));
        }
        given_up
    }

    /// The older version of the same name may be among those that go: then the new one goes to the end.
    fn make_room(&mut self, name: &N, bytes: u64, deferred: &mut Deferred<V>) {
        while !self.fits(name, bytes) {
            let oldest = self.inside.pop();
            let (_, oldest) = oldest.expect("BUG: no room in an empty queue");
            self.displace(Some(oldest), deferred);
        }
    }

    fn wait(&mut self, name: N, mut parcel: Parcel<V>, deferred: &mut Deferred<V>) -> Arc<Turn> {
        let turn = Arc::new(Turn {
            over: AtomicBool::new(false),
            changed: Condvar::new(),
        });
        parcel.turn = Some(Arc::clone(&turn));
        let older = self.outside.replace(name, parcel);
        self.displace(older, deferred);
        turn
    }

    /// Lets in those who wait, in order, as far as there is room.
    fn admit(&mut self, deferred: &mut Deferred<V>) {
        while let Some((name, first)) = self.outside.parcels.front() {
            if !self.fits(name, first.bytes) {
                return;
            }
            let first = self.outside.pop();
            let (name, mut parcel) = first.expect("BUG: a front that can't be taken");
            deferred.end_wait(&mut parcel);
            self.enter(name, parcel, deferred);
        }
    }

    fn displace(&mut self, parcel: Option<Parcel<V>>, deferred: &mut Deferred<V>) {
        if let Some(mut parcel) = parcel {
            deferred.end_wait(&mut parcel);
            deferred.displaced.push(parcel.value);
            self.displaced += 1;
        }
    }
}

impl<V> Deferred<V> {
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

impl<V> Drop for Deferred<V> {
    fn drop(&mut self) {
        self.woken.iter().for_each(|turn| turn.changed.notify_one());
    }
}
