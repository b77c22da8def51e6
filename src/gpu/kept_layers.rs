//! Layers of a texture, kept in buffers on the GPU while one texture makes way for another.
//!
//! Invariant: no buffer is larger than the device allows. A page that is larger by itself is kept in bands of rows.

use super::fence::Fence;
use super::move_plan::pitch;
use super::scope::{self, DeviceFault};

/// Rows of some layers: `layers` is 1 unless the rows are all of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Band {
    first_layer: u32,
    layers: u32,
    first_row: u32,
    rows: u32,
}

/// Sizes of what is kept.
struct Measures {
    side: u32,
    /// Bytes from row to row in a buffer.
    pitch: u32,
    layers: u32,
}

pub(super) struct KeptLayers {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pitch: u32,
    buffers: Vec<(Band, wgpu::Buffer)>,
    /// Set by `restore`; the buffers count until it has passed.
    fence: Option<Fence>,
}

impl KeptLayers {
    /// Submits a copy of the first `layers` layers of a texture.
    pub(super) fn save(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        (texture, layers): (&wgpu::Texture, u32),
    ) -> Result<Self, DeviceFault> {
        let texel_bytes = texture.format().block_copy_size(None).unwrap_or(4);
        let measures = Measures {
            side: texture.width(),
            pitch: pitch(texture.width(), texel_bytes),
            layers,
        };
        let bands = bands(&measures, device.limits().max_buffer_size);
        let buffers = scope::with_error_scope(device, || {
            let with_buffer = |band: &Band| (*band, create(device, band, measures.pitch));
            bands.iter().map(with_buffer).collect()
        })?;
        let kept = Self {
            device: device.clone(),
            queue: queue.clone(),
            pitch: measures.pitch,
            buffers,
            fence: None,
        };
        kept.submit(|encoder, (band, buffer)| {
            let texels = corner(texture, band);
            encoder.copy_texture_to_buffer(texels, kept.bytes_of(band, buffer), extent(texture, band));
        });
        Ok(kept)
    }

    /// Submits the copy back, into another texture.
    pub(super) fn restore(&mut self, texture: &wgpu::Texture) {
        self.submit(|encoder, (band, buffer)| {
            let texels = corner(texture, band);
            encoder.copy_buffer_to_texture(self.bytes_of(band, buffer), texels, extent(texture, band));
        });
        self.fence = Some(Fence::after_submitted(&self.queue));
    }

    fn submit(&self, copy: impl Fn(&mut wgpu::CommandEncoder, &(Band, wgpu::Buffer))) {
        let label = Some("pixmap-cache swap");
        let descriptor = wgpu::CommandEncoderDescriptor { label };
        let mut encoder = self.device.create_command_encoder(&descriptor);
        self.buffers.iter().for_each(|kept| copy(&mut encoder, kept));
        self.queue.submit([encoder.finish()]);
    }

    fn bytes_of<'a>(&self, band: &Band, buffer: &'a wgpu::Buffer) -> wgpu::TexelCopyBufferInfo<'a> {
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(self.pitch),
            rows_per_image: Some(band.rows),
        };
        wgpu::TexelCopyBufferInfo { buffer, layout }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.buffers.iter().map(|(_, buffer)| buffer.size()).sum()
    }

    /// Whether the GPU is done with the buffers.
    pub(super) fn is_done(&self) -> bool {
        self.fence.as_ref().is_some_and(Fence::is_passed)
    }
}

/// As many whole layers to a buffer as `max_bytes` allows, or as many rows of one.
fn bands(measures: &Measures, max_bytes: u64) -> Vec<Band> {
    let &Measures { side, pitch, layers } = measures;
    let rows = (max_bytes / u64::from(pitch)).clamp(1, u64::from(side)) as u32;
    let page_bytes = u64::from(pitch) * u64::from(side);
    let together = (max_bytes / page_bytes).clamp(1, u64::from(layers)) as u32;
    let mut bands = Vec::new();
    for first_layer in (0..layers).step_by(together as usize) {
        for first_row in (0..side).step_by(rows as usize) {
            bands.push(Band {
                first_layer,
                layers: together.min(layers - first_layer),
                first_row,
                rows: rows.min(side - first_row),
            });
        }
    }
    bands
}

fn create(device: &wgpu::Device, band: &Band, pitch: u32) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("pixmap-cache swap"),
        size: u64::from(pitch) * u64::from(band.rows) * u64::from(band.layers),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    })
}

fn corner<'a>(texture: &'a wgpu::Texture, band: &Band) -> wgpu::TexelCopyTextureInfo<'a> {
    wgpu::TexelCopyTextureInfo {
        origin: wgpu::Origin3d {
            x: 0,
            y: band.first_row,
            z: band.first_layer,
        },
        ..texture.as_image_copy()
    }
}

fn extent(texture: &wgpu::Texture, band: &Band) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: texture.width(),
        height: band.rows,
        depth_or_array_layers: band.layers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_cover_each_row_once_and_fit_a_buffer() {
        for max_bytes in [256, 1000, 64 * 256, 64 * 256 * 3 + 1, 1 << 30] {
            let measures = Measures {
                side: 64,
                pitch: 256,
                layers: 7,
            };
            let bands = bands(&measures, max_bytes);
            let bytes = |band: &Band| 256 * u64::from(band.rows) * u64::from(band.layers);
            assert!(
                bands.iter().all(|band| bytes(band) <= max_bytes),
                "{max_bytes}: {bands:?}"
            );
            let mut rows: Vec<(u32, u32)> = Vec::new();
            for band in &bands {
                for layer in band.first_layer..band.first_layer + band.layers {
                    rows.extend((band.first_row..band.first_row + band.rows).map(|row| (layer, row)));
                }
            }
            rows.sort_unstable();
            let all: Vec<(u32, u32)> = (0..7)
                .flat_map(|layer| (0..64).map(move |row| (layer, row)))
                .collect();
            assert_eq!(rows, all, "rows kept with buffers of {max_bytes} bytes");
        }
    }
}
