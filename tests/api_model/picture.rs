//! What is inserted: pictures of one color, with mip levels or without, and textures.

use pixmap_cache::{PixelFormat, PixmapBuf, Size, TextureSource};

#[derive(Clone, Copy, Debug)]
pub enum Levels {
    ByDescriptor,
    None,
    Generated,
    /// As many as that below the base, if the size has so many.
    Brought(u32),
}

#[derive(Clone, Copy, Debug)]
pub struct Picture {
    pub size: Size,
    pub levels: Levels,
    pub is_gray: bool,
}

impl Picture {
    pub fn pixmap(self) -> PixmapBuf {
        let base = self.plain(self.size);
        match self.levels {
            Levels::ByDescriptor => base,
            Levels::None => PixmapBuf {
                mipmaps: pixmap_cache::Mipmaps::None,
                ..base
            },
            Levels::Generated => base.with_mipmaps(),
            Levels::Brought(count) => {
                let count = count.min(most_levels(self.size) - 1);
                let level = |level: u32| Size::new(self.size.width >> level, self.size.height >> level);
                base.with_levels((1..=count).map(|number| self.plain(level(number))).collect())
            }
        }
    }

    fn plain(self, size: Size) -> PixmapBuf {
        let (format, texel_bytes) = if self.is_gray {
            (PixelFormat::R8, 1)
        } else {
            (PixelFormat::Rgba8, 4)
        };
        PixmapBuf::new(format, size, vec![3; size.texels() as usize * texel_bytes])
    }

    /// The number of levels that an entry with this picture has.
    pub fn level_count(self, by_default: bool) -> u32 {
        match self.levels {
            Levels::None => 1,
            Levels::Generated => most_levels(self.size),
            Levels::Brought(count) if count.min(most_levels(self.size) - 1) > 0 => {
                1 + count.min(most_levels(self.size) - 1)
            }
            Levels::ByDescriptor | Levels::Brought(_) if by_default => most_levels(self.size),
            Levels::ByDescriptor | Levels::Brought(_) => 1,
        }
    }
}

fn most_levels(size: Size) -> u32 {
    1 + size.width.min(size.height).max(1).ilog2()
}

/// A texture of the application.
pub fn texture(device: &wgpu::Device, size: Size) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("of the application"),
        size: wgpu::Extent3d {
            width: size.width.max(1),
            height: size.height.max(1),
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

pub fn source(texture: &wgpu::Texture, size: Size) -> TextureSource<'_> {
    TextureSource {
        texture,
        origin: wgpu::Origin3d::ZERO,
        size,
    }
}
