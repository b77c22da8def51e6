//! One error type per kind of operation. Each variant carries the numbers, and its message names the remedy.

mod create;
mod insert;

pub use self::create::CreateError;
pub use self::insert::InsertError;
use crate::geometry::{Rect, Size};

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
