//! Rows of texels in a buffer: their pitch, and how many of them go into one buffer.
//!
//! Invariant: rows start at multiples of `ROW_ALIGNMENT`, as copies between buffers and textures require.

use crate::geometry::{Rect, Size};

pub(super) const ROW_ALIGNMENT: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

/// Bytes from row to row in a buffer.
pub(super) fn pitch(width: u32, texel_bytes: u32) -> u32 {
    (width * texel_bytes).next_multiple_of(ROW_ALIGNMENT)
}

/// Rows of `pitch` bytes that go into a buffer of at most `max_buffer_bytes`; at least one.
pub(super) fn max_rows(pitch: u32, max_buffer_bytes: u64) -> u32 {
    let rows = (max_buffer_bytes / u64::from(pitch)).max(1);
    u32::try_from(rows).unwrap_or(u32::MAX)
}

/// A rectangle in pieces of at most `max_rows` rows, from top to bottom.
pub(super) fn bands(rect: Rect, max_rows: u32) -> impl Iterator<Item = Rect> + Clone {
    (0..rect.height.div_ceil(max_rows)).map(move |band| {
        let top = band * max_rows;
        let size = Size::new(rect.width, max_rows.min(rect.height - top));
        Rect::new(rect.x, rect.y + top, size)
    })
}

/// The extent of a rectangle of one layer.
pub(super) fn extent(rect: Rect) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: rect.width,
        height: rect.height,
        depth_or_array_layers: 1,
    }
}
