//! Where an entry lies: a rectangle on a page.

use crate::geometry::{Rect, Size};

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

/// Describes what an entry or a tile needs: the size of its region, and the number of mip levels that the region holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Footprint {
    /// Width and height of the region, mip levels included.
    pub size: Size,
    /// Number of mip levels, at least 1. With more than one, the base is two thirds as wide as the region.
    pub levels: u8,
}

impl From<Size> for Footprint {
    /// A region without smaller levels.
    fn from(size: Size) -> Self {
        Self { size, levels: 1 }
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
