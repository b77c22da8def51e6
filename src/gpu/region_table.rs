//! The region table: where each id lies, as the GPU reads it.
//!
//! A texture, since storage buffers don't exist on WebGL2. Allocated whole and never replaced: a bind group that
//! outlived a table would draw from places that belong to other entries. The CPU's copy is authoritative; a flush
//! writes the rows of the texture that changed.

use std::ops::Range;

use super::plan::{AtlasPlan, TableSize};
use super::scope;
use super::staging::{Staging, Terms};
use crate::error::CreateError;
use crate::key::PixmapId;
use crate::layout::Region;

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
    /// texture << 16 | layer
    page: u32,
    /// The id's version; 0 when no entry has the row.
    version: u32,
}

pub(super) struct RegionTable {
    texture: wgpu::Texture,
    /// Whole texture rows; grown to the highest row in use.
    rows: Vec<GpuRegion>,
    /// One per texture row in `rows`.
    dirty: Vec<bool>,
    any_dirty: bool,
    size: TableSize,
}

impl RegionTable {
    pub(super) fn new(device: &wgpu::Device, plan: &AtlasPlan) -> Result<Self, CreateError> {
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
        let texture = scope::with_error_scope(device, create);
        let texture = texture.map_err(|fault| fault.for_bytes(size.bytes()))?;
        Ok(Self {
            texture,
            rows: Vec::new(),
            dirty: Vec::new(),
            any_dirty: false,
            size,
        })
    }

    pub(super) fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }

    pub(super) fn bytes(&self) -> u64 {
        self.size.bytes()
    }

    /// `page` is texture and layer, as in the row.
    pub(super) fn set(&mut self, id: PixmapId, page: u32, region: Region) {
        let rect = region.rect;
        let row = GpuRegion {
            corner: rect.x | rect.y << 16,
            size: rect.width | rect.height << 16,
            page,
            version: id.version(),
        };
        self.write(id, row);
    }

    /// Makes an id not resident: it draws transparent from the next flush on.
    pub(super) fn clear(&mut self, id: PixmapId) {
        self.write(id, GpuRegion::default());
    }

    fn write(&mut self, id: PixmapId, row: GpuRegion) {
        let index = id.row() as usize;
        let texture_row = index / self.size.width as usize;
        debug_assert!(
            texture_row < self.size.rows as usize,
            "BUG: a row beyond the table"
        );
        if texture_row >= self.dirty.len() {
            self.dirty.resize(texture_row + 1, false);
            let rows = self.dirty.len() * self.size.width as usize;
            self.rows.resize(rows, GpuRegion::default());
        }
        self.rows[index] = row;
        self.dirty[texture_row] = true;
        self.any_dirty = true;
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.any_dirty
    }

    /// Records copies of the dirty rows, in as few spans as pay off. False, with nothing recorded and the rows still
    /// dirty, when there is no staging memory.
    #[must_use]
    pub(super) fn encode(&mut self, staging: &mut Staging, encoder: &mut wgpu::CommandEncoder) -> bool {
        let row_bytes = self.size.row_bytes();
        let max_rows = staging.max_rows(row_bytes) as usize;
        let pieces = self
            .spans(max_rows)
            .map(|span| span.len() as u64 * u64::from(row_bytes));
        if staging.reserve(pieces, Terms::Always).is_err() {
            return false;
        }
        for span in self.spans(max_rows) {
            self.encode_span(span, staging, encoder);
        }
        self.dirty.fill(false);
        self.any_dirty = false;
        true
    }

    /// Spans of dirty rows, none longer than a buffer holds.
    fn spans(&self, max_rows: usize) -> impl Iterator<Item = Range<usize>> + Clone {
        let after = move |span: &Range<usize>| dirty_span(&self.dirty, span.end, max_rows);
        std::iter::successors(dirty_span(&self.dirty, 0, max_rows), after)
    }

    fn encode_span(&self, span: Range<usize>, staging: &mut Staging, encoder: &mut wgpu::CommandEncoder) {
        let width = self.size.width as usize;
        let bytes: &[u8] = bytemuck::cast_slice(&self.rows[span.start * width..span.end * width]);
        let staged = staging.take(bytes.len() as u64);
        staging.write(staged, 0, bytes);
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: staging.buffer(staged),
                layout: wgpu::TexelCopyBufferLayout {
                    offset: staged.offset,
                    bytes_per_row: Some(self.size.row_bytes()),
                    rows_per_image: None,
                },
            },
            wgpu::TexelCopyTextureInfo {
                texture: &self.texture,
                mip_level: 0,
                origin: wgpu::Origin3d {
                    x: 0,
                    y: span.start as u32,
                    z: 0,
                },
                aspect: wgpu::TextureAspect::All,
            },
            wgpu::Extent3d {
                width: self.size.width,
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
        let size = TableSize::for_entries(1);
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
