//! Named iterators over a layout's entries, in the order of their keys' rows.

use std::iter::FusedIterator;

use super::entry::{Entry, Part};
use super::resident::ResidentRegion;
use super::tilings::Tilings;
use crate::key::PixmapKey;

/// An iterator over the living keys of a layout, from [`Layout::keys`](super::Layout::keys).
#[derive(Clone, Debug)]
pub struct Keys<'a> {
    pub(super) entries: slotmap::basic::Iter<'a, PixmapKey, Entry>,
    /// Number of keys to come.
    pub(super) left: usize,
}

/// An iterator over the living entries of a layout with their places and use, from
/// [`Layout::regions`](super::Layout::regions).
#[derive(Clone, Debug)]
pub struct Regions<'a> {
    pub(super) entries: slotmap::basic::Iter<'a, PixmapKey, Entry>,
    pub(super) tilings: &'a Tilings,
    pub(super) frame: u64,
    /// Number of regions to come.
    pub(super) left: usize,
}

impl Iterator for Keys<'_> {
    type Item = PixmapKey;

    fn next(&mut self) -> Option<PixmapKey> {
        let (key, _) = self.entries.find(|(_, entry)| entry.part != Part::Tile)?;
        self.left -= 1;
        Some(key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Keys<'_> {}
impl FusedIterator for Keys<'_> {}

impl Iterator for Regions<'_> {
    type Item = ResidentRegion;

    fn next(&mut self) -> Option<ResidentRegion> {
        let (key, entry) = self.entries.find(|(_, entry)| entry.part != Part::Tiled)?;
        self.left -= 1;
        Some(ResidentRegion::new(self.tilings.owner_of(key), entry, self.frame))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Regions<'_> {}
impl FusedIterator for Regions<'_> {}
