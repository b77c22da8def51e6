//! What the overlay sees of an atlas: enough to draw whole pages with a pipeline of its own.
//!
//! This and [`with_error_scope`](super::with_error_scope) are all that `overlay/` takes from this folder.

use super::Atlas;
use crate::layout::PageIndex;
use crate::pixmap::PixelFormat;

/// The texels of an atlas's pages, to be sampled in a shader.
#[derive(Clone, Copy)]
pub(crate) struct PageTexels<'a>(&'a Atlas);

impl Atlas {
    pub(crate) fn page_texels(&self) -> PageTexels<'_> {
        PageTexels(self)
    }
}

impl<'a> PageTexels<'a> {
    pub(crate) fn bind_group_layout(self) -> &'a wgpu::BindGroupLayout {
        self.0.bind_group_layout()
    }

    pub(crate) fn bind_group(self) -> &'a wgpu::BindGroup {
        self.0.bind_group()
    }

    /// Returns the WGSL that declares `pixmap_sample_page`, for the bind group at this index.
    pub(crate) fn wgsl(self, group: u32) -> String {
        self.0.wgsl(group)
    }

    /// Returns whether texels are one channel, in red.
    pub(crate) fn are_masks(self) -> bool {
        self.0.plan.pixels == PixelFormat::R8
    }

    /// Returns whether sampling gives linear values.
    pub(crate) fn are_linear(self) -> bool {
        self.0.plan.format.is_srgb()
    }

    /// Returns a committed page as the WGSL takes it: texture in the upper 16 bits, layer in the lower ones.
    pub(crate) fn place_of(self, page: PageIndex) -> u32 {
        self.0.place_of(page)
    }
}
