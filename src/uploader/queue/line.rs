//! `Line`: parcels in the order of their names, with the sum of their bytes.
//!
//! A line has no limit and no lock; the queue has both. Invariant: `bytes` is the sum of the parcels' bytes, and a name
//! is in a line at most once.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hashlink::LinkedHashMap;

use super::Condvar;

/// Parcels, the oldest name first. A newer version of a name takes the place of the older one.
pub(super) struct Line<N, V> {
    pub(super) parcels: LinkedHashMap<N, Parcel<V>>,
    /// The sum of the parcels' bytes.
    pub(super) bytes: u64,
}

/// A version of a name.
pub(super) struct Parcel<V> {
    pub(super) value: V,
    pub(super) bytes: u64,
    /// The thread that waits for this parcel to be queued.
    pub(super) waiter: Option<Arc<Waiter>>,
}

/// A thread that waits until its parcel is queued, superseded by a newer version or given back.
pub(super) struct Waiter {
    /// Whether the parcel was queued or superseded. Read and written only under the queue's lock.
    pub(super) is_done: AtomicBool,
    pub(super) changed: Condvar,
}

impl<V> Parcel<V> {
    pub(super) fn new(value: V, bytes: u64) -> Self {
        Self {
            value,
            bytes,
            waiter: None,
        }
    }
}

impl<N, V> Line<N, V> {
    pub(super) fn new() -> Self {
        Self {
            parcels: LinkedHashMap::new(),
            bytes: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.parcels.len()
    }
}

impl<N: Hash + Eq, V> Line<N, V> {
    /// Adds a parcel at the end, or in the place of the older version, which is returned.
    pub(super) fn replace(&mut self, name: N, parcel: Parcel<V>) -> Option<Parcel<V>> {
        self.bytes += parcel.bytes;
        let older = self.parcels.replace(name, parcel)?;
        self.bytes -= older.bytes;
        Some(older)
    }

    pub(super) fn remove(&mut self, name: &N) -> Option<Parcel<V>> {
        let parcel = self.parcels.remove(name)?;
        self.bytes -= parcel.bytes;
        Some(parcel)
    }

    pub(super) fn pop(&mut self) -> Option<(N, Parcel<V>)> {
        let (name, parcel) = self.parcels.pop_front()?;
        self.bytes -= parcel.bytes;
        Some((name, parcel))
    }
}
