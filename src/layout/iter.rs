//! Named iterators over a layout's entries, in the order of their keys' rows.

use std::iter::FusedIterator;

use super::entry::Entry;
use super::resident::ResidentRegion;
use crate::key::PixmapKey;

/// An iterator over the living keys of a layout, from [`Layout::keys`](super::Layout::keys).
#[derive(Clone, Debug)]
pub struct Keys<'a> {
    pub(super) entries: slotmap::basic::Iter<'a, PixmapKey, Entry>,
}

/// An iterator over the living entries of a layout with their places and use, from
/// [`Layout::regions`](super::Layout::regions).
#[derive(Clone, Debug)]
pub struct Regions<'a> {
    pub(super) entries: slotmap::basic::Iter<'a, PixmapKey, Entry>,
    pub(super) frame: u64,
}

impl Iterator for Keys<'_> {
    type Item = PixmapKey;

    fn next(&mut self) -> Option<PixmapKey> {
        self.entries.next().map(|(key, _)| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for Keys<'_> {}
impl FusedIterator for Keys<'_> {}

impl Iterator for Regions<'_> {
    type Item = ResidentRegion;

    fn next(&mut self) -> Option<ResidentRegion> {
        let (key, entry) = self.entries.next()?;
        Some(ResidentRegion::new(key, entry, self.frame))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for Regions<'_> {}
impl FusedIterator for Regions<'_> {}
