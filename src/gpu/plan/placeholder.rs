//! The size of the texture that takes a binding where no page texture is committed.
//!
//! Four rows of 64 bytes per layer are the least that drivers allocate.

const ROW_BYTES: u32 = 64;
const ROWS: u32 = 4;
pub(super) const LAYERS: u32 = 2;
pub(in crate::gpu) const BYTES: u64 = (ROW_BYTES * ROWS * LAYERS) as u64;

pub(in crate::gpu) fn extent(texel_bytes: u32) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: ROW_BYTES / texel_bytes,
        height: ROWS,
        depth_or_array_layers: LAYERS,
    }
}
