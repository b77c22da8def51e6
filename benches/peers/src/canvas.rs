//! The render target of both sides.

use bench_kit::gpu::{Block, FORMAT, Gpu, read_texels};
use pixmap_cache::{Rect, Size};

pub struct Canvas {
    texture: wgpu::Texture,
    pub view: wgpu::TextureView,
    size: Size,
}

impl Canvas {
    pub fn new(gpu: &Gpu, size: Size) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("canvas"),
            size: wgpu::Extent3d {
                width: size.width,
                height: size.height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        Self { texture, view, size }
    }

    /// Begins a pass over a black canvas.
    pub fn pass<'e>(&self, encoder: &'e mut wgpu::CommandEncoder) -> wgpu::RenderPass<'e> {
        encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("frame"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &self.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        })
    }

    pub fn read(&self, gpu: &Gpu) -> Vec<u8> {
        let rect = Rect::new(0, 0, self.size);
        let block = Block {
            texture: &self.texture,
            layer: 0,
            rect,
        };
        read_texels(gpu, block)
    }

    /// The bytes of all other textures of the device, as wgpu counts them. `None` where it doesn't count.
    pub fn other_texture_bytes(&self, gpu: &Gpu) -> Option<u64> {
        let counted = gpu.device.get_internal_counters().hal.texture_memory.read();
        u64::try_from(counted).ok()?.checked_sub(self.size.texels() * 4)
    }
}

/// Asserts that two pictures are the same but for rounding.
pub fn assert_same(ours: &[u8], theirs: &[u8], what: &str) {
    assert!(
        theirs.iter().any(|byte| *byte != 0 && *byte != 255),
        "{what}: something is drawn"
    );
    let off = |(a, b): &(&u8, &u8)| a.abs_diff(**b) > 2;
    let differing = ours.iter().zip(theirs).filter(off).count();
    assert!(
        differing == 0 && ours.len() == theirs.len(),
        "{what}: {differing} of {} bytes differ",
        ours.len()
    );
}
