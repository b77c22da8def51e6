//! The pages' array textures: committed whole, never regrown.
//!
//! Growing one array would need the old and the new at once, so the budget couldn't be strict; four arrays of growing
//! size need no copy. Textures are dropped, never destroyed: a recorded pass may still hold them.

use std::ops::Range;

use super::scope::{self, DeviceFault};
use crate::descriptor::{self, AtlasPlan};
use crate::error::CreateError;
use crate::layout::{PageIndex, Region};

/// One array texture of the plan, and the pages that are its layers.
struct Array {
    pages: Range<u32>,
    texture: Option<wgpu::Texture>,
}

pub(super) struct Textures {
    format: wgpu::TextureFormat,
    page_side: u32,
    page_bytes: u64,
    /// Sorted by pages; together they are `0..max_pages`. The committed ones come first.
    arrays: Vec<Array>,
    /// Bound where an array isn't committed, so that a pass with an older bind group draws transparent. Upfront needs
    /// none.
    placeholder: Option<wgpu::Texture>,
    placeholder_bytes: u64,
}

impl Textures {
    pub(super) fn new(device: &wgpu::Device, plan: &AtlasPlan) -> Result<Self, CreateError> {
        let mut next_page = 0;
        let array = |&layers: &u32| {
            let pages = next_page..next_page + layers;
            next_page = pages.end;
            Array { pages, texture: None }
        };
        let arrays = plan.layers.iter().map(array).collect();
        let placeholder_bytes = descriptor::placeholder_bytes(plan.pixels);
        let placeholder = match plan.upfront {
            true => None,
            false => {
                let made = create(device, "pixmap-cache placeholder", plan.format, (1, 2));
                Some(made.map_err(|fault| fault.for_bytes(placeholder_bytes))?)
            }
        };
        Ok(Self {
            format: plan.format,
            page_side: plan.page_side,
            page_bytes: plan.page_bytes(),
            arrays,
            placeholder,
            placeholder_bytes,
        })
    }

    pub(super) fn uncommitted(&self) -> Option<Range<u32>> {
        let array = self.arrays.iter().find(|array| array.texture.is_none())?;
        Some(array.pages.clone())
    }

    pub(super) fn committed_pages(&self) -> u32 {
        let committed = self.arrays.iter().filter(|array| array.texture.is_some());
        committed.map(|array| array.pages.len() as u32).sum()
    }

    /// Creates the next array's texture.
    pub(super) fn commit(&mut self, device: &wgpu::Device) -> Result<(), CommitFault> {
        let (format, side) = (self.format, self.page_side);
        let Some(array) = self.arrays.iter_mut().find(|array| array.texture.is_none()) else {
            return Ok(());
        };
        let layers = array.pages.len() as u32;
        let made = create(device, "pixmap-cache pages", format, (side, layers));
        array.texture = Some(made.map_err(|fault| CommitFault {
            fault,
            bytes: u64::from(layers) * self.page_bytes,
        })?);
        Ok(())
    }

    /// Index of the array texture and of the layer in it.
    pub(super) fn layer_of(&self, page: PageIndex) -> (usize, u32) {
        let index = self.arrays.partition_point(|array| array.pages.end <= page.0);
        (index, page.0 - self.arrays[index].pages.start)
    }

    pub(super) fn texture(&self, index: usize) -> Option<&wgpu::Texture> {
        self.arrays[index].texture.as_ref()
    }

    /// A region as source or target of a copy.
    pub(super) fn copy_target(&self, region: Region) -> wgpu::TexelCopyTextureInfo<'_> {
        let (index, layer) = self.layer_of(region.page);
        wgpu::TexelCopyTextureInfo {
            texture: self.texture(index).expect("BUG: a region without a texture"),
            mip_level: 0,
            origin: wgpu::Origin3d {
                x: region.rect.x,
                y: region.rect.y,
                z: layer,
            },
            aspect: wgpu::TextureAspect::All,
        }
    }

    /// A view of all layers of each array: GL can sample no other.
    pub(super) fn views(&self) -> impl Iterator<Item = wgpu::TextureView> + '_ {
        self.arrays.iter().map(|array| {
            let texture = array.texture.as_ref().or(self.placeholder.as_ref());
            texture
                .expect("BUG: neither a texture nor a placeholder")
                .create_view(&wgpu::TextureViewDescriptor {
                    label: Some("pixmap-cache pages"),
                    dimension: Some(wgpu::TextureViewDimension::D2Array),
                    ..Default::default()
                })
        })
    }

    pub(super) fn bytes(&self) -> u64 {
        let placeholder = self.placeholder.as_ref().map_or(0, |_| self.placeholder_bytes);
        u64::from(self.committed_pages()) * self.page_bytes + placeholder
    }
}

/// A texture that couldn't be committed.
pub(crate) struct CommitFault {
    fault: DeviceFault,
    bytes: u64,
}

impl From<CommitFault> for CreateError {
    fn from(fault: CommitFault) -> Self {
        fault.fault.for_bytes(fault.bytes)
    }
}

impl From<CommitFault> for DeviceFault {
    fn from(fault: CommitFault) -> Self {
        fault.fault
    }
}

/// An array texture of `extent`: side and layers.
fn create(
    device: &wgpu::Device,
    label: &str,
    format: wgpu::TextureFormat,
    extent: (u32, u32),
) -> Result<wgpu::Texture, DeviceFault> {
    let (side, layers) = extent;
    scope::guarded(device, || {
        device.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: wgpu::Extent3d {
                width: side,
                height: side,
                depth_or_array_layers: layers,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_DST
                | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        })
    })
}
