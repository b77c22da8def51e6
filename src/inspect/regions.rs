//! Resident entries with their names, and the iterator over all of them.

use std::fmt;
use std::hash::Hash;
use std::iter::FusedIterator;
use std::ops::Deref;

use crate::layout::{self, ResidentRegion};
use crate::names::Names;

/// Describes a resident entry: its [`ResidentRegion`] and its name.
pub struct InspectedRegion<'c, N> {
    resident: ResidentRegion,
    names: &'c Names<N>,
}

/// An iterator over the resident entries of a cache, from [`Inspection::regions`](super::Inspection::regions).
pub struct Regions<'c, N> {
    pub(super) regions: layout::Regions<'c>,
    pub(super) names: &'c Names<N>,
}

impl<'c, N: Hash + Eq> InspectedRegion<'c, N> {
    pub(super) fn new(names: &'c Names<N>, resident: ResidentRegion) -> Self {
        Self { resident, names }
    }

    /// Returns the name of the entry, if it has one. Takes one hash lookup.
    pub fn name(&self) -> Option<&'c N> {
        self.names.name_of(self.key)
    }
}

impl<N> Deref for InspectedRegion<'_, N> {
    type Target = ResidentRegion;

    fn deref(&self) -> &ResidentRegion {
        &self.resident
    }
}

// Not derived: names need be neither.
impl<N> Clone for InspectedRegion<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for InspectedRegion<'_, N> {}

impl<N: Hash + Eq + fmt::Debug> fmt::Debug for InspectedRegion<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectedRegion")
            .field("name", &self.name())
            .field("resident", &self.resident)
            .finish_non_exhaustive()
    }
}

impl<'c, N: Hash + Eq> Iterator for Regions<'c, N> {
    type Item = InspectedRegion<'c, N>;

    fn next(&mut self) -> Option<InspectedRegion<'c, N>> {
        let resident = self.regions.next()?;
        Some(InspectedRegion::new(self.names, resident))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.regions.size_hint()
    }
}

impl<N: Hash + Eq> ExactSizeIterator for Regions<'_, N> {}
impl<N: Hash + Eq> FusedIterator for Regions<'_, N> {}

impl<N> fmt::Debug for Regions<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Regions")
            .field("regions", &self.regions)
            .finish_non_exhaustive()
    }
}
