//! Released page textures that the GPU may still read: they count against the budget until it is done with them.
//!
//! wgpu silently keeps a dropped texture as long as a submission uses it. So the handles are kept here until a fence has
//! passed. Meanwhile a texture can be taken back: new writes to it run after the work that still reads it.

use super::fence::Fence;
use super::textures::give_back;

/// A texture that no binding has.
struct Released {
    texture: wgpu::Texture,
    /// `None` as long as a pass that uses the texture may be recorded and not yet submitted.
    fence: Option<Fence>,
}

#[derive(Default)]
pub(super) struct ReleasedTextures(Vec<Released>);

impl ReleasedTextures {
    pub(super) fn push(&mut self, texture: wgpu::Texture) {
        let fence = None;
        self.0.push(Released { texture, fence });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn layers(&self) -> u32 {
        self.0.iter().map(Released::layers).sum()
    }

    /// The texture to take back for `wanted` layers: the smallest with at least as many, or else the largest. None with
    /// more than `max_layers`.
    pub(super) fn best(&self, wanted: u32, max_layers: u32) -> Option<ReleasedIndex> {
        let fitting = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, r)| r.layers() <= max_layers);
        let rank = |layers: u32| (layers < wanted, layers.abs_diff(wanted));
        let best = fitting.min_by_key(|(_, released)| rank(released.layers()));
        best.map(|(index, released)| ReleasedIndex {
            index,
            layers: released.layers(),
        })
    }

    pub(super) fn take(&mut self, at: ReleasedIndex) -> wgpu::Texture {
        self.0.swap_remove(at.index).texture
    }

    /// Sets a fence behind everything submitted so far, for the textures that have none.
    pub(super) fn fence(&mut self, queue: &wgpu::Queue) {
        let mut unfenced = self.0.iter_mut().filter(|r| r.fence.is_none()).peekable();
        if unfenced.peek().is_some() {
            let fence = Fence::after_submitted(queue);
            unfenced.for_each(|released| released.fence = Some(fence.clone()));
        }
    }

    /// Drops the textures that the GPU is done with.
    pub(super) fn drop_passed(&mut self) {
        let is_passed = |released: &mut Released| released.fence.as_ref().is_some_and(Fence::is_passed);
        for released in self.0.extract_if(.., is_passed) {
            give_back(released.texture);
        }
    }

    /// Drops all textures, after a wait for the GPU.
    pub(super) fn drop_all(&mut self) {
        self.0.drain(..).for_each(|released| give_back(released.texture));
    }

    /// Forgets a texture that the device has refused.
    pub(super) fn forget(&mut self, texture: &wgpu::Texture) {
        self.0.retain(|released| released.texture != *texture);
    }
}

impl Released {
    fn layers(&self) -> u32 {
        self.texture.depth_or_array_layers()
    }
}

/// A released texture, until the next change.
pub(super) struct ReleasedIndex {
    index: usize,
    pub(super) layers: u32,
}
