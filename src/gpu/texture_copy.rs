//! Copies from a texture of the application to pages.

use super::rows::extent;
use super::textures::Textures;
use crate::geometry::Rect;
use crate::key::PixmapKey;
use crate::layout::Region;

/// Parts of a rectangle of a texture, and where they go.
pub(crate) struct TextureCopy<'a> {
    pub(crate) texture: &'a wgpu::Texture,
    /// The entry whose texels are copied.
    pub(crate) key: PixmapKey,
    /// The corner from which the parts are counted.
    pub(crate) origin: wgpu::Origin3d,
    pub(crate) regions: &'a [(Rect, Region)],
}

impl TextureCopy<'_> {
    pub(super) fn encode(&self, textures: &Textures, encoder: &mut wgpu::CommandEncoder) {
        for (part, to) in self.regions {
            let from = wgpu::TexelCopyTextureInfo {
                origin: wgpu::Origin3d {
                    x: self.origin.x + part.x,
                    y: self.origin.y + part.y,
                    z: self.origin.z,
                },
                ..self.texture.as_image_copy()
            };
            encoder.copy_texture_to_texture(from, textures.copy_target(*to), extent(to.rect));
        }
    }
}
