//! One error type per kind of operation. Each variant carries the numbers, and its message names the remedy.

use crate::geometry::{Rect, Size};
use crate::pixmap::PixelFormat;

/// Explains why a cache can't be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The format is not one that a cache can hold.
    #[error(
        "a cache can't hold {format:?}; use Rgba8Unorm, Rgba8UnormSrgb, R8Unorm or, except on WebGL2, Bgra8Unorm or \
         Bgra8UnormSrgb"
    )]
    UnsupportedFormat {
        /// The format of the descriptor.
        format: wgpu::TextureFormat,
    },
    /// The budget has no room for two pages and the region table.
    #[error(
        "a budget of {budget_bytes} bytes is too small: two pages and the region table take {needed_bytes}; \
         raise budget_bytes, or lower page_side or max_entries"
    )]
    BudgetTooSmall {
        /// The budget of the descriptor.
        budget_bytes: u64,
        /// The smallest budget that is enough.
        needed_bytes: u64,
    },
    /// The budget is larger than the textures of a cache can be on this device.
    #[error(
        "a budget of {budget_bytes} bytes is more than the {limit_bytes} that this device can address; \
         lower budget_bytes, or request a device with higher limits"
    )]
    BudgetTooLarge {
        /// The budget of the descriptor.
        budget_bytes: u64,
        /// The largest budget on this device.
        limit_bytes: u64,
    },
    /// The page side is not a power of two or is outside the limits.
    #[error(
        "a page side of {page_side} is not a power of two in {min}..={limit}; use one, or leave page_side at None"
    )]
    PageSide {
        /// The side of the descriptor.
        page_side: u32,
        /// The shortest side allowed.
        min: u32,
        /// The longest side on this device.
        limit: u32,
    },
    /// The number of entries is 0, or more than a region table on this device can have.
    #[error(
        "max_entries of {max_entries} is outside 1..={limit}; use a number within it, or leave it at None"
    )]
    MaxEntries {
        /// The number of the descriptor.
        max_entries: u32,
        /// The largest number on this device.
        limit: u32,
    },
    /// A region table on this device can't have so many tiles.
    #[error("max_tiles of {max_tiles} is above {limit}; use a smaller number, or leave it at None")]
    MaxTiles {
        /// The number of the descriptor.
        max_tiles: u32,
        /// The largest number on this device.
        limit: u32,
    },
    /// The device was requested with limits that are too low for any cache.
    #[error(
        "the device's {name} is {limit}, but a cache needs {needed}; request a device with a higher limit"
    )]
    DeviceLimit {
        /// Name of the field of `wgpu::Limits`.
        name: &'static str,
        /// Its value on this device.
        limit: u32,
        /// The smallest value that is enough.
        needed: u32,
    },
    /// The device is out of memory for the textures. Vulkan, Metal and DX12 report that, GL never does.
    #[error(
        "the device is out of memory for {bytes} bytes; lower budget_bytes or use CommitPolicy::Stepwise"
    )]
    OutOfMemory {
        /// Bytes of the texture that couldn't be created.
        bytes: u64,
    },
    /// The device refused an object for another reason.
    #[error("the device refused an object of the cache: {message}")]
    Device {
        /// The device's own message.
        message: String,
    },
}

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

/// Explains why an entry's pixels can't be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplaceError {
    /// The key is dead.
    #[error("the key is dead: its entry was evicted or removed; insert the pixmap")]
    NotResident,
    /// The pixmap is refused; the entry keeps the pixels it had.
    #[error(transparent)]
    Insert(#[from] InsertError),
}

/// Explains why a part of a pixmap can't be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The key is dead.
    #[error("the key is dead: its entry was evicted or removed; insert the pixmap")]
    NotResident,
    /// The rectangle leaves the pixmap.
    #[error(
        "{} at ({}, {}) leaves a pixmap of {size}; clip it, or replace the pixmap by a larger one",
        rect.size(), rect.x, rect.y
    )]
    Outside {
        /// The rectangle.
        rect: Rect,
        /// Size of the pixmap.
        size: Size,
    },
    /// The pixmap has mip levels, and the cache has no copy to generate them from: it retains none, or dropped this one to
    /// stay within the budget of copies. From a texture, such a pixmap can't be changed at all.
    #[error(
        "the pixmap has mip levels and there is no copy to generate them from; set retain in the descriptor or raise its \
         budget, replace the pixmap, or insert it without mip levels"
    )]
    LevelsNotRetained,
    /// The pixels are refused.
    #[error(transparent)]
    Insert(#[from] InsertError),
}

/// Explains why a texture can't become a pixmap or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextureError {
    /// The formats differ, and not only in sRGB; on WebGL2 they differ at all.
    #[error(
        "the cache has {expected:?} and can't copy {got:?}; render to a texture of the cache's format, sRGB or not (on WebGL2, \
         of the same)"
    )]
    Format {
        /// Format of the cache.
        expected: wgpu::TextureFormat,
        /// Format of the texture.
        got: wgpu::TextureFormat,
    },
    /// The texture lacks the usage `COPY_SRC`, is multisampled, or isn't two-dimensional.
    #[error("the texture can't be copied: create it with two dimensions, one sample and the usage COPY_SRC")]
    NotCopyable,
    /// The rectangle is empty, leaves the texture, or is on a layer that the texture lacks.
    #[error(
        "a rectangle of {size} leaves a texture of {texture}, is empty, or is on a layer that isn't there; clip it"
    )]
    Outside {
        /// Size of the rectangle.
        size: Size,
        /// Size of the texture.
        texture: Size,
    },
    /// The device refused the copy: the texture was destroyed, or is of another device.
    #[error("the device refused the copy: {message}; pass a living texture of the cache's device")]
    Device {
        /// The device's own message.
        message: String,
    },
    /// The entry or the rectangle in it isn't one that can be changed.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The pixmap is refused.
    #[error(transparent)]
    Insert(#[from] InsertError),
}

/// Explains why pixels can't be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadBackError {
    /// The key is dead, its pixels are not uploaded again yet, or there is no such page.
    #[error(
        "there is nothing to read: the key is dead, its pixels are not restored yet, or the page isn't committed"
    )]
    NotResident,
    /// The device is lost, or out of memory for the copy.
    #[error("the device didn't return the pixels; it is lost or out of memory")]
    Device,
}

/// Explains why a prefix can't be used for the names of the WGSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// The prefix is empty.
    #[error("the prefix is empty; pass one, such as \"mask\", or call wgsl")]
    Empty,
    /// The prefix is too long.
    #[error("the prefix has {length} bytes; shorten it to {limit} or less")]
    TooLong {
        /// Length of the prefix in bytes.
        length: usize,
        /// The largest length in bytes.
        limit: usize,
    },
    /// The prefix has a character that isn't allowed in its place.
    #[error(
        "the prefix has {character:?} at byte {at}, which isn't allowed; use words of a-z and 0-9 that begin with a letter, with single \
         underscores between them"
    )]
    Character {
        /// Offset of the character in bytes.
        at: usize,
        /// The character.
        character: char,
    },
}

/// Reports what a new budget couldn't release, or how many entries it cost. The new budget takes effect anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", describe(self))]
#[non_exhaustive]
pub struct BudgetError {
    /// Bytes of video memory held: page textures, region table, and textures that were released but are still used.
    pub vram_bytes: u64,
    /// The new budget.
    pub budget_bytes: u64,
    /// Bytes of entries touched in this frame or pinned. Their textures are released at the start of a later frame.
    pub protected_bytes: u64,
    /// Bytes of textures that were released and that the GPU may still use. A later
    /// [`begin_frame`](crate::PixmapCache::begin_frame) drops them.
    pub releasing_bytes: u64,
    /// Bytes of the region table, which lives as long as the cache.
    pub table_bytes: u64,
    /// Number of entries removed, in use or not, because the device had no memory to keep them. It is 0 except in a cache
    /// that commits [`Upfront`](crate::CommitPolicy::Upfront).
    pub lost_entries: u32,
}

fn describe(error: &BudgetError) -> String {
    let BudgetError {
        vram_bytes,
        budget_bytes,
        protected_bytes,
        releasing_bytes,
        table_bytes,
        lost_entries,
    } = error;
    let mut text = format!(
        "{vram_bytes} bytes are held, but the budget is {budget_bytes}: the region table keeps {table_bytes}, \
         {releasing_bytes} are released and dropped in a later frame, and the textures of {protected_bytes} bytes that are \
         in use or pinned are released when a frame goes without them; draw less, drop pins, or raise the budget"
    );
    if *lost_entries > 0 {
        text += &format!(
            "; the device had no memory to keep {lost_entries} entries, which are removed: insert them again"
        );
    }
    text
}
