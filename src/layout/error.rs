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
    /// A region or tile is longer than a page, or a pixmap has a side of more than 65,535 texels.
    #[error("{size} has a side of more than {limit}; raise page_side, use place_pixmap, or scale it down")]
    TooLarge {
        /// The size asked for.
        size: Size,
        /// Longest side: that of a page, or 65,535.
        limit: u32,
    },
    /// Protected entries leave no room.
    #[error(
        "no room for {needed_texels} texels: {protected_texels} of {page_texels} are protected; \
         call begin_frame once per frame, draw less in one frame or add pages"
    )]
    Full {
        /// Texels of the size asked for; of all tiles of a pixmap in tiles.
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
    /// The tiles of protected pixmaps leave too few for another one, or there may be fewer altogether.
    #[error("{needed_tiles} tiles are too many beside the protected ones, of {max_tiles}; raise max_tiles")]
    TooManyTiles {
        /// Tiles of the pixmap.
        needed_tiles: u32,
        /// The limit.
        max_tiles: u32,
    },
    /// The table is full of protected entries.
    #[error("all {max_entries} entries are protected; raise max_entries")]
    TooManyEntries {
        /// The limit.
        max_entries: u32,
    },
}
