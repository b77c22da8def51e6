//! A render target whose texels can be read back.

use crate::adapters::Gpu;

/// Side of a target in texels: within every device's limits, with rows that need no padding.
pub const TARGET_SIDE: u32 = 1024;

/// The clear color, which tells transparent sprites from no sprites.
pub const CLEAR: wgpu::Color = wgpu::Color {
    r: 1.0,
    g: 0.0,
    b: 1.0,
    a: 1.0,
};

pub struct Target {
    texture: wgpu::Texture,
    pub view: wgpu::TextureView,
}

/// The texels of a target, `TARGET_SIDE` to a row.
pub struct Drawn {
    texel_bytes: u32,
    bytes: Vec<u8>,
}

impl Target {
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("target"),
            size: wgpu::Extent3d {
                width: TARGET_SIDE,
                height: TARGET_SIDE,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        Self { texture, view }
    }

    pub fn format(&self) -> wgpu::TextureFormat {
        self.texture.format()
    }

    /// Waits for the GPU and copies the texels.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read(&self, gpu: &Gpu) -> Drawn {
        pollster::block_on(self.texels(gpu))
    }

    /// Copies the texels when the GPU is done.
    pub async fn texels(&self, gpu: &Gpu) -> Drawn {
        let texel_bytes = self.format().block_copy_size(None).expect("a color format");
        let row_bytes = TARGET_SIDE * texel_bytes;
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("target read back"),
            size: u64::from(row_bytes) * u64::from(TARGET_SIDE),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row_bytes),
                    rows_per_image: None,
                },
            },
            self.texture.size(),
        );
        gpu.queue.submit([encoder.finish()]);
        gpu.map(&buffer).await;
        let bytes = buffer.get_mapped_range(..).expect("mapped").to_vec();
        Drawn { texel_bytes, bytes }
    }
}

impl Drawn {
    pub fn texel(&self, x: u32, y: u32) -> &[u8] {
        let at = ((y * TARGET_SIDE + x) * self.texel_bytes) as usize;
        &self.bytes[at..at + self.texel_bytes as usize]
    }

    /// The rows of a rectangle, one after the other.
    pub fn rect(&self, rect: pixmap_cache::Rect) -> Vec<u8> {
        let row = |y: u32| {
            let start = ((y * TARGET_SIDE + rect.x) * self.texel_bytes) as usize;
            &self.bytes[start..start + (rect.width * self.texel_bytes) as usize]
        };
        (rect.y..rect.bottom()).flat_map(row).copied().collect()
    }

    pub fn difference(&self, other: &Drawn) -> Difference {
        let pairs = self.bytes.iter().zip(&other.bytes);
        let steps = pairs.map(|(a, b)| a.abs_diff(*b)).filter(|step| *step > 0);
        steps.fold(Difference::default(), |sum, step| Difference {
            bytes: sum.bytes + 1,
            most: sum.most.max(step),
        })
    }
}

/// In how many bytes two drawings differ, and the largest difference.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub bytes: usize,
    pub most: u8,
}
