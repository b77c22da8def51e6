//! The pages' array textures: committed whole, never regrown.
//!
//! Growing one array would need the old and the new at once, so the budget couldn't be strict; four arrays of growing
//! size need no copy. Textures are dropped, never destroyed: a recorded pass may still hold them.

use std::ops::Range;

use super::scope::{self, DeviceFault};
use crate::error::CreateError;
use crate::layout::{PageIndex, Region};
use crate::plan::{self, AtlasPlan};

/// One array texture, and the pages that are its layers.
struct Array {
    pages: Range<u32>,
    texture: wgpu::Texture,
}

pub(super) struct Textures {
    format: wgpu::TextureFormat,
    page_side: u32,
    page_bytes: u64,
    /// One per binding; no two have a page in common.
    arrays: Vec<Option<Array>>,
    /// Bound where no array is, so that a pass with an older bind group draws transparent.
    placeholder: wgpu::Texture,
}

impl Textures {
    pub(super) fn new(device: &wgpu::Device, plan: &AtlasPlan) -> Result<Self, CreateError> {
        let extent = wgpu::Extent3d {
            width: plan::PLACEHOLDER_ROW_BYTES / plan.pixels.bytes_per_texel(),
            height: plan::PLACEHOLDER_ROWS,
            depth_or_array_layers: plan::PLACEHOLDER_LAYERS,
        };
        let placeholder = create(device, "pixmap-cache placeholder", plan.format, extent);
        Ok(Self {
            format: plan.format,
            page_side: plan.page_side,
            page_bytes: plan.page_bytes(),
            arrays: (0..plan.arrays).map(|_| None).collect(),
            placeholder: placeholder.map_err(|fault| fault.for_bytes(plan::PLACEHOLDER_BYTES))?,
        })
    }

    pub(super) fn committed_pages(&self) -> u32 {
        self.ranges().map(|pages| pages.len() as u32).sum()
    }

    /// Bindings that have no texture.
    pub(super) fn free_arrays(&self) -> u32 {
        self.arrays.iter().filter(|array| array.is_none()).count() as u32
    }

    /// The pages of each texture.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.arrays.iter().flatten().map(|array| array.pages.clone())
    }

    /// Creates a texture of `layers` pages in a free binding.
    pub(super) fn commit(&mut self, device: &wgpu::Device, layers: u32) -> Result<Range<u32>, DeviceFault> {
        let pages = self.unused_pages(layers);
        self.commit_pages(device, pages.clone())?;
        Ok(pages)
    }

    /// Creates a texture for pages that no texture has, in a free binding.
    pub(super) fn commit_pages(
        &mut self,
        device: &wgpu::Device,
        pages: Range<u32>,
    ) -> Result<(), DeviceFault> {
        let layers = pages.len() as u32;
        let texture = create(
            device,
            PAGES_LABEL,
            self.format,
            layers_of(self.page_side, layers),
        )?;
        let free = self.arrays.iter_mut().find(|array| array.is_none());
        *free.expect("BUG: no binding is free") = Some(Array { pages, texture });
        Ok(())
    }

    /// The lowest `layers` page numbers in a row that no texture has.
    fn unused_pages(&self, layers: u32) -> Range<u32> {
        let overlaps = |start: u32| self.ranges().find(|r| r.start < start + layers && start < r.end);
        let mut start = 0;
        while let Some(taken) = overlaps(start) {
            start = taken.end;
        }
        start..start + layers
    }

    /// Drops the texture of these pages. They are nobody's, and what used them has been submitted.
    pub(super) fn release(&mut self, pages: &Range<u32>) {
        let has_pages = |array: &Option<Array>| array.as_ref().is_some_and(|a| a.pages == *pages);
        let array = self.arrays.iter_mut().find(|array| has_pages(array));
        *array.expect("BUG: released a texture twice") = None;
    }

    /// Puts a texture of `layers` layers in place of the one of `pages`, with the texels of the layers that both have.
    /// For the time of the copy there are both.
    pub(super) fn swap(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        pages: &Range<u32>,
        layers: u32,
    ) -> Result<(Range<u32>, wgpu::Texture), DeviceFault> {
        let new = create(
            device,
            PAGES_LABEL,
            self.format,
            layers_of(self.page_side, layers),
        )?;
        let mut arrays = self.arrays.iter_mut().flatten();
        let array = arrays.find(|array| array.pages == *pages);
        let array = array.expect("BUG: swapped a texture that isn't there");
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
            label: Some("pixmap-cache swap"),
        });
        let extent = layers_of(self.page_side, layers.min(pages.len() as u32));
        encoder.copy_texture_to_texture(array.texture.as_image_copy(), new.as_image_copy(), extent);
        queue.submit([encoder.finish()]);
        let old = std::mem::replace(&mut array.texture, new);
        array.pages.end = array.pages.start + layers;
        Ok((array.pages.clone(), old))
    }

    /// Undoes a swap.
    pub(super) fn put_back(&mut self, swapped: &Range<u32>, pages: &Range<u32>, old: wgpu::Texture) {
        let mut arrays = self.arrays.iter_mut().flatten();
        let array = arrays.find(|array| array.pages == *swapped);
        let array = array.expect("BUG: put back what wasn't swapped");
        array.texture = old;
        array.pages = pages.clone();
    }

    /// Index of the array texture and of the layer in it.
    pub(super) fn layer_of(&self, page: PageIndex) -> (usize, u32) {
        let holds = |array: &Option<Array>| array.as_ref().is_some_and(|a| a.pages.contains(&page.0));
        let index = self
            .arrays
            .iter()
            .position(holds)
            .expect("BUG: a page without a texture");
        let first = self.arrays[index].as_ref().map_or(0, |array| array.pages.start);
        (index, page.0 - first)
    }

    fn texture(&self, index: usize) -> Option<&wgpu::Texture> {
        Some(&self.arrays[index].as_ref()?.texture)
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
            let texture = array.as_ref().map_or(&self.placeholder, |array| &array.texture);
            texture.create_view(&wgpu::TextureViewDescriptor {
                label: Some(PAGES_LABEL),
                dimension: Some(wgpu::TextureViewDimension::D2Array),
                ..Default::default()
            })
        })
    }

    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.committed_pages()) * self.page_bytes + plan::PLACEHOLDER_BYTES
    }
}

const PAGES_LABEL: &str = "pixmap-cache pages";

fn layers_of(side: u32, layers: u32) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: side,
        height: side,
        depth_or_array_layers: layers,
    }
}

fn create(
    device: &wgpu::Device,
    label: &str,
    format: wgpu::TextureFormat,
    extent: wgpu::Extent3d,
) -> Result<wgpu::Texture, DeviceFault> {
    scope::guarded(device, || {
        device.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: extent,
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
