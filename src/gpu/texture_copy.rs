//! Copies from a texture of the application to pages.

use super::Atlas;
use super::device::Subject;
use super::rows::extent;
use super::scope::DeviceFault;
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
    fn encode(&self, textures: &Textures, encoder: &mut wgpu::CommandEncoder) {
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

impl Atlas {
    /// Flushes, and submits copies from a texture of the application, in a submission of their own. An error leaves the
    /// texels undefined.
    pub(crate) fn copy_texture(&mut self, copy: &TextureCopy<'_>) -> Result<(), DeviceFault> {
        if !self.flush() {
            let words = "no staging memory for what waits for a flush".into();
            return Err(DeviceFault::OutOfMemory(words));
        }
        let submit = || {
            let mut encoder = self
                .device
                .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                    label: Some(&self.plan.label.of("texture copy")),
                });
            copy.encode(self.bound.textures(), &mut encoder);
            self.queue.submit([encoder.finish()]);
        };
        self.device.checked(submit, |()| Subject::Copy(copy.key))?;
        self.submissions += 1;
        Ok(())
    }
}
