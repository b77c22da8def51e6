//! The region table: where each id lies, as the GPU reads it.
//!
//! A texture, since storage buffers don't exist on WebGL2. Allocated whole and never replaced: a bind group that
//! outlived a table would draw from places that belong to other entries. The CPU's copy is authoritative; a flush
//! writes the rows of the texture that changed.

use std::ops::Range;

use super::device::{Device, Subject};
use super::directories::{Directories, Shifted};
use super::plan::{AtlasPlan, TableSize};
use super::staging::{Staging, Terms};
use crate::error::CreateError;
use crate::geometry::{Rect, Size};
use crate::key::PixmapKey;
use crate::layout::TileOf;
use crate::pixmap::chain;

/// Most clean rows between two dirty ones that are written along with them: a copy costs about as much as three rows.
const BRIDGED_ROWS: usize = 3;

/// A texel of the table, as `pixmap_region` in the shader reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct GpuRegion {
    /// x | y << 16
    corner: u32,
    /// width | height << 16
    size: u32,
    /// layer | texture << 16 | (levels - 1) << 20 | tiled << 24
    page: u32,
    /// The id's version; 0 when no entry has the row.
    version: u32,
}

/// The bit of a pixmap in tiles, whose `corner` is the index of its first tile in the table.
const TILED: u32 = 1 << 24;

/// Where texture and layer stand.
const PAGE_MASK: u32 = 0xf_ffff;

/// Where a region lies, and what it holds.
pub(super) struct Place {
    /// layer | texture << 16
    pub(super) page: u32,
    pub(super) rect: Rect,
    pub(super) levels: u8,
}

impl GpuRegion {
    fn new(place: &Place, version: u32) -> Self {
        let base = chain::base(place.rect.size(), place.levels.into());
        Self {
            corner: place.rect.x | place.rect.y << 16,
            size: base.width | base.height << 16,
            page: place.page | levels_bits(place.levels),
            version,
        }
    }
}

fn levels_bits(levels: u8) -> u32 {
    (u32::from(levels) - 1) << 20
}

pub(super) struct RegionTable {
    texture: wgpu::Texture,
    size: TableSize,
    /// The entries, by row of their ids.
    ids: Section,
    /// The tiles, in the last rows of the texture.
    tiles: Section,
    directories: Directories,
}

/// Some rows of the texture, and what of them has to be written.
struct Section {
    /// The first of its rows in the texture.
    first_row: u32,
    /// Texels of a row.
    width: u32,
    /// Whole texture rows; grown to the highest row in use.
    rows: Vec<GpuRegion>,
    /// One per texture row in `rows`.
    dirty: Vec<bool>,
    any_dirty: bool,
}

impl RegionTable {
    pub(super) fn new(device: &Device, plan: &AtlasPlan) -> Result<Self, CreateError> {
        let size = plan.table();
        let create = || {
            device.create_texture(&wgpu::TextureDescriptor {
                label: Some(&plan.label.of("region table")),
                size: wgpu::Extent3d {
                    width: size.width,
                    height: size.rows,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::Rgba32Uint,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            })
        };
        let texture = device.checked(create, |_| Subject::Essential(size.bytes()));
        let texture = texture.map_err(|fault| fault.for_bytes(size.bytes()))?;
        Ok(Self {
            texture,
            size,
            ids: Section::new(0, size.width),
            tiles: Section::new(size.id_rows, size.width),
            directories: Directories::new(size.tiles()),
        })
    }

    pub(super) fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }

    pub(super) fn bytes(&self) -> u64 {
        self.size.bytes()
    }

    /// Writes where an entry, or a tile of one, lies.
    pub(super) fn place(&mut self, key: PixmapKey, tile: Option<TileOf>, place: Place) {
        let Some(tile) = tile else {
            let row = GpuRegion::new(&place, key.id().version());
            return self.ids.write(key.id().row(), row);
        };
        if let Some(texel) = self.directories.add(tile.key, tile.index, key) {
            self.tiles.write(texel, GpuRegion::new(&place, 0));
        }
    }

    /// Makes an entry one of `count` tiles, which are placed next.
    pub(super) fn tile(&mut self, key: PixmapKey, (size, levels): (Size, u8), count: u32) {
        // It may have others already, with other tiles or the same.
        self.directories.remove(key);
        for shifted in self.directories.make_room(count) {
            self.shift(&shifted);
        }
        let start = self.size.first_tile() + self.directories.begin(key, count);
        let row = GpuRegion {
            corner: start,
            size: size.width | size.height << 16,
            page: TILED | levels_bits(levels),
            version: key.id().version(),
        };
        self.ids.write(key.id().row(), row);
    }

    fn shift(&mut self, shifted: &Shifted) {
        for texel in 0..shifted.length {
            let row = self.tiles.get(shifted.from + texel);
            self.tiles.write(shifted.to + texel, row);
        }
        let id = shifted.owner.id();
        let row = self.ids.get(id.row());
        if row.version == id.version() {
            let corner = self.size.first_tile() + shifted.to;
            self.ids.write(id.row(), GpuRegion { corner, ..row });
        }
    }

    /// Gives an entry the row of another one, and with it the tiles.
    pub(super) fn adopt(&mut self, key: PixmapKey, from: PixmapKey) {
        self.directories.hand_over(from, key);
        let version = key.id().version();
        let row = self.ids.get(from.id().row());
        self.ids.write(key.id().row(), GpuRegion { version, ..row });
        self.ids.write(from.id().row(), GpuRegion::default());
    }

    /// Writes where an entry or a tile has moved. Does nothing for one that has no row, because its pixels are lost.
    pub(super) fn relocate(&mut self, key: PixmapKey, page: u32, rect: Rect) {
        let moved = |row: GpuRegion| GpuRegion {
            corner: rect.x | rect.y << 16,
            page: row.page & !PAGE_MASK | page,
            ..row
        };
        let id = key.id();
        if let Some(texel) = self.directories.texel_of(key) {
            self.tiles.write(texel, moved(self.tiles.get(texel)));
        } else if self.ids.get(id.row()).version == id.version() {
            self.ids.write(id.row(), moved(self.ids.get(id.row())));
        }
    }

    /// Makes an id not resident: it draws transparent from the next flush on. A tile has no id.
    pub(super) fn clear(&mut self, key: PixmapKey) {
        let is_tile = self.directories.texel_of(key).is_some();
        self.directories.remove(key);
        if !is_tile && self.ids.get(key.id().row()).version == key.id().version() {
            self.ids.write(key.id().row(), GpuRegion::default());
        }
    }

    /// Writes all rows again with the next flush: earlier ones weren't carried out.
    pub(super) fn rewrite(&mut self) {
        self.ids.set_dirty();
        self.tiles.set_dirty();
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.ids.any_dirty || self.tiles.any_dirty
    }

    /// Records copies of the dirty rows, in as few spans as pay off. False, with nothing recorded and the rows still
    /// dirty, when there is no staging memory.
    #[must_use]
    pub(super) fn encode(&mut self, staging: &mut Staging, encoder: &mut wgpu::CommandEncoder) -> bool {
        let row_bytes = self.size.row_bytes();
        let max_rows = staging.max_rows(row_bytes) as usize;
        let spans = self.ids.spans(max_rows).chain(self.tiles.spans(max_rows));
        let pieces = spans.map(|span| span.len() as u64 * u64::from(row_bytes));
        if staging.reserve(pieces, Terms::Always).is_err() {
            return false;
        }
        for section in [&mut self.ids, &mut self.tiles] {
            for span in section.spans(max_rows) {
                section.encode_span(span, &self.texture, (staging, encoder));
            }
            section.set_clean();
        }
        true
    }
}

impl Section {
    fn new(first_row: u32, width: u32) -> Self {
        Self {
            first_row,
            width,
            rows: Vec::new(),
            dirty: Vec::new(),
            any_dirty: false,
        }
    }

    fn get(&self, index: u32) -> GpuRegion {
        self.rows.get(index as usize).copied().unwrap_or_default()
    }

    fn write(&mut self, index: u32, row: GpuRegion) {
        let texture_row = (index / self.width) as usize;
        if texture_row >= self.dirty.len() {
            self.dirty.resize(texture_row + 1, false);
            let rows = self.dirty.len() * self.width as usize;
            self.rows.resize(rows, GpuRegion::default());
        }
        self.rows[index as usize] = row;
        self.dirty[texture_row] = true;
        self.any_dirty = true;
    }

    fn set_dirty(&mut self) {
        self.dirty.fill(true);
        self.any_dirty = !self.dirty.is_empty();
    }

    fn set_clean(&mut self) {
        self.dirty.fill(false);
        self.any_dirty = false;
    }

    /// Spans of dirty rows, none longer than a buffer holds.
    fn spans(&self, max_rows: usize) -> impl Iterator<Item = Range<usize>> + Clone {
        let after = move |span: &Range<usize>| dirty_span(&self.dirty, span.end, max_rows);
        std::iter::successors(dirty_span(&self.dirty, 0, max_rows), after)
    }

    fn encode_span(
        &self,
        span: Range<usize>,
        texture: &wgpu::Texture,
        (staging, encoder): (&mut Staging, &mut wgpu::CommandEncoder),
    ) {
        let width = self.width as usize;
        let bytes: &[u8] = bytemuck::cast_slice(&self.rows[span.start * width..span.end * width]);
        let staged = staging.take(bytes.len() as u64);
        staging.write(staged, 0, bytes);
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: staging.buffer(staged),
                layout: wgpu::TexelCopyBufferLayout {
                    offset: staged.offset,
                    bytes_per_row: Some((width * size_of::<GpuRegion>()) as u32),
                    rows_per_image: None,
                },
            },
            wgpu::TexelCopyTextureInfo {
                texture,
                mip_level: 0,
                origin: wgpu::Origin3d {
                    x: 0,
                    y: self.first_row + span.start as u32,
                    z: 0,
                },
                aspect: wgpu::TextureAspect::All,
            },
            wgpu::Extent3d {
                width: self.width,
                height: span.len() as u32,
                depth_or_array_layers: 1,
            },
        );
    }
}

/// The first stretch of dirty rows from `start` on, short clean stretches included, but no more than `max_rows`.
fn dirty_span(dirty: &[bool], start: usize, max_rows: usize) -> Option<Range<usize>> {
    let first = start + dirty.get(start..)?.iter().position(|dirty| *dirty)?;
    let mut end = first + 1;
    while let Some(ahead) = dirty[end..]
        .iter()
        .take(BRIDGED_ROWS + 1)
        .position(|dirty| *dirty)
    {
        end += ahead + 1;
    }
    Some(first..end.min(first + max_rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_bridge_short_gaps_and_leave_long_ones() {
        let mut dirty = [false; 32];
        for row in [1, 2, 5, 20, 31] {
            dirty[row] = true;
        }
        let dirty_span = |dirty, start| super::dirty_span(dirty, start, 4096);
        assert_eq!(dirty_span(&dirty, 0), Some(1..6));
        assert_eq!(dirty_span(&dirty, 6), Some(20..21));
        assert_eq!(dirty_span(&dirty, 21), Some(31..32));
        assert_eq!(dirty_span(&dirty, 32), None);
        assert_eq!(dirty_span(&[], 0), None);
    }

    #[test]
    fn spans_are_no_longer_than_a_buffer_holds() {
        let dirty = [true; 10];
        assert_eq!(dirty_span(&dirty, 0, 4), Some(0..4));
        assert_eq!(dirty_span(&dirty, 4, 4), Some(4..8));
        assert_eq!(dirty_span(&dirty, 8, 4), Some(8..10));
    }

    #[test]
    fn a_row_of_the_table_has_the_bytes_that_the_plan_counts() {
        let size = TableSize::new(1, 256);
        let bytes = size.width as usize * size_of::<GpuRegion>();
        assert_eq!(size.row_bytes() as usize, bytes, "one texel per entry");
    }

    #[test]
    fn the_shader_reads_the_row_as_it_is_written() {
        let row = GpuRegion {
            corner: 1 | 2 << 16,
            size: 3 | 4 << 16,
            page: 5,
            version: 6,
        };
        assert_eq!(
            bytemuck::cast::<GpuRegion, [u32; 4]>(row),
            [0x2_0001, 0x4_0003, 5, 6]
        );
    }
}
