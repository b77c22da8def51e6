//! The key table: entries by key, and keys by name. The two change only together, here.
//!
//! Entries are the layout's slotmap; names are a hash table beside it, whose buckets hold name and key. Invariant:
//! every name leads to a living key, and a key has at most one name.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};
use slotmap::SecondaryMap;

use crate::geometry::Size;
use crate::inspect::{Departure, Evictions};
use crate::key::PixmapKey;
use crate::layout::{Layout, Op, PlaceError, ReleaseTerms};

#[derive(Debug)]
pub(crate) struct KeyTable<N> {
    layout: Layout,
    names: Names<N>,
    evictions: Evictions<N>,
}

impl<N: Hash + Eq> KeyTable<N> {
    pub(crate) fn new(layout: Layout) -> Self {
        Self {
            layout,
            names: Names::new(),
            evictions: Evictions::new(),
        }
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn begin_frame(&mut self) {
        self.layout.begin_frame();
    }

    pub(crate) fn commit_pages(&mut self, pages: impl IntoIterator<Item = u32>) {
        self.layout.commit_pages(pages);
    }

    pub(crate) fn set_max_pages(&mut self, max_pages: u32) {
        self.layout.set_max_pages(max_pages);
    }

    /// See [`Layout::release_pages`].
    #[must_use]
    pub(crate) fn release_pages(
        &mut self,
        pages: impl IntoIterator<Item = u32>,
        terms: &ReleaseTerms,
    ) -> bool {
        self.layout.release_pages(pages, terms)
    }

    /// See [`Layout::try_place`]; the entry `previous` is forgotten once the new one is in.
    pub(crate) fn try_place(&mut self, previous: Option<PixmapKey>, size: Size) -> Option<PixmapKey> {
        self.layout.try_place_over(previous, size)
    }

    /// See [`Layout::place`]; the entry `previous` is forgotten once the new one is in.
    pub(crate) fn place(&mut self, previous: Option<PixmapKey>, size: Size) -> Result<PixmapKey, PlaceError> {
        self.layout.place_over(previous, size)
    }

    pub(crate) fn resize(&mut self, key: PixmapKey, size: Size) -> Result<bool, PlaceError> {
        self.layout.resize(key, size)
    }

    #[inline]
    pub(crate) fn touch(&mut self, key: PixmapKey) -> bool {
        self.layout.touch(key)
    }

    /// The key of a name. Does not touch.
    #[inline]
    pub(crate) fn key_of<Q>(&self, name: &Q) -> Option<PixmapKey>
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.names.get(name)
    }

    /// The name of a key, if it has one.
    pub(crate) fn name_of(&self, key: PixmapKey) -> Option<&N> {
        self.names.of(key)
    }

    /// Gives a living key its name. An entry that had the name is forgotten. The ops have been taken before: the key
    /// may have the row of one whose name they let go.
    pub(crate) fn name(&mut self, key: PixmapKey, name: N) {
        debug_assert!(!self.layout.has_ops(), "BUG: named before dead names are gone");
        debug_assert!(self.layout.contains(key), "BUG: a name for a dead key");
        if let Some(previous) = self.names.insert(name, key) {
            self.layout.remove(previous);
        }
    }

    /// Takes the name from an entry.
    pub(crate) fn take_name(&mut self, key: PixmapKey) -> Option<N> {
        self.names.remove(key)
    }

    pub(crate) fn set_pinned(&mut self, key: PixmapKey, pinned: bool) -> bool {
        self.layout.set_pinned(key, pinned)
    }

    pub(crate) fn remove(&mut self, key: PixmapKey) -> bool {
        self.layout.remove(key)
    }

    pub(crate) fn clear(&mut self) {
        self.layout.clear();
    }

    /// Hands on what the layout has decided, in order, with the names of dead entries gone.
    pub(crate) fn take_ops(&mut self, mut take: impl FnMut(Op)) {
        let frame = self.layout.frame();
        for op in self.layout.drain_ops() {
            match op {
                Op::Evict { key, from, last } => {
                    let name = self.names.remove(key);
                    self.evictions.record(key, name, Departure { frame, from, last });
                }
                Op::Remove { key, .. } => drop(self.names.remove(key)),
                Op::Place { .. } | Op::Move { .. } | Op::Rebuild { .. } => {}
            }
            take(op);
        }
    }

    /// The last evictions.
    pub(crate) fn evictions(&self) -> &Evictions<N> {
        &self.evictions
    }
}

/// Names to keys, and back by way of the names' hashes: no name is stored twice.
#[derive(Debug)]
struct Names<N> {
    hasher: DefaultHashBuilder,
    table: HashTable<(N, PixmapKey)>,
    /// The hash of each named key's name: finds its bucket again.
    hashes: SecondaryMap<PixmapKey, u64>,
}

impl<N: Hash + Eq> Names<N> {
    fn new() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            hashes: SecondaryMap::new(),
        }
    }

    #[inline]
    fn get<Q>(&self, name: &Q) -> Option<PixmapKey>
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(name);
        let found = self.table.find(hash, |(other, _)| other.borrow() == name)?;
        Some(found.1)
    }

    fn of(&self, key: PixmapKey) -> Option<&N> {
        let hash = *self.hashes.get(key)?;
        let found = self.table.find(hash, |(_, other)| *other == key)?;
        Some(&found.0)
    }

    /// The key that had the name before, which has no name any more.
    fn insert(&mut self, name: N, key: PixmapKey) -> Option<PixmapKey> {
        let hash = self.hasher.hash_one(&name);
        let hasher = &self.hasher;
        let entry = self.table.entry(
            hash,
            |(other, _)| *other == name,
            |(other, _)| hasher.hash_one(other),
        );
        let previous = match entry {
            hashbrown::hash_table::Entry::Occupied(mut bucket) => {
                Some(std::mem::replace(&mut bucket.get_mut().1, key))
            }
            hashbrown::hash_table::Entry::Vacant(bucket) => {
                bucket.insert((name, key));
                None
            }
        };
        if let Some(previous) = previous {
            self.hashes.remove(previous);
        }
        self.hashes.insert(key, hash);
        previous
    }

    fn remove(&mut self, key: PixmapKey) -> Option<N> {
        let hash = self.hashes.remove(key)?;
        let bucket = self.table.find_entry(hash, |(_, other)| *other == key);
        let ((name, _), _) = bucket.ok().expect("BUG: a named key without its name").remove();
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::LayoutDescriptor;

    #[test]
    fn a_million_misses_evictions_and_clears_leave_no_name_behind() {
        let descriptor = LayoutDescriptor {
            page_side: 64,
            max_pages: 4,
            max_entries: 100,
        };
        let mut keys: KeyTable<u32> = KeyTable::new(Layout::new(&descriptor).expect("sound"));
        keys.commit_pages(0..4);
        let mut evicted = 0;
        for number in 0..1_000_000 {
            assert_eq!(keys.key_of(&(number + 1)), None);
            if number % 8 == 0 {
                keys.begin_frame();
            }
            if number % 100_000 == 0 {
                keys.clear();
            }
            let key = keys
                .place(None, Size::new(8, 8))
                .expect("eight a frame have room");
            keys.take_ops(|op| evicted += u64::from(matches!(op, Op::Evict { .. })));
            keys.name(key, number);
            if number % 3 == 0 {
                keys.remove(key);
            }
            keys.take_ops(|_| ());
        }
        assert!(evicted > 500_000, "only {evicted} evictions");
        assert_eq!(
            keys.names.table.len(),
            keys.layout.len(),
            "a name without an entry"
        );
        assert_eq!(keys.names.hashes.len(), keys.layout.len());
        assert!(
            keys.names.table.capacity() < 1_000,
            "the index grew to {}",
            keys.names.table.capacity()
        );
    }
}
