//! Where the bytes of video memory are.

use crate::layout::ResidentPage;

/// Bytes of video memory by what they hold. Those of a whole cache sum up to the video memory that it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VramBytes {
    /// Bytes of resident entries.
    pub live: u64,
    /// Bytes of entries that were evicted, removed or moved away. They can be reused when their page is free or rebuilt.
    pub dead: u64,
    /// Bytes lost to packing: shut off between regions, or left over on pages that take no more regions.
    pub waste: u64,
    /// Bytes that new entries, and entries moved from other pages, can still take.
    pub free: u64,
    /// Bytes of the region table, and of the placeholder that is bound where there is no texture.
    pub table: u64,
    /// Bytes of textures that were released and that the GPU may still use.
    pub releasing: u64,
}

impl VramBytes {
    pub(super) fn of_page(page: &ResidentPage, texel_bytes: u64) -> Self {
        Self {
            live: page.live_texels * texel_bytes,
            dead: page.dead_texels * texel_bytes,
            waste: page.waste_texels * texel_bytes,
            free: page.free_texels * texel_bytes,
            table: 0,
            releasing: 0,
        }
    }

    /// Returns the sum of all fields.
    pub fn total(&self) -> u64 {
        self.live + self.dead + self.waste + self.free + self.table + self.releasing
    }
}

impl std::iter::Sum for VramBytes {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            live: sum.live + part.live,
            dead: sum.dead + part.dead,
            waste: sum.waste + part.waste,
            free: sum.free + part.free,
            table: sum.table + part.table,
            releasing: sum.releasing + part.releasing,
        })
    }
}
