//! Names and keys, which change together.
//!
//! Entries live in the layout's slotmap; the names are in a hash table beside it, whose buckets hold name and key. Both
//! the cache, which changes the table, and an inspection, which reads it, use this module. Invariant: every name leads
//! to one key, and a key has at most one name.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};
use slotmap::SecondaryMap;

use crate::key::PixmapKey;

/// Maps names to keys, and keys to names by way of the names' hashes: no name is stored twice.
#[derive(Debug)]
pub(crate) struct Names<N> {
    hasher: DefaultHashBuilder,
    table: HashTable<(N, PixmapKey)>,
    /// The hash of each named key's name: finds its bucket again.
    hashes: SecondaryMap<PixmapKey, u64>,
}

impl<N: Hash + Eq> Names<N> {
    pub(crate) fn new() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            hashes: SecondaryMap::new(),
        }
    }

    /// Returns the key of a name.
    #[inline]
    pub(crate) fn key_of<Q>(&self, name: &Q) -> Option<PixmapKey>
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(name);
        let found = self.table.find(hash, |(other, _)| other.borrow() == name)?;
        Some(found.1)
    }

    /// Returns the name of a key, if it has one.
    pub(crate) fn name_of(&self, key: PixmapKey) -> Option<&N> {
        let hash = *self.hashes.get(key)?;
        let found = self.table.find(hash, |(_, other)| *other == key)?;
        Some(&found.0)
    }

    /// Gives a key a name. Returns the key that had the name before and has lost it.
    #[must_use]
    pub(crate) fn insert(&mut self, name: N, key: PixmapKey) -> Option<PixmapKey> {
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

    /// Takes the name from a key.
    pub(crate) fn remove(&mut self, key: PixmapKey) -> Option<N> {
        let hash = self.hashes.remove(key)?;
        let bucket = self.table.find_entry(hash, |(_, other)| *other == key);
        let ((name, _), _) = bucket.ok().expect("BUG: a named key without its name").remove();
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::layout::{Layout, LayoutDescriptor, Op};

    /// Takes the names from dead entries, as the cache does. Returns how many entries were evicted.
    fn remove_dead(layout: &mut Layout, names: &mut Names<u32>) -> u64 {
        let mut evicted = 0;
        for op in layout.drain_ops() {
            evicted += u64::from(matches!(op, Op::Evict { .. }));
            if let Op::Evict { key, .. } | Op::Remove { key, .. } = op {
                names.remove(key);
            }
        }
        evicted
    }

    #[test]
    fn a_million_misses_evictions_and_clears_leave_no_name_behind() {
        let descriptor = LayoutDescriptor {
            page_side: 64,
            max_pages: 4,
            max_entries: 100,
            ..Default::default()
        };
        let mut layout = Layout::new(&descriptor).expect("sound");
        let mut names: Names<u32> = Names::new();
        layout.commit_pages(0..4);
        let mut evicted = 0;
        for number in 0..1_000_000 {
            assert_eq!(names.key_of(&(number + 1)), None);
            if number % 8 == 0 {
                layout.begin_frame();
            }
            if number % 100_000 == 0 {
                layout.clear();
            }
            let key = layout.place(Size::new(8, 8)).expect("eight a frame have room");
            evicted += remove_dead(&mut layout, &mut names);
            assert_eq!(names.insert(number, key), None, "no entry has the name yet");
            if number % 3 == 0 {
                layout.remove(key);
            }
            evicted += remove_dead(&mut layout, &mut names);
        }
        assert!(evicted > 500_000, "only {evicted} evictions");
        assert_eq!(names.table.len(), layout.len(), "a name without an entry");
        assert_eq!(names.hashes.len(), layout.len());
        let capacity = names.table.capacity();
        assert!(capacity < 1_000, "the index grew to {capacity}");
    }
}
