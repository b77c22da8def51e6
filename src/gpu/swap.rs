//! One texture in place of another, for another budget: its layers move over, with the pages that they are.
//!
//! Where old and new fit into the budget together, the GPU copies from one to the other. Else the layers wait in
//! buffers while there is neither. Invariant: the budget holds meanwhile, wgpu's own count included.

use super::Atlas;
use super::kept_layers::KeptLayers;
use super::scope::DeviceFault;
use super::textures::Array;

/// Waits for the GPU at most. One ends early on GL only, after two seconds; this many are minutes.
const MAX_WAITS: u32 = 64;

/// The pages of the texture that is there now, and why it has the layers of the old one, if it has.
pub(crate) type Swapped = (Vec<u32>, Option<DeviceFault>);

/// Why a texture wasn't swapped.
#[derive(Debug)]
pub(crate) enum SwapFault {
    /// The old one is there, with its texels.
    Kept(DeviceFault),
    /// It made way, and the device had no memory left for it either. The texels are gone.
    Lost(DeviceFault),
}

impl Atlas {
    /// The texture that makes way for a larger one when every binding is in use, and the layers of the larger one, if
    /// budget and released textures leave room for both.
    pub(crate) fn next_swap(&self) -> Option<(Vec<u32>, u32)> {
        if self.textures.free_arrays() > 0 {
            return None;
        }
        let smallest = self.textures.page_lists().min_by_key(|pages| pages.len())?;
        let arrays = self.plan.arrays;
        let layers = arrays.swapped_layers(smallest.len() as u32, self.free_pages())?;
        Some((smallest.to_vec(), layers))
    }

    /// Puts a texture of `layers` layers in place of the one of `pages`. Its pages are the first of those of before, and
    /// others that no texture had. The bind group is replaced; passes recorded with the old one must have
    /// been submitted. Waits for the GPU where the budget doesn't hold both textures.
    ///
    /// When the device has no memory for it, one of as many layers as before takes its place.
    pub(crate) fn swap(&mut self, pages: &[u32], layers: u32) -> Result<Swapped, SwapFault> {
        if !self.flush() {
            let words = "no staging memory for what waits for a flush".into();
            return Err(SwapFault::Kept(DeviceFault::OutOfMemory(words)));
        }
        let index = self.textures.index_of(pages);
        if self.free_pages() >= layers {
            let swapped = self.swap_beside(index, layers).map_err(SwapFault::Kept)?;
            Ok((swapped, None))
        } else {
            self.swap_through_scratch(index, layers)
        }
    }

    /// Both textures are there for a time.
    fn swap_beside(&mut self, index: usize, layers: u32) -> Result<Vec<u32>, DeviceFault> {
        let texture = self.create(layers)?;
        let old = self.textures.take(index);
        let pages = self.textures.pages_for(old.pages.clone(), &texture);
        let new = texture.clone();
        self.textures.put(index, Array { texture, pages });
        if let Err(fault) = self.rebind() {
            // Nobody has used it.
            drop(self.textures.take(index));
            self.textures.put(index, old);
            return Err(fault);
        }
        self.copy_layers(&old.texture, &new);
        self.textures.released().push(old.texture);
        Ok(self.pages_at(index))
    }

    fn copy_layers(&self, from: &wgpu::Texture, to: &wgpu::Texture) {
        let label = Some("pixmap-cache swap");
        let descriptor = wgpu::CommandEncoderDescriptor { label };
        let mut encoder = self.device.create_command_encoder(&descriptor);
        let layers = from.depth_or_array_layers().min(to.depth_or_array_layers());
        let extent = wgpu::Extent3d {
            depth_or_array_layers: layers,
            ..from.size()
        };
        encoder.copy_texture_to_texture(from.as_image_copy(), to.as_image_copy(), extent);
        self.queue.submit([encoder.finish()]);
    }

    /// The old texture is gone before there is the new one.
    fn swap_through_scratch(&mut self, index: usize, layers: u32) -> Result<Swapped, SwapFault> {
        let old = self.textures.array(index).expect("BUG: swapped no texture");
        let old_layers = old.pages.len() as u32;
        let kept = (&old.texture, layers.min(old_layers));
        let scratch = KeptLayers::save(&self.device, &self.queue, kept);
        let mut scratch = scratch.map_err(SwapFault::Kept)?;
        self.wait_for_released().map_err(SwapFault::Kept)?;
        let old = self.textures.take(index);
        if let Err(fault) = self.rebind() {
            self.textures.put(index, old);
            return Err(SwapFault::Kept(fault));
        }
        // The GPU is done with it and no bind group has it: its memory is free now.
        drop(old.texture);
        // As many layers as there were have had room before.
        let (texture, fault) = match self.create(layers) {
            Ok(texture) => (texture, None),
            Err(fault) => (self.create(old_layers).map_err(SwapFault::Lost)?, Some(fault)),
        };
        scratch.restore(&texture);
        let pages = self.textures.pages_for(old.pages, &texture);
        self.textures.put(index, Array { texture, pages });
        self.kept_layers.push(scratch);
        // Without memory for a bind group pages draw transparent until `collect_released` makes one.
        let _ = self.rebind();
        Ok((self.pages_at(index), fault))
    }

    fn pages_at(&self, index: usize) -> Vec<u32> {
        let array = self.textures.array(index);
        array.map(|array| array.pages.clone()).unwrap_or_default()
    }

    /// Waits until the GPU is done with everything submitted, and drops what was released. Passes recorded before must
    /// have been submitted.
    pub(crate) fn wait_for_released(&mut self) -> Result<(), DeviceFault> {
        for _ in 0..MAX_WAITS {
            match self.device.poll(wgpu::PollType::wait_indefinitely()) {
                // On GL a wait ends after two seconds with a time-out that means nothing.
                Err(wgpu::PollError::Timeout) => {}
                Err(error) => return Err(DeviceFault::Refused(error.to_string())),
                Ok(_) => {
                    self.kept_layers.retain(|kept| !kept.is_done());
                    if self.stale {
                        self.rebind()?;
                    }
                    self.textures.released().drop_all();
                    return Ok(());
                }
            }
        }
        Err(DeviceFault::Refused("the GPU doesn't finish its work".into()))
    }

    /// Whether a texture of `layers` layers has to wait for those that were released.
    pub(crate) fn is_in_the_way(&self, layers: u32) -> bool {
        self.textures.released_layers() > 0 && self.free_pages() < layers
    }
}
