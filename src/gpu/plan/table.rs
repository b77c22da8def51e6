//! Width, rows and entries of the region table.
//!
//! Rows of ids count from 1, so a table has one texel more than entries. The last texture rows are those of tiles. Invariant:
//! a table has whole groups of four rows, as drivers allocate them, and is the narrowest one with few rows.

use crate::descriptor::CacheDescriptor;
use crate::error::CreateError;
use crate::pixmap::tiling::TileSides;

/// Widest and narrowest table, in texels. Drivers allocate rows in fours: with rows of 1,024 texels a cache of 128 KiB
/// would spend half of its budget on them.
pub(super) const MAX_WIDTH: u32 = 1024;
const MIN_WIDTH: u32 = 256;

/// Fewest rows, and what the number of rows is a multiple of.
const MIN_ROWS: u32 = 4;

/// A table with at most this many rows isn't made wider: four rows are an eighth of it.
const NARROW_ROWS: u32 = 32;

/// Bytes of one texel, `Rgba32Uint`.
const TEXEL_BYTES: u32 = 16;

/// Texels of the budget per entry of a color cache, if the user doesn't set the number of entries. The table then takes
/// 4.6 % of the budget, and pixmaps of 8x8, the smallest glyphs in color, cover 70 % of the pages before it is full.
const COLOR_TEXELS_PER_ENTRY: u64 = 90;

/// Texels of the budget per entry of a cache of masks. A texel of the table takes as much memory as 16 texels of a mask:
/// at 10 % of the budget, masks of 8x8 cover 44 % of the pages, and masks of 10x10 cover 70 %.
const MASK_TEXELS_PER_ENTRY: u64 = 156;

/// Bytes of the budget per tile, if the user doesn't set the number of tiles. In color, tiles of 54 texels a side can cover
/// all pages, and take a thirty-second of the table.
const BYTES_PER_TILE: u64 = 11_520;

/// Size of a region table in texels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gpu) struct TableSize {
    pub(in crate::gpu) width: u32,
    /// All rows.
    pub(in crate::gpu) rows: u32,
    /// Rows of ids. The others are of tiles.
    pub(in crate::gpu) id_rows: u32,
}

impl TableSize {
    pub(in crate::gpu) fn new(max_entries: u32, max_tiles: u32) -> Self {
        let texels = max_entries + 1;
        let width = texels.max(max_tiles).div_ceil(NARROW_ROWS);
        let width = width.clamp(MIN_WIDTH, MAX_WIDTH);
        let width = width.next_power_of_two();
        let tile_rows = max_tiles.div_ceil(width);
        let rows = (texels.div_ceil(width) + tile_rows).next_multiple_of(MIN_ROWS);
        Self {
            width,
            rows,
            id_rows: rows - tile_rows,
        }
    }

    /// Texels of tiles, of all pixmaps together.
    pub(in crate::gpu) fn tiles(self) -> u32 {
        (self.rows - self.id_rows) * self.width
    }

    /// The index of the first tile, counted in texels from the start of the table.
    pub(in crate::gpu) fn first_tile(self) -> u32 {
        self.id_rows * self.width
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
        self.id_rows * self.width - 1
    }
}

/// Most entries that a region table with so many tiles can have on a device with these limits.
pub(super) fn entry_limit(limits: &wgpu::Limits, max_tiles: u32) -> u32 {
    (max_rows(limits) - max_tiles.div_ceil(MAX_WIDTH)) * MAX_WIDTH - 1
}

/// Most tiles: half of the largest table.
pub(super) fn tile_limit(limits: &wgpu::Limits) -> u32 {
    max_rows(limits) / 2 * MAX_WIDTH
}

fn max_rows(limits: &wgpu::Limits) -> u32 {
    limits.max_texture_dimension_2d.min(u32::MAX / MAX_WIDTH) / MIN_ROWS * MIN_ROWS
}

/// The number of tiles that the descriptor asks for, or the default for its budget. On small pages, tiles are small.
pub(super) fn max_tiles(
    descriptor: &CacheDescriptor,
    limits: &wgpu::Limits,
    texel_bytes: u64,
) -> Result<u32, CreateError> {
    let limit = tile_limit(limits);
    if let Some(max_tiles) = descriptor.max_tiles {
        return if max_tiles <= limit {
            Ok(max_tiles)
        } else {
            Err(CreateError::MaxTiles { max_tiles, limit })
        };
    }
    let bytes = descriptor.page_side.map_or(BYTES_PER_TILE, |page_side| {
        let side = u64::from(TileSides::new(page_side, u32::MAX).tile);
        (side * side * texel_bytes / 2).clamp(1, BYTES_PER_TILE)
    });
    let wanted = descriptor.budget_bytes / bytes;
    let most = u64::from(descriptor.max_entries.unwrap_or(u32::MAX).min(limit));
    Ok(wanted.min(most) as u32)
}

/// The number of entries that the descriptor asks for, or the default for its budget, rounded up to whole rows. Tiles take
/// rows of the default, as long as they are few.
pub(super) fn max_entries(
    descriptor: &CacheDescriptor,
    limits: &wgpu::Limits,
    texel_bytes: u64,
    max_tiles: u32,
) -> Result<u32, CreateError> {
    let limit = entry_limit(limits, max_tiles);
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
    let table = TableSize::new(wanted, 0);
    let tile_rows = max_tiles.div_ceil(table.width);
    let table = if tile_rows * MIN_ROWS <= table.rows {
        TableSize {
            id_rows: table.rows - tile_rows,
            ..table
        }
    } else {
        TableSize::new(wanted, max_tiles)
    };
    Ok(table.entries().min(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_room_for_its_entries_in_whole_groups_of_rows() {
        for max_entries in (1..70_000).step_by(37).chain([(1 << 21) - 1]) {
            for max_tiles in [0, 1, 5_825] {
                let size = TableSize::new(max_entries, max_tiles);
                assert!(size.entries() >= max_entries, "{max_entries} entries: {size:?}");
                assert!(size.tiles() >= max_tiles, "{max_tiles} tiles: {size:?}");
                assert_eq!(size.rows % 4, 0, "{max_entries} entries: {size:?}");
                assert_eq!(size.row_bytes() % 256, 0, "{max_entries} entries: {size:?}");
            }
        }
    }
}
