//! `InsertError`: what is wrong with a pixmap, or that there is no room for it.

use crate::geometry::Size;
use crate::pixmap::PixelFormat;

/// Explains why a pixmap is refused.
///
/// A refusal changes nothing that is in use and makes no key. Entries that are not in use may have been evicted in the
/// search for room, but never the one that the pixmap was meant to replace, by key or by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InsertError {
    /// A side of the pixmap is zero.
    #[error("a pixmap of {size} has no texels; skip it")]
    Empty {
        /// The pixmap's size.
        size: Size,
    },
    /// The pixmap could not fit if the cache held nothing else, or one of its sides is longer than 65,535 texels.
    #[error(
        "a pixmap of {size} takes {needed_bytes} bytes of pages, and all pages have {limit_bytes}; raise budget_bytes or \
         scale it down; no side may be longer than 65535"
    )]
    TooLarge {
        /// The pixmap's size.
        size: Size,
        /// Bytes of pages that it takes, with its mip levels and the borders of its tiles.
        needed_bytes: u64,
        /// Bytes of all pages that the budget allows.
        limit_bytes: u64,
    },
    /// A mip level has the wrong size or format, or there are more than the base can have.
    #[error(
        "mip level {level} is {got}, but must be {expected} in the format of the base; pass levels that halve both sides, \
         rounded down, or none"
    )]
    WrongLevel {
        /// Number of the level; the base is 0.
        level: u32,
        /// The size that the level must have; 0x0 for one too many.
        expected: Size,
        /// The size that it has.
        got: Size,
    },
    /// The tiles of pixmaps that were used in this frame or are pinned leave too few in the region table, or it has fewer
    /// altogether.
    #[error(
        "a pixmap of {needed_tiles} tiles finds no room in the table, which has {max_tiles} for all that is in use; raise \
         max_tiles, and max_entries if it is no larger, or draw less in one frame"
    )]
    TooManyTiles {
        /// Tiles of the pixmap.
        needed_tiles: u32,
        /// The limit: [`max_tiles`](crate::CacheDescriptor::max_tiles), or one less than `max_entries` if that is less.
        max_tiles: u32,
    },
    /// The length of `bytes` doesn't match size, format and `bytes_per_row`.
    #[error(
        "the pixmap has {got} bytes, but its rows take {expected} with the padding of the last; pass exactly its rows"
    )]
    WrongLength {
        /// `bytes_per_row * height`; the padding of the last row may be missing.
        expected: u64,
        /// Length of `bytes`.
        got: u64,
    },
    /// `bytes_per_row` is less than one row of texels takes.
    #[error("bytes_per_row is {got}, but a row of texels takes {expected}; pass at least that")]
    RowTooShort {
        /// `width * bytes_per_texel`.
        expected: u64,
        /// Value of `bytes_per_row`.
        got: u64,
    },
    /// The pixmap has colors, and the cache holds masks. The other way round, masks become opaque gray.
    #[error(
        "the cache holds {expected:?} and can't take {got:?}; convert the pixmap or use a cache for its format"
    )]
    WrongFormat {
        /// Format of the cache.
        expected: PixelFormat,
        /// Format of the pixmap.
        got: PixelFormat,
    },
    /// Protected entries leave no room.
    #[error(
        "no page has room for {needed_bytes} bytes beside what was used in this frame or is pinned, {protected_bytes} of the \
         {page_bytes} bytes of all pages (promised_bytes returns how many always fit); call begin_frame once per frame, draw \
         less in one frame, insert smaller pixmaps, or raise budget_bytes"
    )]
    Full {
        /// Bytes of the pixmap, with its mip levels and the borders of its tiles.
        needed_bytes: u64,
        /// Bytes touched in this frame or pinned.
        protected_bytes: u64,
        /// Bytes of all pages that have a texture.
        page_bytes: u64,
    },
    /// There is no room in this frame, but there will be in the next.
    ///
    /// Either a larger replacement found room only on pages committed in this frame, and passes that draw the entry may have
    /// been recorded with a bind group that lacks their texture. Or there is no page, because the GPU still uses the textures
    /// that a smaller budget has released.
    #[error("no room for {needed_bytes} bytes before the next frame; try again after begin_frame")]
    NextFrame {
        /// Bytes of the pixmap.
        needed_bytes: u64,
    },
    /// The region table is full of protected entries.
    #[error(
        "the table is full: {max_entries} entries were used in this frame or are pinned; raise max_entries"
    )]
    TooManyEntries {
        /// The limit.
        max_entries: u32,
    },
    /// The device had no memory for the first page texture. The cache tries again later, but not in every frame.
    #[error(
        "no room for {bytes} bytes: the device has no memory for page textures; free video memory and try again in a \
         later frame"
    )]
    OutOfMemory {
        /// Bytes of the pixmap.
        bytes: u64,
    },
    /// There is no staging memory for the pixels: the GPU hasn't copied earlier ones yet, and
    /// [`staging_bytes`](crate::CacheDescriptor::staging_bytes) allows no more, or the device is out of memory or lost.
    ///
    /// The earlier pixels have been submitted. In a frame in which the GPU has caught up, the first insertion is never
    /// refused because of the limit.
    #[error(
        "no staging memory for {bytes} bytes before the GPU has copied earlier pixels; insert again in a later frame, \
         raise staging_bytes, or call recreate if the device is lost"
    )]
    NoStaging {
        /// Bytes of the pixmap in staging memory, where rows begin at multiples of 256 bytes.
        bytes: u64,
    },
}

impl InsertError {
    /// Returns whether a later frame may have room for the pixmap.
    pub(crate) fn may_pass(self) -> bool {
        match self {
            Self::Full { .. }
            | Self::NextFrame { .. }
            | Self::TooManyEntries { .. }
            | Self::OutOfMemory { .. }
            | Self::NoStaging { .. } => true,
            Self::TooManyTiles {
                needed_tiles,
                max_tiles,
            } => needed_tiles <= max_tiles,
            Self::Empty { .. }
            | Self::TooLarge { .. }
            | Self::WrongLevel { .. }
            | Self::WrongLength { .. }
            | Self::RowTooShort { .. }
            | Self::WrongFormat { .. } => false,
        }
    }
}
