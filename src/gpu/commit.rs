//! Textures that come and go while the cache is in use, and the bind group that follows them.
//!
//! Other counts of layers in place of those there are: `swap.rs`. Invariant: nothing is committed beyond what the budget
//! leaves beside the textures that were released and may still be used.

use super::Atlas;
use super::scope::{self, DeviceFault};

impl Atlas {
    /// Pages that textures can be made for at once: what is released and still used isn't free.
    pub(super) fn free_pages(&self) -> u32 {
        let held = self.textures.committed_pages() + self.textures.released_layers();
        self.plan.max_pages().saturating_sub(held)
    }

    /// Binds a texture of `layers` pages, or so, and returns its pages. The bind group is replaced. A released texture
    /// is taken back where it serves: its texels are anything. `None` when there is no room before the GPU is done with
    /// what a smaller budget has released.
    pub(crate) fn commit(&mut self, layers: u32) -> Result<Option<Vec<u32>>, DeviceFault> {
        let room = self.plan.max_pages().saturating_sub(self.committed_pages());
        let back = self.textures.released().best(layers, room);
        let texture = match back {
            Some(back) if back.layers >= layers || self.free_pages() < layers => {
                self.textures.released().take(back)
            }
            _ if self.free_pages() >= layers => self.create(layers)?,
            _ => return Ok(None),
        };
        let pages = self.textures.bind(texture);
        self.rebind().inspect_err(|_| self.textures.release(&pages))?;
        Ok(Some(pages))
    }

    pub(super) fn create(&mut self, layers: u32) -> Result<wgpu::Texture, DeviceFault> {
        #[cfg(test)]
        if let Some(left) = self.faults.creations.checked_sub(1) {
            self.faults.creations = left;
            return Err(DeviceFault::OutOfMemory("none left for this test".into()));
        }
        let texture = self.textures.create(&self.device, layers)?;
        #[cfg(test)]
        if let Some(left) = self.faults.unbindable.checked_sub(1) {
            self.faults.unbindable = left;
            texture.destroy();
        }
        Ok(texture)
    }

    /// Unbinds the texture of these pages, which the layout has given up, and drops it once the GPU is done with it. The
    /// bind group is replaced. False, and nothing has changed, when what still needs the texture can't be submitted.
    #[must_use]
    pub(crate) fn release(&mut self, pages: &[u32]) -> bool {
        if !self.flush() {
            return false;
        }
        self.textures.release(pages);
        // Without memory for a bind group the old one stays, and `collect_released` tries again.
        let _ = self.rebind();
        true
    }

    /// Drops what was released and is no longer used. Never waits. Passes recorded before must have been submitted.
    pub(crate) fn collect_released(&mut self) {
        if self.textures.released().is_empty() && self.kept_layers.is_empty() {
            return;
        }
        self.textures.released().fence(&self.queue);
        // A look, not a wait.
        let _ = self.device.poll(wgpu::PollType::Poll);
        self.kept_layers.retain(|kept| !kept.is_done());
        // A bind group of before would hold the textures.
        if !self.stale || self.rebind().is_ok() {
            self.textures.released().drop_passed();
        }
    }

    /// Makes a bind group of the textures there are. An error leaves the one before.
    pub(super) fn rebind(&mut self) -> Result<(), DeviceFault> {
        let (binding, textures, table) = (&self.binding, &self.textures, self.table.texture());
        let create = || binding.group_of(&self.device, table, textures);
        let group = scope::with_error_scope(&self.device, create);
        self.stale = group.is_err();
        self.binding.set_group(group?);
        Ok(())
    }
}
