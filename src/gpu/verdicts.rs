//! What the cache asks of an atlas about its device: what it owes, what it has refused, and what it can do.

use super::{Atlas, Owed, Refusal, plan};

impl Atlas {
    /// Whether textures of these formats can be copied to each other. They may differ in sRGB, except on WebGL2, where such
    /// copies do nothing.
    pub(crate) fn can_copy(&self, format: wgpu::TextureFormat) -> bool {
        let own = self.plan.format;
        format == own
            || !plan::is_webgl(&self.device) && format.remove_srgb_suffix() == own.remove_srgb_suffix()
    }

    /// The verdicts that the device owes.
    pub(crate) fn owed(&self) -> &Owed {
        self.device.owed()
    }

    /// Takes the refusals that have become known since the last call.
    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        self.device.owed().refusals()
    }

    /// Returns the pages of a texture that the device has refused, if a binding has it.
    pub(crate) fn pages_of(&self, texture: &wgpu::Texture) -> Option<Vec<u32>> {
        self.bound.textures().pages_of(texture)
    }

    /// Unbinds a texture that the device has refused. The layout has given up its pages, and nothing staged needs it. What was
    /// submitted together with copies to it wasn't carried out: all rows of the table are written again.
    pub(crate) fn discard(&mut self, texture: &wgpu::Texture) {
        self.bound.discard(texture);
        self.table.rewrite();
    }

    /// Whether this is the number of the present bind group.
    pub(crate) fn is_current(&self, group: u64) -> bool {
        self.bound.is_current(group)
    }

    /// Whether the device has lost staging memory.
    pub(crate) fn is_lost(&self) -> bool {
        self.staging.is_lost()
    }
}
