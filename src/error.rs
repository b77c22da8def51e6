//! One error type per kind of operation. Each variant has the numbers, and its text says the remedy.

use crate::geometry::Size;
use crate::pixmap::PixelFormat;

/// Why a cache can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Not one of the formats that a cache holds.
    #[error(
        "a cache can't hold {format:?}; choose Rgba8Unorm, Rgba8UnormSrgb, Bgra8Unorm, Bgra8UnormSrgb or R8Unorm"
    )]
    UnsupportedFormat {
        /// The format asked for.
        format: wgpu::TextureFormat,
    },
    /// The budget doesn't hold two pages and the region table.
    #[error(
        "a budget of {budget_bytes} bytes is too small: two pages and the region table take {needed_bytes}; \
         raise budget_bytes, or lower page_side or max_entries"
    )]
    BudgetTooSmall {
        /// The budget asked for.
        budget_bytes: u64,
        /// The least that would do.
        needed_bytes: u64,
    },
    /// More than the device can address in a cache's textures.
    #[error(
        "a budget of {budget_bytes} bytes is more than this device can address, {limit_bytes}; \
         lower budget_bytes, or request a device with higher limits"
    )]
    BudgetTooLarge {
        /// The budget asked for.
        budget_bytes: u64,
        /// The most that this device can use.
        limit_bytes: u64,
    },
    /// A page side that is no power of two or outside the limits.
    #[error(
        "a page side of {page_side} is not a power of two in {min}..={limit}; leave page_side None or mend it"
    )]
    PageSide {
        /// The side asked for.
        page_side: u32,
        /// The shortest side.
        min: u32,
        /// The longest side on this device.
        limit: u32,
    },
    /// More entries than a region table on this device can have, or none.
    #[error("max_entries of {max_entries} is outside 1..={limit}")]
    MaxEntries {
        /// The count asked for.
        max_entries: u32,
        /// The most on this device.
        limit: u32,
    },
    /// A device that was requested with limits too low for any cache.
    #[error(
        "the device's {name} is {limit} where a cache needs {needed}; request a device with a higher limit"
    )]
    DeviceLimit {
        /// The field of `wgpu::Limits`.
        name: &'static str,
        /// What it is on this device.
        limit: u32,
        /// The least that would do.
        needed: u32,
    },
    /// The device has no memory for the textures. Reported by Vulkan, Metal and DX12, never by GL.
    #[error(
        "the device is out of memory for {bytes} bytes; lower budget_bytes or use CommitPolicy::Stepwise"
    )]
    OutOfMemory {
        /// Bytes of the texture that failed.
        bytes: u64,
    },
    /// The device refused an object for another reason, given in its own words.
    #[error("the device refused: {message}")]
    Device {
        /// The device's words.
        message: String,
    },
}

/// Why a pixmap is refused.
///
/// A refusal changes nothing that is in use and makes no key. Entries that are not in use may have been evicted in the
/// search for room, but never the one that the pixmap was to replace, by key or by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InsertError {
    /// A side is zero.
    #[error("a pixmap of {size} has no texels; skip it")]
    Empty {
        /// The pixmap's size.
        size: Size,
    },
    /// Longer than a page.
    #[error("a pixmap of {size} is longer than a page, {limit}; scale it down or raise page_side")]
    TooLarge {
        /// The pixmap's size.
        size: Size,
        /// Side of a page in texels.
        limit: u32,
    },
    /// `bytes` doesn't have as many bytes as size, format and `bytes_per_row` say.
    #[error("the pixmap has {got} bytes where its size and bytes_per_row ask for {expected}")]
    WrongLength {
        /// `bytes_per_row * height`; the padding of the last row may be missing.
        expected: u64,
        /// What `bytes` has.
        got: u64,
    },
    /// `bytes_per_row` is less than one row of texels.
    #[error("bytes_per_row is {got} where a row of texels takes {expected}")]
    RowTooShort {
        /// `width * bytes_per_texel`.
        expected: u64,
        /// What `bytes_per_row` says.
        got: u64,
    },
    /// The channels can't become the cache's: masks stay masks, colors stay colors.
    #[error(
        "the cache holds {expected:?} and can't take {got:?}; convert the pixmap or use a cache for its format"
    )]
    WrongFormat {
        /// What the cache holds.
        expected: PixelFormat,
        /// What the pixmap has.
        got: PixelFormat,
    },
    /// What is protected leaves no room.
    #[error(
        "no room for {needed_bytes} bytes: {protected_bytes} of the pages' {page_bytes} were used in this frame or are \
         pinned; call begin_frame once per frame, draw less in one frame or raise the budget"
    )]
    Full {
        /// Bytes of the pixmap.
        needed_bytes: u64,
        /// Bytes touched in this frame or pinned.
        protected_bytes: u64,
        /// Bytes of all pages that have a texture.
        page_bytes: u64,
    },
    /// There will be room, but not in this frame: a larger replacement found some only on pages of this frame, and passes that
    /// draw the entry may have been recorded with a bind group that lacks their texture; or there is no page, because the GPU still
    /// uses the textures that a smaller budget has released.
    #[error("no room for {needed_bytes} bytes before the next frame; hand it over again after begin_frame")]
    NextFrame {
        /// Bytes of the pixmap.
        needed_bytes: u64,
    },
    /// The region table is full of protected entries.
    #[error("all {max_entries} entries were used in this frame or are pinned; raise max_entries")]
    TooManyEntries {
        /// The limit.
        max_entries: u32,
    },
    /// The device had no memory for a first page texture. Tried again later, not every frame.
    #[error(
        "the device has no memory for page textures, so none for {bytes} bytes; free video memory and go on"
    )]
    OutOfMemory {
        /// Bytes of the pixmap.
        bytes: u64,
    },
    /// No memory to hand the pixels over with. The GPU hasn't copied yet what was handed over before, and there is no
    /// more within [`staging_bytes`](crate::CacheDescriptor::staging_bytes); or the device is out of memory or lost.
    ///
    /// What was handed over has been submitted. In a frame in which the GPU has caught up, the first insertion is never
    /// refused for the limit.
    #[error(
        "no staging memory for {bytes} bytes before the GPU has copied what it was given; insert again in a later frame, \
         raise staging_bytes, or call recreate if the device is lost"
    )]
    NoStaging {
        /// Bytes of the pixmap in staging memory, where rows begin at multiples of 256 bytes.
        bytes: u64,
    },
}

impl InsertError {
    /// Whether a later frame may have room for what this one refuses.
    pub(crate) fn may_pass(self) -> bool {
        match self {
            Self::Full { .. }
            | Self::NextFrame { .. }
            | Self::TooManyEntries { .. }
            | Self::OutOfMemory { .. }
            | Self::NoStaging { .. } => true,
            Self::Empty { .. }
            | Self::TooLarge { .. }
            | Self::WrongLength { .. }
            | Self::RowTooShort { .. }
            | Self::WrongFormat { .. } => false,
        }
    }
}

/// Why an entry's pixels can't be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplaceError {
    /// The key is dead.
    #[error("the key is dead, its entry was evicted or removed; insert the pixmap")]
    NotResident,
    /// The pixmap is refused; the entry keeps the pixels it had.
    #[error(transparent)]
    Insert(#[from] InsertError),
}

/// Why pixels can't be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadBackError {
    /// The key is dead, or there is no such page.
    #[error("nothing is there to read: the key is dead or the page isn't committed")]
    NotResident,
    /// The device is lost, or has no memory for the copy.
    #[error("the device didn't hand the pixels back; it is lost or out of memory")]
    Device,
}

/// Why a prefix can't begin the names of a WGSL text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// There is none.
    #[error("the prefix is empty; give one, such as \"mask\", or call wgsl")]
    Empty,
    /// Longer than names should be.
    #[error("the prefix has {length} bytes; shorten it to {limit}")]
    TooLong {
        /// Bytes that the prefix has.
        length: usize,
        /// The most.
        limit: usize,
    },
    /// A character that the prefix can't have where it stands.
    #[error(
        "the prefix can't have {character:?} at byte {at}; use words of a-z and 0-9 that begin with a letter, with single \
         underscores between them"
    )]
    Character {
        /// Where it is, in bytes from the start.
        at: usize,
        /// What it is.
        character: char,
    },
}

/// What another budget couldn't release, or had to give up. The new budget is in force all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", describe(self))]
#[non_exhaustive]
pub struct BudgetError {
    /// Video memory held: page textures, region table, and what is released and still used.
    pub vram_bytes: u64,
    /// The new budget.
    pub budget_bytes: u64,
    /// Bytes touched in this frame or pinned. What they hold is released at the start of a later frame.
    pub protected_bytes: u64,
    /// Bytes of textures that are released and that the GPU may still use. They go by themselves: a later
    /// [`begin_frame`](crate::PixmapCache::begin_frame) drops them.
    pub releasing_bytes: u64,
    /// Bytes of the region table, which lives as long as the cache.
    pub table_bytes: u64,
    /// Entries forgotten, in use or not, because the device had no memory to keep them; else 0. Only a cache that
    /// commits [`Upfront`](crate::CommitPolicy::Upfront) can lose any.
    pub lost_entries: u32,
}

fn describe(unreleased: &BudgetError) -> String {
    let BudgetError {
        vram_bytes,
        budget_bytes,
        protected_bytes,
        releasing_bytes,
        table_bytes,
        lost_entries,
    } = unreleased;
    let mut text = format!(
        "{vram_bytes} bytes are held where the budget is {budget_bytes}: {protected_bytes} are in use in this frame or \
         pinned, {releasing_bytes} are released and go by themselves when the GPU is done with them, and the region \
         table keeps its {table_bytes}"
    );
    if *lost_entries > 0 {
        text += &format!(
            "; the device had no memory to keep {lost_entries} entries, which are forgotten: insert them again"
        );
    }
    text
}
