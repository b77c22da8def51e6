//! Texels to and from a texture, in the simplest way.

use pixmap_cache::{Pixmap, Rect};

use super::device::Gpu;

/// A rectangle of one layer.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    pub texture: &'a wgpu::Texture,
    pub layer: u32,
    pub rect: Rect,
}

impl<'a> Block<'a> {
    fn copy_info(self) -> wgpu::TexelCopyTextureInfo<'a> {
        wgpu::TexelCopyTextureInfo {
            texture: self.texture,
            mip_level: 0,
            origin: wgpu::Origin3d {
                x: self.rect.x,
                y: self.rect.y,
                z: self.layer,
            },
            aspect: wgpu::TextureAspect::All,
        }
    }

    fn extent(self) -> wgpu::Extent3d {
        wgpu::Extent3d {
            width: self.rect.width,
            height: self.rect.height,
            depth_or_array_layers: 1,
        }
    }
}

/// Writes texels with `queue.write_texture`, which takes effect at the next submission.
pub fn write_texels(gpu: &Gpu, to: Block<'_>, pixmap: &Pixmap<'_>) {
    gpu.queue.write_texture(
        to.copy_info(),
        pixmap.bytes,
        rows(pixmap.bytes_per_row),
        to.extent(),
    );
}

/// Reads texels back: four bytes each, top row first, without padding.
pub fn read_texels(gpu: &Gpu, from: Block<'_>) -> Vec<u8> {
    let row_bytes = from.rect.width * 4;
    let pitch = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("texels back"),
        size: u64::from(pitch) * u64::from(from.rect.height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let to = wgpu::TexelCopyBufferInfo {
        buffer: &buffer,
        layout: rows(pitch),
    };
    encoder.copy_texture_to_buffer(from.copy_info(), to, from.extent());
    gpu.queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |mapped| {
        mapped.expect("a buffer that can be read");
    });
    gpu.wait();
    let bytes = buffer.get_mapped_range(..).expect("mapped").to_vec();
    let texels = bytes.chunks(pitch as usize).map(|row| &row[..row_bytes as usize]);
    texels.collect::<Vec<_>>().concat()
}

fn rows(bytes_per_row: u32) -> wgpu::TexelCopyBufferLayout {
    wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(bytes_per_row),
        rows_per_image: None,
    }
}
