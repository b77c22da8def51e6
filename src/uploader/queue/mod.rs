//! The queue between the threads that push pixmaps and the owner that drains it, bounded in bytes.
//!
//! It knows names and bytes, not pixmaps; how the owner empties it is in `drain.rs`. There is one lock, held for a few
//! hash table operations; values are dropped and threads are woken after it is released. Invariant: while a thread
//! waits, something is queued, so that the owner's next drain makes room. What is set aside makes no thread wait: it
//! has a limit of its own.

mod counters;
mod drain;
mod error;
mod line;

use std::borrow::Borrow;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use self::counters::{Counters, QueueStats};
use self::drain::QueueDrain;
pub use self::error::UploadError;
use self::line::{Line, Parcel, Waiter};
use super::sync::{Condvar, Mutex, MutexGuard};

pub(crate) struct Queue<N, V> {
    lines: Mutex<Lines<N, V>>,
    counters: Counters,
    limit_bytes: u64,
}

/// ```text
///  push_blocking ─▶ waiting: each with its thread ─▶ queued: at most limit_bytes ─▶ drain ◀─┐
///  push ────── if it fits and no thread waits ──────────▲                             │     │
///                                                    set_aside: at most limit_bytes ◀─ no room
/// ```
///
/// A name is queued or set aside, not both. It is at most once in `waiting`, which then has the newer version.
struct Lines<N, V> {
    queued: Line<N, V>,
    waiting: Line<N, V>,
    /// Parcels that were taken and found no room. Each drain tries them again, the one tried longest ago first.
    set_aside: Line<N, V>,
    /// Parcels whose threads waited when the queue was closed. Each thread takes its own.
    returned: Vec<(N, Parcel<V>)>,
    /// Threads whose wait is over, since the last thread left. A change wakes the first one that it adds, and the first that
    /// leaves wakes all of these: to wake them all from the owner's thread would take its core in the middle of a frame.
    /// Invariant: if there is any, the first one was woken or is about to be.
    leaving: Vec<Arc<Waiter>>,
    limit_bytes: u64,
    superseded: u64,
    closed: bool,
}

/// Exclusive access to the lines. Publishes their sizes before it releases the lock.
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

/// Work for after the lock is released: values to drop and threads to wake. Declared before the lock is taken, and so
/// dropped after it.
struct Deferred<V> {
    superseded: Vec<V>,
    woken: Vec<Arc<Waiter>>,
}

impl<N, V> Queue<N, V> {
    pub(crate) fn new(limit_bytes: u64) -> Self {
        let lines = Lines {
            queued: Line::new(),
            waiting: Line::new(),
            set_aside: Line::new(),
            returned: Vec::new(),
            leaving: Vec::new(),
            limit_bytes,
            superseded: 0,
            closed: false,
        };
        Self {
            lines: Mutex::new(lines),
            counters: Counters::default(),
            limit_bytes,
        }
    }

    /// Refuses everything from now on and ends every wait. What is queued or set aside can still be drained.
    pub(crate) fn close(&self) {
        let mut deferred = Deferred::<V>::new();
        let mut lines = self.change();
        lines.closed = true;
        deferred.woken.append(&mut lines.leaving);
        let waiting = std::mem::replace(&mut lines.waiting, Line::new());
        for (name, parcel) in waiting.parcels {
            deferred.woken.extend(parcel.waiter.clone());
            lines.returned.push((name, parcel));
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Drops what is queued or set aside.
    pub(crate) fn clear(&self) {
        let mut lines = self.change();
        let queued = std::mem::replace(&mut lines.queued, Line::new());
        let set_aside = std::mem::replace(&mut lines.set_aside, Line::new());
        drop(lines);
        drop((queued, set_aside));
    }

    /// Returns the sizes of the lines. Takes no lock.
    pub(crate) fn stats(&self) -> QueueStats {
        self.counters.read()
    }

    fn change(&self) -> Change<'_, N, V> {
        Change {
            lines: self.lock(),
            counters: &self.counters,
        }
    }

    /// The lock is poisoned when the `Hash` or `Eq` of a name panics, which happens before anything is changed.
    fn lock(&self) -> MutexGuard<'_, Lines<N, V>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the parcel if the queue is closed before it is queued.
    #[cfg(not(target_arch = "wasm32"))]
    fn wait_for(&self, waiter: &Arc<Waiter>) -> Result<(), UploadError<(N, V)>> {
        let mut deferred = Deferred::<V>::new();
        let mut lines = self.lock();
        while !waiter.is_done.load(Ordering::Relaxed) && !lines.closed {
            let woken = waiter.changed.wait(lines);
            lines = woken.unwrap_or_else(PoisonError::into_inner);
        }
        deferred.woken.append(&mut lines.leaving);
        if waiter.is_done.load(Ordering::Relaxed) {
            return Ok(());
        }
        let returned = lines.give_back(waiter);
        Err(UploadError::Closed { returned })
    }
}

impl<N: Hash + Eq, V> Queue<N, V> {
    /// Queues a version of a name, or returns it if there is no room. Never waits. A version of the name that is still
    /// queued is dropped, and the new one takes its place.
    ///
    /// A parcel larger than the limit gets in when nothing else is queued. A refusal changes nothing.
    pub(crate) fn push(&self, name: N, value: V, bytes: u64) -> Result<(), UploadError<(N, V)>> {
        let mut deferred = Deferred::new();
        let mut lines = self.change();
        let returned = (name, value);
        if lines.closed {
            return Err(UploadError::Closed { returned });
        }
        if !lines.admits(&returned.0, bytes) {
            return Err(UploadError::QueueFull {
                returned,
                bytes,
                queued_bytes: lines.queued.bytes,
                limit_bytes: self.limit_bytes,
                waiting: lines.waiting.len() as u32,
            });
        }
        let (name, value) = returned;
        lines.enter(name, Parcel::new(value, bytes), &mut deferred);
        Ok(())
    }

    /// Like `push`, but waits for room, in the order in which threads came.
    ///
    /// Returns `Ok` for a version that was superseded while it waited, and an error only when the queue is closed.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn push_blocking(&self, name: N, value: V, bytes: u64) -> Result<(), UploadError<(N, V)>> {
        let mut deferred = Deferred::new();
        let mut lines = self.change();
        if lines.closed {
            let returned = (name, value);
            return Err(UploadError::Closed { returned });
        }
        let parcel = Parcel::new(value, bytes);
        if lines.admits(&name, bytes) {
            lines.enter(name, parcel, &mut deferred);
            return Ok(());
        }
        let waiter = lines.wait(name, parcel, &mut deferred);
        drop(lines);
        drop(deferred);
        self.wait_for(&waiter)
    }

    /// Takes what was set aside, then the oldest parcels, at most `limit_bytes` together; the first one whatever its
    /// size.
    ///
    /// The lock is held for one parcel at a time. One of the threads admitted meanwhile is woken when the drain is dropped.
    pub(crate) fn drain(&self, limit_bytes: u64) -> QueueDrain<'_, N, V> {
        QueueDrain::new(self, limit_bytes)
    }

    /// Drops the version of a name that is set aside: there is a newer one that didn't come through the queue.
    pub(crate) fn supersede(&self, name: &N) {
        let mut deferred = Deferred::new();
        let mut lines = self.change();
        let older = lines.set_aside.remove(name);
        lines.supersede(older, &mut deferred);
    }

    /// Returns whether a version of the name is in any of the lines.
    pub(crate) fn contains<Q>(&self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let lines = self.lock();
        [&lines.queued, &lines.waiting, &lines.set_aside]
            .iter()
            .any(|line| line.parcels.contains_key(name))
    }
}

impl<N, V> Lines<N, V> {
    /// Ends the wait of a parcel's thread: it is queued or superseded.
    fn end_wait(&mut self, parcel: &mut Parcel<V>, deferred: &mut Deferred<V>) {
        if let Some(waiter) = parcel.waiter.take() {
            waiter.is_done.store(true, Ordering::Relaxed);
            if deferred.woken.is_empty() || self.leaving.is_empty() {
                deferred.woken.push(Arc::clone(&waiter));
            }
            self.leaving.push(waiter);
        }
    }

    fn stats(&self) -> QueueStats {
        QueueStats {
            queued: self.queued.len() as u32,
            queued_bytes: self.queued.bytes,
            set_aside: self.set_aside.len() as u32,
            set_aside_bytes: self.set_aside.bytes,
            waiting: self.waiting.len() as u32,
            superseded: self.superseded,
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn give_back(&mut self, waiter: &Arc<Waiter>) -> (N, V) {
        let is_own = |parcel: &Parcel<V>| parcel.waiter.as_ref().is_some_and(|own| Arc::ptr_eq(own, waiter));
        let own = self.returned.iter().position(|(_, parcel)| is_own(parcel));
        let (name, parcel) = self
            .returned
            .swap_remove(own.expect("BUG: a closed queue lost a parcel"));
        (name, parcel.value)
    }
}

impl<N: Hash + Eq, V> Lines<N, V> {
    /// Returns whether a parcel can be queued now: it fits, and no thread came first. Otherwise small parcels that slip
    /// past could keep a large one waiting without end.
    fn admits(&self, name: &N, bytes: u64) -> bool {
        let is_next = self.waiting.parcels.is_empty() || self.queued.parcels.contains_key(name);
        is_next && self.fits(name, bytes)
    }

    /// Returns whether there is room for this version of a name in place of the older one.
    fn fits(&self, name: &N, bytes: u64) -> bool {
        let older = self.queued.parcels.get(name);
        let others = self.queued.parcels.len() - usize::from(older.is_some());
        let older_bytes = older.map_or(0, |older| older.bytes);
        others == 0 || self.queued.bytes - older_bytes + bytes <= self.limit_bytes
    }

    /// Queues a parcel and drops older versions of its name from all lines.
    fn enter(&mut self, name: N, parcel: Parcel<V>, deferred: &mut Deferred<V>) {
        let waiting = self.waiting.remove(&name);
        let set_aside = self.set_aside.remove(&name);
        let queued = self.queued.replace(name, parcel);
        for older in [waiting, set_aside, queued] {
            self.supersede(older, deferred);
        }
    }

    /// Sets a parcel aside unless a newer version is queued. Returns the parcels given up for it, those tried longest
    /// ago.
    fn set_aside(&mut self, name: N, parcel: Parcel<V>, deferred: &mut Deferred<V>) -> Vec<(N, V)> {
        if self.queued.parcels.contains_key(&name) {
            self.supersede(Some(parcel), deferred);
            return Vec::new();
        }
        self.set_aside.replace(name, parcel);
        let mut given_up = Vec::new();
        while self.set_aside.bytes > self.limit_bytes && self.set_aside.len() > 1 {
            let oldest = self.set_aside.pop();
            given_up.extend(oldest.map(|(name, parcel)| (name, parcel.value)));
        }
        given_up
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn wait(&mut self, name: N, mut parcel: Parcel<V>, deferred: &mut Deferred<V>) -> Arc<Waiter> {
        let waiter = Arc::new(Waiter {
            is_done: false.into(),
            changed: Condvar::new(),
        });
        parcel.waiter = Some(Arc::clone(&waiter));
        let older = self.waiting.replace(name, parcel);
        self.supersede(older, deferred);
        waiter
    }

    /// Queues the parcels of threads that wait, in order, as far as there is room.
    fn admit(&mut self, deferred: &mut Deferred<V>) {
        while let Some((name, first)) = self.waiting.parcels.front() {
            if !self.fits(name, first.bytes) {
                return;
            }
            let first = self.waiting.pop();
            let (name, mut parcel) = first.expect("BUG: a front that can't be taken");
            self.end_wait(&mut parcel, deferred);
            self.enter(name, parcel, deferred);
        }
    }

    fn supersede(&mut self, parcel: Option<Parcel<V>>, deferred: &mut Deferred<V>) {
        if let Some(mut parcel) = parcel {
            self.end_wait(&mut parcel, deferred);
            deferred.superseded.push(parcel.value);
            self.superseded += 1;
        }
    }
}

impl<V> Deferred<V> {
    fn new() -> Self {
        Self {
            superseded: Vec::new(),
            woken: Vec::new(),
        }
    }
}

impl<V> Drop for Deferred<V> {
    fn drop(&mut self) {
        self.woken.iter().for_each(|waiter| waiter.changed.notify_one());
    }
}
