//! Why a layout can't be made, and why it refuses.

use crate::geometry::Size;

/// Why an entry can't be placed. Texels, since a layout knows no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// A side is zero.
    #[error("a size of {size} has no texels")]
    Empty {
        /// The size asked for.
        size: Size,
    },
    /// Longer than a page.
    #[error("{size} is longer than a page, {limit}; raise page_side or scale it down")]
    TooLarge {
        /// The size asked for.
        size: Size,
        /// Side of a page.
        limit: u32,
    },
    /// What is protected leaves no room.
    #[error(
        "no room for {needed_texels} texels: {protected_texels} of {page_texels} are protected; \
         call begin_frame once per frame, draw less in one frame or give more pages"
    )]
    Full {
        /// What was asked for.
        needed_texels: u64,
        /// Touched in this frame or pinned.
        protected_texels: u64,
        /// Of all committed pages.
        page_texels: u64,
    },
    /// Only pages of this frame have room, and passes that draw the entry may have been recorded without their texture.
    #[error("no room for {needed_texels} texels before the next frame; resize it again after begin_frame")]
    NextFrame {
        /// What was asked for.
        needed_texels: u64,
    },
    /// The table is full of protected entries.
    #[error("all of the {max_entries} entries are protected; raise max_entries")]
    TooManyEntries {
        /// The limit.
        max_entries: u32,
    },
}
