//! The region table: where each id lies, as the GPU reads it.
//!
//! A texture, since storage buffers don't exist on WebGL2. Allocated whole and never replaced: a bind group that
//! outlived a table would go on drawing from places that others own by now. The CPU's copy is the truth; a flush
//! writes the rows of the texture that changed.

use std::ops::Range;

use super::scope;
use super::staging::Staging;
use crate::error::CreateError;
use crate::key::PixmapId;
use crate::layout::Region;
use crate::plan::{TABLE_ROW_BYTES, TABLE_WIDTH};

/// Clean rows between two dirty ones that are written along with them: a copy costs as much as about three rows.
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
    /// The id's version; 0 when nobody has the row.
    version: u32,
}

pub(super) struct RegionTable {
    texture: wgpu::Texture,
    /// Whole texture rows; grown to the highest row in use.
    rows: Vec<GpuRegion>,
    /// One per texture row in `rows`.
    dirty: Vec<bool>,
    any_dirty: bool,
    texture_rows: u32,
}

impl RegionTable {
    pub(super) fn new(device: &wgpu::Device, texture_rows: u32) -> Result<Self, CreateError> {
        let create = || {
            device.create_texture(&wgpu::TextureDescriptor {
                label: Some("pixmap-cache region table"),
                size: wgpu::Extent3d {
                    width: TABLE_WIDTH,
                    height: texture_rows,
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
        let bytes = u64::from(texture_rows) * TABLE_ROW_BYTES;
        let texture = scope::with_error_scope(device, create).map_err(|fault| fault.for_bytes(bytes))?;
        Ok(Self {
            texture,
            rows: Vec::new(),
            dirty: Vec::new(),
            any_dirty: false,
            texture_rows,
        })
    }

    pub(super) fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }

    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.texture_rows) * TABLE_ROW_BYTES
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

    /// Makes the id, whoever may still draw it, not resident.
    pub(super) fn clear(&mut self, id: PixmapId) {
        self.write(id, GpuRegion::default());
    }

    fn write(&mut self, id: PixmapId, row: GpuRegion) {
        let index = id.row() as usize;
        let texture_row = index / TABLE_WIDTH as usize;
        debug_assert!(
            texture_row < self.texture_rows as usize,
            "BUG: a row beyond the table"
        );
        if texture_row >= self.dirty.len() {
            self.dirty.resize(texture_row + 1, false);
            let rows = self.dirty.len() * TABLE_WIDTH as usize;
            self.rows.resize(rows, GpuRegion::default());
        }
        self.rows[index] = row;
        self.dirty[texture_row] = true;
        self.any_dirty = true;
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.any_dirty
    }

    /// Records copies of the dirty rows, in as few spans as pay. Without staging memory nothing is recorded, the rows
    /// stay dirty and the answer is false.
    #[must_use]
    pub(super) fn encode(&mut self, staging: &mut Staging, encoder: &mut wgpu::CommandEncoder) -> bool {
        let rows: usize = self.spans().map(|span| span.len()).sum();
        if staging.reserve_beyond(rows as u64 * TABLE_ROW_BYTES).is_err() {
            return false;
        }
        for span in self.spans() {
            self.encode_span(span, staging, encoder);
        }
        self.dirty.fill(false);
        self.any_dirty = false;
        true
    }

    fn spans(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let after = |span: &Range<usize>| dirty_span(&self.dirty, span.end);
        std::iter::successors(dirty_span(&self.dirty, 0), after)
    }

    fn encode_span(&self, span: Range<usize>, staging: &mut Staging, encoder: &mut wgpu::CommandEncoder) {
        let width = TABLE_WIDTH as usize;
        let bytes: &[u8] = bytemuck::cast_slice(&self.rows[span.start * width..span.end * width]);
        let staged = staging.take(bytes.len() as u64);
        staging.write(staged, 0, bytes);
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: staging.buffer(staged),
                layout: wgpu::TexelCopyBufferLayout {
                    offset: staged.offset,
                    bytes_per_row: Some(TABLE_ROW_BYTES as u32),
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
                width: TABLE_WIDTH,
                height: span.len() as u32,
                depth_or_array_layers: 1,
            },
        );
    }
}

/// The first stretch of dirty rows from `start` on, short clean stretches included.
fn dirty_span(dirty: &[bool], start: usize) -> Option<Range<usize>> {
    let first = start + dirty.get(start..)?.iter().position(|dirty| *dirty)?;
    let mut end = first + 1;
    while let Some(ahead) = dirty[end..]
        .iter()
        .take(BRIDGED_ROWS + 1)
        .position(|dirty| *dirty)
    {
        end += ahead + 1;
    }
    Some(first..end)
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
        assert_eq!(dirty_span(&dirty, 0), Some(1..6));
        assert_eq!(dirty_span(&dirty, 6), Some(20..21));
        assert_eq!(dirty_span(&dirty, 21), Some(31..32));
        assert_eq!(dirty_span(&dirty, 32), None);
        assert_eq!(dirty_span(&[], 0), None);
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
