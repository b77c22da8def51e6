//! Iterators over a cache's entries.
//!
//! They borrow the cache and go by row of the region table. None of them touches an entry.

use std::hash::Hash;
use std::iter::FusedIterator;

use crate::key::PixmapKey;
use crate::layout;
use crate::names::Names;

/// An iterator over the keys of the resident entries, from [`PixmapCache::keys`](crate::PixmapCache::keys).
#[derive(Clone, Debug)]
pub struct Keys<'a> {
    pub(crate) keys: layout::Keys<'a>,
}

/// An iterator over the resident entries with their names, from [`PixmapCache::iter`](crate::PixmapCache::iter).
pub struct Iter<'a, N> {
    pub(crate) keys: Keys<'a>,
    pub(crate) names: &'a Names<N>,
}

impl Iterator for Keys<'_> {
    type Item = PixmapKey;

    fn next(&mut self) -> Option<PixmapKey> {
        self.keys.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.keys.size_hint()
    }
}

impl ExactSizeIterator for Keys<'_> {}
impl FusedIterator for Keys<'_> {}

impl<'a, N: Hash + Eq> Iterator for Iter<'a, N> {
    type Item = (PixmapKey, Option<&'a N>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.keys.next()?;
        Some((key, self.names.name_of(key)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.keys.size_hint()
    }
}

impl<N: Hash + Eq> ExactSizeIterator for Iter<'_, N> {}
impl<N: Hash + Eq> FusedIterator for Iter<'_, N> {}

// Not derived: names need be neither.
impl<N> Clone for Iter<'_, N> {
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            names: self.names,
        }
    }
}

impl<N> std::fmt::Debug for Iter<'_, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Iter")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
