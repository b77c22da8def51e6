//! Why a layout refuses an entry.

use crate::geometry::Size;

/// Explains why an entry can't be placed. Sizes are in texels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// A side is zero.
    #[error("a size of {size} has no texels")]
    Empty {
        /// The size asked for.
        size: Size,
    },
    /// A side is longer than a page's.
    #[error("{size} is larger than a page, {limit}x{limit}; raise page_side or scale it down")]
    TooLarge {
        /// The size asked for.
        size: Size,
        /// Side of a page.
        limit: u32,
    },
    /// Protected entries leave no room.
    #[error(
        "no room for {needed_texels} texels: {protected_texels} of {page_texels} are protected; \
         call begin_frame once per frame, draw less in one frame or add pages"
    )]
    Full {
        /// Texels of the size asked for.
        needed_texels: u64,
        /// Texels of entries touched in this frame or pinned.
        protected_texels: u64,
        /// Texels of all committed pages.
        page_texels: u64,
    },
    /// Only pages committed in this frame have room, and recorded passes that draw the entry may lack their texture.
    #[error("no room for {needed_texels} texels before the next frame; resize it again after begin_frame")]
    NextFrame {
        /// Texels of the size asked for.
        needed_texels: u64,
    },
    /// The table is full of protected entries.
    #[error("all {max_entries} entries are protected; raise max_entries")]
    TooManyEntries {
        /// The limit.
        max_entries: u32,
    },
}
