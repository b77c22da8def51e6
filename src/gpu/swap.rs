//! Replaces a texture by one of another size when the budget changes. Its layers move over with their pages.
//!
//! Where the budget holds both textures, the GPU copies from one to the other. Otherwise the layers wait in buffers while
//! neither exists. Invariant: the budget holds meanwhile, also by wgpu's own count.

use super::bound_textures::BoundTextures;
use super::device::Device;
use super::kept_layers::KeptLayers;
use super::label::Label;
use super::scope::DeviceFault;
use super::textures::{Array, give_back};

/// The pages of the texture that is there now, and why it still has as many layers as the old one, if it has.
pub(crate) type Swapped = (Vec<u32>, Option<DeviceFault>);

/// Why a texture wasn't swapped.
#[derive(Debug)]
pub(crate) enum SwapFault {
    /// The old texture is still there, with its texels.
    Kept(DeviceFault),
    /// The old texture made way, and the device had no memory left for it either. The texels are gone.
    Lost(DeviceFault),
}

/// One swap. Everything that the texture needs has been submitted.
pub(super) struct Swap<'a> {
    pub(super) device: &'a Device,
    pub(super) queue: &'a wgpu::Queue,
    pub(super) label: &'a Label,
    pub(super) bound: &'a mut BoundTextures,
    /// Binding of the texture.
    pub(super) index: usize,
    /// Layers of the new texture.
    pub(super) layers: u32,
}

impl Swap<'_> {
    /// Swaps while both textures exist for a time.
    pub(super) fn beside(self) -> Result<Swapped, SwapFault> {
        let new = self.bound.create(self.layers).map_err(SwapFault::Kept)?;
        let old = self.bound.replace(self.index, new.clone());
        let old = old.map_err(SwapFault::Kept)?;
        self.copy_layers(&old.texture, &new);
        self.bound.retire(old.texture);
        Ok((self.pages(), None))
    }

    fn copy_layers(&self, from: &wgpu::Texture, to: &wgpu::Texture) {
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some(&self.label.of("swap")),
            });
        let layers = from.depth_or_array_layers().min(to.depth_or_array_layers());
        let extent = wgpu::Extent3d {
            depth_or_array_layers: layers,
            ..from.size()
        };
        encoder.copy_texture_to_texture(from.as_image_copy(), to.as_image_copy(), extent);
        self.queue.submit([encoder.finish()]);
    }

    /// Swaps through buffers: the old texture is gone before the new one is created. Waits for the GPU.
    pub(super) fn through_buffers(self) -> Result<Swapped, SwapFault> {
        let old = self.bound.textures().array(self.index);
        let old = old.expect("BUG: swapped no texture");
        let old_layers = old.pages.len() as u32;
        let kept = (&old.texture, self.layers.min(old_layers));
        let saved = KeptLayers::save((self.device, self.queue), self.label, kept);
        let mut saved = saved.map_err(SwapFault::Kept)?;
        self.bound.wait_for_released().map_err(SwapFault::Kept)?;
        let old = self.bound.unbind(self.index).map_err(SwapFault::Kept)?;
        // The GPU is done with it and no bind group has it: its memory is free now.
        give_back(old.texture);
        let (texture, fault) = match self.bound.create(self.layers) {
            Ok(texture) => (texture, None),
            // As many layers as before had room before.
            Err(fault) => {
                let same = self.bound.create(old_layers).map_err(SwapFault::Lost)?;
                (same, Some(fault))
            }
        };
        saved.restore(&texture);
        let pages = old.pages;
        self.bound
            .bind_restored(self.index, Array { texture, pages }, saved);
        Ok((self.pages(), fault))
    }

    fn pages(&self) -> Vec<u32> {
        let array = self.bound.textures().array(self.index);
        array.map(|array| array.pages.clone()).unwrap_or_default()
    }
}
