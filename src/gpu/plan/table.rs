//! Width, rows and entries of the region table.
//!
//! Rows of ids count from 1, so a table has one texel more than entries. Invariant: a table has whole groups of four rows,
//! as drivers allocate them, and is the narrowest one with few rows.

use crate::descriptor::CacheDescriptor;
use crate::error::CreateError;

/// Widest and narrowest table, in texels. Drivers allocate rows in fours: with rows of 1,024 texels a cache of 128 KiB
/// would spend half of its budget on them.
pub(super) const MAX_WIDTH: u32 = 1024;
const MIN_WIDTH: u32 = 256;

/// A table with at most this many rows isn't made wider: four rows are an eighth of it.
const NARROW_ROWS: u32 = 32;

/// Bytes of one texel, `Rgba32Uint`.
const TEXEL_BYTES: u32 = 16;

/// Texels of the budget per entry of a color cache, if the user doesn't set the number of entries. The table then takes
/// 4.4 % of the budget, and pixmaps of 8x8, the smallest glyphs in color, cover 70 % of the pages before it is full.
const COLOR_TEXELS_PER_ENTRY: u64 = 90;

/// Texels of the budget per entry of a cache of masks. A texel of the table takes as much memory as 16 texels of a mask:
/// at 10 % of the budget, masks of 8x8 cover 44 % of the pages, and masks of 10x10 cover 70 %.
const MASK_TEXELS_PER_ENTRY: u64 = 160;

/// Size of a region table in texels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gpu) struct TableSize {
    pub(in crate::gpu) width: u32,
    pub(in crate::gpu) rows: u32,
}

impl TableSize {
    pub(in crate::gpu) fn for_entries(max_entries: u32) -> Self {
        let texels = max_entries + 1;
        let width = texels.div_ceil(NARROW_ROWS).clamp(MIN_WIDTH, MAX_WIDTH);
        let width = width.next_power_of_two();
        let rows = texels.div_ceil(width).next_multiple_of(4);
        Self { width, rows }
    }

    /// Bytes of a row: a multiple of 256, as copies from buffers require.
    pub(in crate::gpu) fn row_bytes(self) -> u32 {
        self.width * TEXEL_BYTES
    }

    pub(in crate::gpu) fn bytes(self) -> u64 {
        u64::from(self.rows) * u64::from(self.row_bytes())
    }

    /// Entries that fill the table.
    fn entries(self) -> u32 {
        self.rows * self.width - 1
    }
}

/// Most entries that a region table can have on a device with these limits.
pub(super) fn entry_limit(limits: &wgpu::Limits) -> u32 {
    let rows = limits.max_texture_dimension_2d.min(u32::MAX / MAX_WIDTH);
    rows / 4 * 4 * MAX_WIDTH - 1
}

/// The number of entries that the descriptor asks for, or the default for its budget, rounded up to whole rows.
pub(super) fn max_entries(
    descriptor: &CacheDescriptor,
    limits: &wgpu::Limits,
    texel_bytes: u64,
) -> Result<u32, CreateError> {
    let limit = entry_limit(limits);
    if let Some(max_entries) = descriptor.max_entries {
        return if (1..=limit).contains(&max_entries) {
            Ok(max_entries)
        } else {
            Err(CreateError::MaxEntries { max_entries, limit })
        };
    }
    let texels_per_entry = if texel_bytes == 1 {
        MASK_TEXELS_PER_ENTRY
    } else {
        COLOR_TEXELS_PER_ENTRY
    };
    let wanted = descriptor.budget_bytes / (texels_per_entry * texel_bytes);
    let wanted = wanted.clamp(1, u64::from(limit)) as u32;
    Ok(TableSize::for_entries(wanted).entries().min(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_room_for_its_entries_in_whole_groups_of_rows() {
        for max_entries in (1..70_000).step_by(37).chain([(1 << 21) - 1]) {
            let size = TableSize::for_entries(max_entries);
            assert!(size.entries() >= max_entries, "{max_entries} entries: {size:?}");
            assert_eq!(size.rows % 4, 0, "{max_entries} entries: {size:?}");
            assert_eq!(size.row_bytes() % 256, 0, "{max_entries} entries: {size:?}");
        }
    }
}
