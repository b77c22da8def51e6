//! A texture to draw into instead of a window, read back as an image.

use std::path::Path;
use std::time::Duration;

use image::RgbaImage;
use pixmap_cache::Size;
use wgpu::TextureFormat;

use super::{Frame, Gpu, HEADLESS_RATE};

/// PNGs hold sRGB-encoded colors; the hardware encodes the shaders' linear ones.
pub const FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// A texture instead of a window.
pub struct Offscreen {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

impl Offscreen {
    pub fn new(gpu: &Gpu, size: Size, format: TextureFormat) -> Result<Self, String> {
        let max_side = gpu.device.limits().max_texture_dimension_2d;
        if size.width.max(size.height) > max_side {
            return Err(format!(
                "this adapter draws at most {max_side}x{max_side} pixels: give a smaller --size."
            ));
        }
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("offscreen target"),
            size: wgpu::Extent3d {
                width: size.width,
                height: size.height,
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
        Ok(Self { texture, view })
    }

    /// Returns the frame of that number, counted from 0.
    pub fn frame(&self, number: u64) -> Frame<'_> {
        Frame {
            view: &self.view,
            size: Size::new(self.texture.width(), self.texture.height()),
            scale_factor: 1.0,
            time: Duration::from_secs_f64(number as f64 / f64::from(HEADLESS_RATE)),
        }
    }

    /// Returns what was drawn as sRGB-encoded RGBA. Waits for the GPU.
    pub fn read(&self, gpu: &Gpu) -> Result<RgbaImage, String> {
        let (width, height) = (self.texture.width(), self.texture.height());
        let bytes_per_row = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("offscreen screenshot"),
            size: u64::from(bytes_per_row) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        self.copy_to(gpu, &buffer, bytes_per_row);
        // A failure to map shows below, where the mapped range is requested.
        buffer.map_async(wgpu::MapMode::Read, .., |_| {});
        gpu.wait()?;
        let mapped = buffer
            .get_mapped_range(..)
            .map_err(|error| format!("the drawn frame cannot be read back: {error}."))?;
        let rows = mapped.chunks_exact(bytes_per_row as usize);
        let mut bytes: Vec<u8> = rows.flat_map(|row| &row[..width as usize * 4]).copied().collect();
        if self.texture.format().remove_srgb_suffix() == TextureFormat::Bgra8Unorm {
            bytes
                .as_chunks_mut::<4>()
                .0
                .iter_mut()
                .for_each(|texel| texel.swap(0, 2));
        }
        Ok(RgbaImage::from_raw(width, height, bytes).expect("BUG: 4 bytes for each pixel"))
    }

    fn copy_to(&self, gpu: &Gpu, buffer: &wgpu::Buffer, bytes_per_row: u32) {
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("offscreen screenshot"),
            });
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(bytes_per_row),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer, layout },
            self.texture.size(),
        );
        gpu.queue.submit([encoder.finish()]);
    }
}

/// Creates a folder and its parents.
pub fn create_folder(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        format!("the folder {folder} cannot be created ({error}): give another --out.")
    })
}

/// Writes a PNG.
pub fn save(image: &RgbaImage, path: &Path) -> Result<(), String> {
    image.save(path).map_err(|error| {
        let path = path.display();
        format!("{path} cannot be written ({error}): give another --out.")
    })
}
