//! The array textures of the pages, and which page is which layer of which texture.
//!
//! Textures are committed and released whole: several arrays of growing size need no copy to grow. They are dropped and not
//! destroyed, since a recorded pass may still hold them; see `give_back`. Invariant: `bytes` counts each texture until the device has its
//! memory back.

use super::device::{Device, Subject};
use super::label::Label;
use super::plan::{AtlasPlan, placeholder};
use super::released::ReleasedTextures;
use super::scope::DeviceFault;
use crate::error::CreateError;
use crate::layout::{PageIndex, Region};

/// One array texture. `pages[layer]` is the page of a layer.
pub(super) struct Array {
    pub(super) texture: wgpu::Texture,
    pub(super) pages: Vec<u32>,
}

/// Where a page is: index of the array texture, and layer.
type Place = (usize, u32);

pub(super) struct Textures {
    device: Device,
    label: Label,
    /// Page textures created so far, for their labels.
    created: u32,
    format: wgpu::TextureFormat,
    page_side: u32,
    page_bytes: u64,
    /// One per binding; no two have a page in common.
    arrays: Vec<Option<Array>>,
    /// By page; agrees with `arrays`.
    places: Vec<Option<Place>>,
    released: ReleasedTextures,
    /// Takes bindings without an array, so that a pass with an older bind group draws transparent.
    placeholder: wgpu::Texture,
}

impl Textures {
    pub(super) fn new(device: &Device, plan: &AtlasPlan) -> Result<Self, CreateError> {
        let extent = placeholder::extent(plan.pixels.bytes_per_texel());
        let make = || create(device, (&plan.label, "placeholder"), (plan.format, extent));
        let texture = device.checked(make, |_| Subject::Essential(placeholder::BYTES));
        Ok(Self {
            device: device.clone(),
            label: plan.label.clone(),
            created: 0,
            format: plan.format,
            page_side: plan.page_side,
            page_bytes: plan.page_bytes(),
            arrays: (0..plan.arrays.count).map(|_| None).collect(),
            places: Vec::new(),
            released: ReleasedTextures::default(),
            placeholder: texture.map_err(|fault| fault.for_bytes(placeholder::BYTES))?,
        })
    }

    /// Pages that have a texture.
    pub(super) fn committed_pages(&self) -> u32 {
        self.page_lists().map(|pages| pages.len() as u32).sum()
    }

    /// Layers of released textures that the GPU may still use.
    pub(super) fn released_layers(&self) -> u32 {
        self.released.layers()
    }

    /// Bindings that have no texture.
    pub(super) fn free_arrays(&self) -> u32 {
        self.arrays.iter().filter(|array| array.is_none()).count() as u32
    }

    /// The pages of each texture, by layer.
    pub(super) fn page_lists(&self) -> impl Iterator<Item = &[u32]> {
        self.arrays.iter().flatten().map(|array| array.pages.as_slice())
    }

    /// Creates a texture of `layers` pages that no binding has yet.
    pub(super) fn create(&mut self, layers: u32) -> Result<wgpu::Texture, DeviceFault> {
        let object = format!("pages {}", self.created);
        let extent = layers_of(self.page_side, layers);
        let make = || create(&self.device, (&self.label, &object), (self.format, extent));
        let subject = |texture: &wgpu::Texture| Subject::Pages(texture.clone());
        let texture = self.device.checked(make, subject)?;
        self.created += 1;
        Ok(texture)
    }

    /// Binds a texture to a free binding, for the lowest pages that no texture has.
    pub(super) fn bind(&mut self, texture: wgpu::Texture) -> Vec<u32> {
        let pages = self.pages_for(Vec::new(), &texture);
        self.bind_pages(texture, pages.clone());
        pages
    }

    /// Binds a texture to a free binding, for pages that no texture has.
    pub(super) fn bind_pages(&mut self, texture: wgpu::Texture, pages: Vec<u32>) {
        let free = self.arrays.iter().position(Option::is_none);
        self.put(free.expect("BUG: no binding is free"), Array { texture, pages });
    }

    /// Pages for each layer of a texture: `pages` first, then the lowest that no texture has.
    pub(super) fn pages_for(&self, mut pages: Vec<u32>, texture: &wgpu::Texture) -> Vec<u32> {
        let layers = texture.depth_or_array_layers() as usize;
        pages.truncate(layers);
        let has_none = |page: &u32| self.places.get(*page as usize).is_none_or(Option::is_none);
        let more = layers - pages.len();
        let kept = pages.clone();
        let unused = (0..).filter(has_none).filter(|page| !kept.contains(page));
        pages.extend(unused.take(more));
        pages
    }

    pub(super) fn put(&mut self, index: usize, array: Array) {
        for (layer, page) in (0..).zip(&array.pages) {
            let page = *page as usize;
            if self.places.len() <= page {
                self.places.resize(page + 1, None);
            }
            self.places[page] = Some((index, layer));
        }
        let before = self.arrays[index].replace(array);
        debug_assert!(before.is_none(), "BUG: a binding taken twice");
    }

    pub(super) fn take(&mut self, index: usize) -> Array {
        let array = self.arrays[index].take().expect("BUG: released a texture twice");
        for page in &array.pages {
            self.places[*page as usize] = None;
        }
        array
    }

    /// Pages of a texture, if a binding has it.
    pub(super) fn pages_of(&self, texture: &wgpu::Texture) -> Option<Vec<u32>> {
        let array = self
            .arrays
            .iter()
            .flatten()
            .find(|array| array.texture == *texture);
        array.map(|array| array.pages.clone())
    }

    /// Binding of the texture that has these pages.
    pub(super) fn index_of(&self, pages: &[u32]) -> usize {
        let has_pages = |array: &Option<Array>| array.as_ref().is_some_and(|a| a.pages == *pages);
        let index = self.arrays.iter().position(has_pages);
        index.expect("BUG: no texture has these pages")
    }

    /// Takes the texture of these pages from its binding; it is dropped once the GPU is done with it.
    pub(super) fn release(&mut self, pages: &[u32]) {
        let array = self.take(self.index_of(pages));
        self.released.push(array.texture);
    }

    pub(super) fn released(&mut self) -> &mut ReleasedTextures {
        &mut self.released
    }

    /// Index of a page's array texture, and its layer.
    pub(super) fn layer_of(&self, page: PageIndex) -> (usize, u32) {
        let place = self.places.get(page.0 as usize).copied().flatten();
        place.expect("BUG: a page without a texture")
    }

    pub(super) fn array(&self, index: usize) -> Option<&Array> {
        self.arrays[index].as_ref()
    }

    /// A region as source or target of a copy.
    pub(super) fn copy_target(&self, region: Region) -> wgpu::TexelCopyTextureInfo<'_> {
        let (index, layer) = self.layer_of(region.page);
        wgpu::TexelCopyTextureInfo {
            texture: &self
                .array(index)
                .expect("BUG: a region without a texture")
                .texture,
            mip_level: 0,
            origin: wgpu::Origin3d {
                x: region.rect.x,
                y: region.rect.y,
                z: layer,
            },
            aspect: wgpu::TextureAspect::All,
        }
    }

    /// The texture of each binding: the placeholder where no array is.
    pub(super) fn to_bind(&self) -> impl Iterator<Item = &wgpu::Texture> {
        self.arrays
            .iter()
            .map(|array| array.as_ref().map_or(&self.placeholder, |array| &array.texture))
    }

    /// Bytes of released textures that aren't dropped yet.
    pub(super) fn releasing_bytes(&self) -> u64 {
        u64::from(self.released_layers()) * self.page_bytes
    }

    /// Bytes of all textures: bound, released, placeholder.
    pub(super) fn bytes(&self) -> u64 {
        let bound = u64::from(self.committed_pages()) * self.page_bytes;
        bound + self.releasing_bytes() + placeholder::BYTES
    }
}

fn layers_of(side: u32, layers: u32) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: side,
        height: side,
        depth_or_array_layers: layers,
    }
}

fn create(
    device: &wgpu::Device,
    (label, object): (&Label, &str),
    (format, extent): (wgpu::TextureFormat, wgpu::Extent3d),
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(&label.of(object)),
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
}

/// Gives back a texture that no pass uses any more, neither recorded nor submitted. A browser would keep the memory of a
/// texture that is only dropped, until its collector runs.
pub(super) fn give_back(texture: wgpu::Texture) {
    if cfg!(target_arch = "wasm32") {
        texture.destroy();
    }
}
