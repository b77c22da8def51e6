//! Where an entry lies: a rectangle on a page.

use crate::geometry::Rect;

/// The number of a page.
///
/// Each array texture has a range of numbers. There may be gaps between the ranges, so a number may exceed the count of
/// pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageIndex(pub u32);

impl PageIndex {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// The place of an entry: a rectangle on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// The page.
    pub page: PageIndex,
    /// The rectangle on it.
    pub rect: Rect,
}
