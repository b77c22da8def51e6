//! Layers of a texture, kept in GPU buffers while the texture is replaced.
//!
//! Invariant: no buffer is larger than the device allows. A page that exceeds that is kept in bands of rows.

use super::device::{Device, Subject};
use super::fence::Fence;
use super::label::Label;
use super::rows::{bands, extent, max_rows, pitch};
use super::scope::DeviceFault;
use crate::geometry::{Rect, Size};

/// A rectangle of some layers: whole pages, or a band of rows of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stack {
    first_layer: u32,
    layers: u32,
    rect: Rect,
}

/// Sizes of what is kept.
struct Measures {
    side: u32,
    /// Bytes from row to row in a buffer.
    pitch: u32,
    layers: u32,
}

pub(super) struct KeptLayers {
    device: Device,
    queue: wgpu::Queue,
    label: Label,
    pitch: u32,
    buffers: Vec<(Stack, wgpu::Buffer)>,
    /// Set by `restore`; the buffers are in use until it has passed.
    fence: Option<Fence>,
}

impl KeptLayers {
    /// Submits a copy of the first `layers` layers of a texture.
    pub(super) fn save(
        (device, queue): (&Device, &wgpu::Queue),
        label: &Label,
        (texture, layers): (&wgpu::Texture, u32),
    ) -> Result<Self, DeviceFault> {
        let texel_bytes = texture.format().block_copy_size(None).unwrap_or(4);
        let measures = Measures {
            side: texture.width(),
            pitch: pitch(texture.width(), texel_bytes),
            layers,
        };
        let stacks = stacks(&measures, device.limits().max_buffer_size);
        let create = || {
            let with_buffer = |stack: &Stack| (*stack, create(device, label, (stack, measures.pitch)));
            stacks.iter().map(with_buffer).collect::<Vec<_>>()
        };
        let bytes =
            |buffers: &Vec<(Stack, wgpu::Buffer)>| buffers.iter().map(|(_, buffer)| buffer.size()).sum();
        let buffers = device.checked(create, |buffers| Subject::Essential(bytes(buffers)))?;
        let kept = Self {
            device: device.clone(),
            queue: queue.clone(),
            label: label.clone(),
            pitch: measures.pitch,
            buffers,
            fence: None,
        };
        kept.submit(|encoder, (stack, buffer)| {
            let texels = corner(texture, stack);
            encoder.copy_texture_to_buffer(texels, kept.bytes_of(stack, buffer), extent_of(stack));
        });
        Ok(kept)
    }

    /// Submits the copy back, into another texture.
    pub(super) fn restore(&mut self, texture: &wgpu::Texture) {
        self.submit(|encoder, (stack, buffer)| {
            let texels = corner(texture, stack);
            encoder.copy_buffer_to_texture(self.bytes_of(stack, buffer), texels, extent_of(stack));
        });
        self.fence = Some(Fence::after_submitted(&self.queue));
    }

    fn submit(&self, copy: impl Fn(&mut wgpu::CommandEncoder, &(Stack, wgpu::Buffer))) {
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some(&self.label.of("swap")),
            });
        self.buffers.iter().for_each(|kept| copy(&mut encoder, kept));
        self.queue.submit([encoder.finish()]);
    }

    fn bytes_of<'a>(&self, stack: &Stack, buffer: &'a wgpu::Buffer) -> wgpu::TexelCopyBufferInfo<'a> {
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(self.pitch),
            rows_per_image: Some(stack.rect.height),
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

/// As many whole layers per buffer as `max_bytes` allows, or as many rows of one.
fn stacks(measures: &Measures, max_bytes: u64) -> Vec<Stack> {
    let &Measures { side, pitch, layers } = measures;
    let page_bytes = u64::from(pitch) * u64::from(side);
    let together = (max_bytes / page_bytes).clamp(1, u64::from(layers)) as u32;
    let page = Rect::new(0, 0, Size::new(side, side));
    let mut stacks = Vec::new();
    for first_layer in (0..layers).step_by(together as usize) {
        stacks.extend(bands(page, max_rows(pitch, max_bytes)).map(|rect| Stack {
            first_layer,
            layers: together.min(layers - first_layer),
            rect,
        }));
    }
    stacks
}

fn create(device: &wgpu::Device, label: &Label, (stack, pitch): (&Stack, u32)) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(&label.of("swap")),
        size: u64::from(pitch) * u64::from(stack.rect.height) * u64::from(stack.layers),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    })
}

fn corner<'a>(texture: &'a wgpu::Texture, stack: &Stack) -> wgpu::TexelCopyTextureInfo<'a> {
    wgpu::TexelCopyTextureInfo {
        origin: wgpu::Origin3d {
            x: 0,
            y: stack.rect.y,
            z: stack.first_layer,
        },
        ..texture.as_image_copy()
    }
}

fn extent_of(stack: &Stack) -> wgpu::Extent3d {
    wgpu::Extent3d {
        depth_or_array_layers: stack.layers,
        ..extent(stack.rect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_cover_each_row_once_and_fit_a_buffer() {
        for max_bytes in [256, 1000, 64 * 256, 64 * 256 * 3 + 1, 1 << 30] {
            let measures = Measures {
                side: 64,
                pitch: 256,
                layers: 7,
            };
            let stacks = stacks(&measures, max_bytes);
            let bytes = |stack: &Stack| 256 * u64::from(stack.rect.height) * u64::from(stack.layers);
            assert!(
                stacks.iter().all(|stack| bytes(stack) <= max_bytes),
                "{max_bytes}: {stacks:?}"
            );
            let mut rows: Vec<(u32, u32)> = Vec::new();
            for stack in &stacks {
                for layer in stack.first_layer..stack.first_layer + stack.layers {
                    rows.extend((stack.rect.y..stack.rect.y + stack.rect.height).map(|row| (layer, row)));
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
