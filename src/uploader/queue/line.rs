//! `Line`: parcels in the order of their names, with the sum of their bytes.
//!
//! It has no limit and no lock: both are the queue's. Invariant: `bytes` is the sum of the parcels' bytes, and a name is
//! at most once in a line.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hashlink::LinkedHashMap;

use super::Condvar;

/// Parcels, oldest name first; a newer version has the place of the older one.
pub(super) struct Line<N, V> {
    pub(super) parcels: LinkedHashMap<N, Parcel<V>>,
    /// The sum of the parcels'.
    pub(super) bytes: u64,
}

pub(super) struct Parcel<V> {
    pub(super) value: V,
    pub(super) bytes: u64,
    /// Of the thread that waits outside with it.
    pub(super) turn: Option<Arc<Turn>>,
}

/// What a thread waits for: that its parcel is let in, or superseded by a newer version.
pub(super) struct Turn {
    /// Read and written under the queue's lock only.
    pub(super) over: AtomicBool,
    pub(super) changed: Condvar,
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
    /// At the end, or in the place of the older version, which is returned.
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
