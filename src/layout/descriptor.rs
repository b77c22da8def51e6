//! The limits of a layout, and the ones that are invalid.

/// Longest side of a page in texels: coordinates are kept in 16 bits.
pub const MAX_PAGE_SIDE: u32 = 32_768;

/// Smallest number of pages: an evacuation moves entries from one page to another.
pub const MIN_PAGES: u32 = 2;

/// Limits of a [`Layout`](super::Layout).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutDescriptor {
    /// Side of a page in texels, `1..=MAX_PAGE_SIDE`. No region or tile is larger. Default: 1,024.
    pub page_side: u32,
    /// Maximum number of committed pages, at least [`MIN_PAGES`]. With fewer than 8, an evacuation loses much at once.
    /// Default: 16.
    pub max_pages: u32,
    /// Maximum number of entries, at least 1. The row of an entry's key never exceeds it. A tile counts as an entry.
    /// Default: 65,536.
    pub max_entries: u32,
    /// Maximum number of tiles of all pixmaps together. It is never more than `max_entries - 1`. With 0, no pixmap is cut up,
    /// and one may fill a page. Default: 4,096.
    pub max_tiles: u32,
}

impl Default for LayoutDescriptor {
    fn default() -> Self {
        Self {
            page_side: 1_024,
            max_pages: 16,
            max_entries: 65_536,
            max_tiles: 4_096,
        }
    }
}

impl LayoutDescriptor {
    pub(super) fn check(&self) -> Result<(), LayoutError> {
        let &Self {
            page_side,
            max_pages,
            max_entries,
            max_tiles: _,
        } = self;
        if page_side == 0 || page_side > MAX_PAGE_SIDE {
            return Err(LayoutError::PageSide { page_side });
        }
        if max_pages < MIN_PAGES {
            return Err(LayoutError::TooFewPages { max_pages });
        }
        if max_entries == 0 {
            return Err(LayoutError::NoEntries);
        }
        Ok(())
    }
}

/// Explains why a layout can't be made as a [`LayoutDescriptor`] describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The side is zero or too long.
    #[error("a page side of {page_side} is outside 1..={MAX_PAGE_SIDE}")]
    PageSide {
        /// The side asked for.
        page_side: u32,
    },
    /// An evacuation needs a second page to move entries to.
    #[error("{max_pages} pages are too few; give at least {MIN_PAGES}")]
    TooFewPages {
        /// The number asked for.
        max_pages: u32,
    },
    /// There is no room for an entry.
    #[error("max_entries is 0; give at least 1")]
    NoEntries,
}
