//! Page textures, and the bind group that shows them: textures come and go while the cache is in use, and the bind group
//! follows.
//!
//! A texture with other layers in place of one there is: `swap.rs`. Invariant: the bind group is of the textures there
//! are, or `is_stale` says that the device had no memory for it.

use super::binding::Binding;
use super::device::{Device, Subject};
use super::kept_layers::KeptLayers;
use super::scope::DeviceFault;
use super::textures::{Array, Textures};

/// Most waits for the GPU. A wait ends early on GL only, after two seconds; this many are minutes.
const MAX_WAITS: u32 = 64;

pub(super) struct BoundTextures {
    device: Device,
    queue: wgpu::Queue,
    textures: Textures,
    binding: Binding,
    group: wgpu::BindGroup,
    is_stale: bool,
    /// Number of bind groups made so far.
    groups: u64,
    /// Texels that swaps keep in buffers, until the GPU is done with them.
    kept_layers: Vec<KeptLayers>,
    #[cfg(test)]
    faults: Faults,
}

/// What tests make the device refuse: noop devices have memory for everything, and real ones take their time.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct Faults {
    /// Textures that there is no memory for.
    pub(crate) creations: u32,
    /// Textures that are made, and that no bind group can be made of.
    pub(crate) unbindable: u32,
}

impl BoundTextures {
    pub(super) fn new(
        (device, queue): (&Device, &wgpu::Queue),
        textures: Textures,
        binding: Binding,
    ) -> Result<Self, DeviceFault> {
        let group = device.checked(|| binding.group_of(&textures), |_| Subject::BindGroup(0))?;
        Ok(Self {
            device: device.clone(),
            queue: queue.clone(),
            textures,
            binding,
            group,
            is_stale: false,
            groups: 1,
            kept_layers: Vec::new(),
            #[cfg(test)]
            faults: Faults::default(),
        })
    }

    pub(super) fn textures(&self) -> &Textures {
        &self.textures
    }

    pub(super) fn group(&self) -> &wgpu::BindGroup {
        &self.group
    }

    pub(super) fn layout(&self) -> &wgpu::BindGroupLayout {
        self.binding.layout()
    }

    /// Bytes of the buffers that swaps keep texels in.
    pub(super) fn kept_bytes(&self) -> u64 {
        self.kept_layers.iter().map(KeptLayers::bytes).sum()
    }

    /// Pages that textures can be created for at once, of `max_pages` in all: released textures that are still used
    /// count.
    pub(super) fn free_pages(&self, max_pages: u32) -> u32 {
        let held = self.textures.committed_pages() + self.textures.released_layers();
        max_pages.saturating_sub(held)
    }

    /// Binds a texture of about `layers` pages and returns its pages, of `max_pages` in all. The bind group is replaced. A
    /// released texture is taken back if it serves; its texels are undefined. `None` when there is no room before the GPU
    /// is done with what a smaller budget has released.
    pub(super) fn commit(&mut self, layers: u32, max_pages: u32) -> Result<Option<Vec<u32>>, DeviceFault> {
        let room = max_pages.saturating_sub(self.textures.committed_pages());
        let back = self.textures.released().best(layers, room);
        let texture = match back {
            Some(back) if back.layers >= layers || self.free_pages(max_pages) < layers => {
                self.textures.released().take(back)
            }
            _ if self.free_pages(max_pages) >= layers => self.create(layers)?,
            _ => return Ok(None),
        };
        let pages = self.textures.bind(texture);
        self.rebind().inspect_err(|_| self.textures.release(&pages))?;
        Ok(Some(pages))
    }

    /// Creates a texture that no binding has yet.
    pub(super) fn create(&mut self, layers: u32) -> Result<wgpu::Texture, DeviceFault> {
        #[cfg(test)]
        if let Some(left) = self.faults.creations.checked_sub(1) {
            self.faults.creations = left;
            return Err(DeviceFault::OutOfMemory("none left for this test".into()));
        }
        let texture = self.textures.create(layers)?;
        #[cfg(test)]
        if let Some(left) = self.faults.unbindable.checked_sub(1) {
            self.faults.unbindable = left;
            texture.destroy();
        }
        Ok(texture)
    }

    /// Unbinds the texture of these pages, which the layout has given up, and drops it once the GPU is done with it. The
    /// bind group is replaced. What still needs the texture must have been submitted.
    pub(super) fn release(&mut self, pages: &[u32]) {
        self.textures.release(pages);
        // Without memory for a bind group the old one stays, and `collect_released` tries again.
        let _ = self.rebind();
    }

    /// Unbinds a texture that the device has refused, which nothing can use. Its pages must have been given up.
    pub(super) fn discard(&mut self, texture: &wgpu::Texture) {
        if let Some(pages) = self.textures.pages_of(texture) {
            self.textures.release(&pages);
            // If there is no memory for a bind group, `collect_released` tries again.
            self.is_stale = self.rebind().is_err();
        }
        self.textures.released().forget(texture);
    }

    /// Whether this is the number of the present bind group.
    pub(super) fn is_current(&self, group: u64) -> bool {
        group + 1 == self.groups
    }

    /// Keeps a texture that was bound until the GPU is done with it.
    pub(super) fn retire(&mut self, texture: wgpu::Texture) {
        self.textures.released().push(texture);
    }

    /// Replaces the texture of a binding and returns the old one. An error leaves everything as it was.
    pub(super) fn replace(&mut self, index: usize, texture: wgpu::Texture) -> Result<Array, DeviceFault> {
        let old = self.textures.take(index);
        let pages = self.textures.pages_for(old.pages.clone(), &texture);
        self.textures.put(index, Array { texture, pages });
        if let Err(fault) = self.rebind() {
            // Nothing has used the new one.
            drop(self.textures.take(index));
            self.textures.put(index, old);
            return Err(fault);
        }
        Ok(old)
    }

    /// Takes the texture from a binding, so that no bind group has it. An error leaves everything as it was.
    pub(super) fn unbind(&mut self, index: usize) -> Result<Array, DeviceFault> {
        let old = self.textures.take(index);
        if let Err(fault) = self.rebind() {
            self.textures.put(index, old);
            return Err(fault);
        }
        Ok(old)
    }

    /// Binds a texture whose texels come from `kept`, for the pages it is to have and the lowest that no texture has.
    pub(super) fn bind_restored(&mut self, index: usize, array: Array, kept: KeptLayers) {
        let pages = self.textures.pages_for(array.pages, &array.texture);
        self.textures.put(index, Array { pages, ..array });
        self.kept_layers.push(kept);
        // Without memory for a bind group pages draw transparent until `collect_released` makes one.
        let _ = self.rebind();
    }

    /// Drops what was released and is no longer used. Never waits. Passes recorded before must have been submitted.
    pub(super) fn collect_released(&mut self) {
        if self.textures.released().is_empty() && self.kept_layers.is_empty() {
            return;
        }
        self.textures.released().fence(&self.queue);
        // Polls without waiting.
        let _ = self.device.poll(wgpu::PollType::Poll);
        self.kept_layers.retain(|kept| !kept.is_done());
        // An older bind group would hold the textures.
        if !self.is_stale || self.rebind().is_ok() {
            self.textures.released().drop_passed();
        }
    }

    /// Waits until the GPU is done with everything submitted, and drops what was released. Passes recorded before must
    /// have been submitted.
    ///
    /// In a browser, where nothing can wait, the textures are destroyed at once: the browser frees them when the GPU is done.
    pub(super) fn wait_for_released(&mut self) -> Result<(), DeviceFault> {
        if cfg!(target_arch = "wasm32") {
            return self.drop_released();
        }
        for _ in 0..MAX_WAITS {
            match self.device.poll(wgpu::PollType::wait_indefinitely()) {
                // On GL a wait ends after two seconds with a time-out that means nothing.
                Err(wgpu::PollError::Timeout) => {}
                Err(error) => return Err(DeviceFault::Refused(error.to_string())),
                Ok(_) => return self.drop_released(),
            }
        }
        Err(DeviceFault::Refused("the GPU doesn't finish its work".into()))
    }

    fn drop_released(&mut self) -> Result<(), DeviceFault> {
        self.kept_layers.retain(|kept| !kept.is_done());
        if self.is_stale {
            self.rebind()?;
        }
        self.textures.released().drop_all();
        Ok(())
    }

    /// Creates a bind group of the textures there are. An error leaves the old one in place.
    fn rebind(&mut self) -> Result<(), DeviceFault> {
        let (binding, textures) = (&self.binding, &self.textures);
        let subject = |_: &_| Subject::BindGroup(self.groups);
        let group = self.device.checked(|| binding.group_of(textures), subject);
        self.is_stale = group.is_err();
        self.group = group?;
        self.groups += 1;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }
}
