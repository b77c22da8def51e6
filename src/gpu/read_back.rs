//! Pixels back from the GPU: for tests, screenshots and inspection, since it waits for the GPU.

use std::sync::mpsc::Receiver;

use crate::error::ReadBackError;
use crate::geometry::Size;
use crate::pixmap::{PixelFormat, PixmapBuf};

/// A rectangle of one layer.
pub(super) struct Source<'a> {
    pub(super) texels: wgpu::TexelCopyTextureInfo<'a>,
    pub(super) size: Size,
    pub(super) format: PixelFormat,
}

pub(super) fn read(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    source: &Source<'_>,
) -> Result<PixmapBuf, ReadBackError> {
    let row_bytes = source.size.width * source.format.bytes_per_texel();
    let pitch = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = super::scope::guarded(device, || {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("pixmap-cache read back"),
            size: u64::from(pitch) * u64::from(source.size.height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        })
    })
    .map_err(|_| ReadBackError::Device)?;
    let (sender, receiver) = std::sync::mpsc::channel();
    // A lost device refuses the buffer only when it is mapped.
    let mapping = super::scope::guarded(device, || {
        queue.submit([encode(device, source, &buffer, pitch)]);
        buffer.map_async(wgpu::MapMode::Read, .., move |mapped| {
            // The receiver may be gone after an error below; then nobody asks.
            let _ = sender.send(mapped);
        });
    });
    mapping.map_err(|_| ReadBackError::Device)?;
    let padded = wait(device, &buffer, &receiver)?;
    let mut bytes = Vec::with_capacity(row_bytes as usize * source.size.height as usize);
    for row in padded.chunks(pitch as usize) {
        bytes.extend_from_slice(&row[..row_bytes as usize]);
    }
    Ok(PixmapBuf::new(source.format, source.size, bytes))
}

fn encode(
    device: &wgpu::Device,
    source: &Source<'_>,
    buffer: &wgpu::Buffer,
    pitch: u32,
) -> wgpu::CommandBuffer {
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
        label: Some("pixmap-cache read back"),
    });
    encoder.copy_texture_to_buffer(
        source.texels,
        wgpu::TexelCopyBufferInfo {
            buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pitch),
                rows_per_image: None,
            },
        },
        wgpu::Extent3d {
            width: source.size.width,
            height: source.size.height,
            depth_or_array_layers: 1,
        },
    );
    encoder.finish()
}

/// Waits until the buffer is mapped and copies it.
fn wait(
    device: &wgpu::Device,
    buffer: &wgpu::Buffer,
    receiver: &Receiver<Result<(), wgpu::BufferAsyncError>>,
) -> Result<Vec<u8>, ReadBackError> {
    let mapped = loop {
        // A wait on GL ends after two seconds with a time-out that means nothing; a lost device answers the callback.
        let polled = device.poll(wgpu::PollType::wait_indefinitely());
        match (receiver.try_recv(), polled) {
            (Ok(mapped), _) => break mapped,
            (Err(_), Err(wgpu::PollError::Timeout)) => continue,
            (Err(_), _) => return Err(ReadBackError::Device),
        }
    };
    mapped.map_err(|_| ReadBackError::Device)?;
    let view = buffer.get_mapped_range(..).map_err(|_| ReadBackError::Device)?;
    Ok(view.to_vec())
}
