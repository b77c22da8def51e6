//! The atlas on the GPU: carries out what the layout has decided. Makes no decisions about entries.
//!
//! `Atlas` orders the work; each part of it has its own file. A flush records everything in one encoder, since
//! `queue.write_texture` would run before every copy of the same submission: table rows first, then moves and uploads in
//! the layout's order. Invariant: page textures and table never exceed the budget, counting released textures that the
//! GPU still uses. What exceeds a smaller budget only shrinks.

mod binding;
mod bound_textures;
mod device;
mod directories;
mod fence;
mod kept_layers;
mod label;
mod move_plan;
mod moves;
#[cfg(feature = "overlay")]
mod page_texels;
pub(crate) mod plan;
mod read_back;
mod region_table;
mod released;
mod rows;
mod runs;
mod scope;
mod scratch;
mod staging;
mod staging_pool;
mod swap;
#[cfg(test)]
mod tests;
mod texture_copy;
mod textures;
mod upload;
mod verdicts;
mod wgsl;

use self::binding::Binding;
use self::bound_textures::BoundTextures;
#[cfg(test)]
pub(crate) use self::bound_textures::Faults;
use self::device::Device;
pub(crate) use self::device::{Owed, Refusal, Subject};
#[cfg(feature = "overlay")]
pub(crate) use self::page_texels::PageTexels;
use self::plan::AtlasPlan;
pub(crate) use self::read_back::Reading;
use self::region_table::{Place, RegionTable};
pub(crate) use self::scope::DeviceFault;
#[cfg(feature = "overlay")]
pub(crate) use self::scope::with_error_scope;
use self::staging::Staging;
use self::swap::Swap;
pub(crate) use self::swap::{SwapFault, Swapped};
pub(crate) use self::texture_copy::TextureCopy;
use self::textures::Textures;
use self::upload::{Placed, Uploads};
use crate::error::{CreateError, InsertError, PrefixError, ReadBackError};
use crate::layout::{Footprint, Op, PageIndex, Placement, Region};
use crate::pixmap::Pixmap;

/// The page textures, region table and bind group of a cache, and the work not yet submitted.
pub(crate) struct Atlas {
    device: Device,
    queue: wgpu::Queue,
    plan: AtlasPlan,
    bound: BoundTextures,
    table: RegionTable,
    uploads: Uploads,
    /// Mapped memory for pixels and table rows.
    staging: Staging,
    submissions: u64,
}

impl Atlas {
    pub(crate) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        plan: AtlasPlan,
    ) -> Result<Self, CreateError> {
        let device = Device::new(device);
        let mut textures = Textures::new(&device, &plan)?;
        if plan.is_upfront() {
            while let Some(layers) = plan.next_layers(textures.committed_pages(), textures.free_arrays()) {
                let bytes = u64::from(layers) * plan.page_bytes();
                let texture = textures.create(layers);
                textures.bind(texture.map_err(|fault| fault.for_bytes(bytes))?);
            }
        }
        Self::with_textures((&device, queue), plan, textures)
    }

    /// An atlas with the pages of `lost` on another device: without their texels, with an empty table, and with nothing
    /// staged.
    pub(crate) fn recreate(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        lost: &Atlas,
    ) -> Result<Self, CreateError> {
        let plan = lost.plan.on_device(device)?;
        let device = Device::new(device);
        let mut textures = Textures::new(&device, &plan)?;
        for pages in lost.page_lists() {
            let bytes = pages.len() as u64 * plan.page_bytes();
            let texture = textures.create(pages.len() as u32);
            textures.bind_pages(texture.map_err(|fault| fault.for_bytes(bytes))?, pages);
        }
        Ok(Self {
            submissions: lost.submissions,
            ..Self::with_textures((&device, queue), plan, textures)?
        })
    }

    fn with_textures(
        (device, queue): (&Device, &wgpu::Queue),
        plan: AtlasPlan,
        textures: Textures,
    ) -> Result<Self, CreateError> {
        let table = RegionTable::new(device, &plan)?;
        let create = || Binding::new(device, &plan, table.texture());
        let binding = device.checked(create, |_| Subject::Essential(0))?;
        Ok(Self {
            device: device.clone(),
            queue: queue.clone(),
            bound: BoundTextures::new((device, queue), textures, binding)?,
            table,
            uploads: Uploads::new(device, &plan),
            staging: Staging::new(device, &plan),
            plan,
            submissions: 0,
        })
    }

    /// The pages that have a texture, one list per texture, by layer.
    pub(crate) fn page_lists(&self) -> Vec<Vec<u32>> {
        let lists = self.bound.textures().page_lists();
        lists.map(<[u32]>::to_vec).collect()
    }

    /// How many pages have a texture.
    pub(crate) fn committed_pages(&self) -> u32 {
        self.bound.textures().committed_pages()
    }

    /// Pages there will be when every remaining texture is committed, and those beyond a smaller budget have gone.
    pub(crate) fn reachable_pages(&self) -> u32 {
        let textures = self.bound.textures();
        let layers = textures.page_lists().map(|pages| pages.len() as u32);
        let reachable = self
            .plan
            .reachable_pages(layers.collect(), textures.free_arrays());
        reachable.min(self.plan.max_pages())
    }

    /// Layers of the next texture, if budget and bindings leave room for one.
    pub(crate) fn next_layers(&self) -> Option<u32> {
        let textures = self.bound.textures();
        self.plan
            .next_layers(textures.committed_pages(), textures.free_arrays())
    }

    pub(crate) fn set_budget(&mut self, budget_bytes: u64) {
        self.plan.budget_bytes = budget_bytes;
        self.staging.set_limits(&self.plan);
    }

    /// Binds a texture of about `layers` pages and returns its pages, whose texels are undefined. The bind group is
    /// replaced. `None` when there is no room before the GPU is done with what a smaller budget has released.
    pub(crate) fn commit(&mut self, layers: u32) -> Result<Option<Vec<u32>>, DeviceFault> {
        let pages = self.bound.commit(layers, self.plan.max_pages())?;
        // What was staged before needs no texture that may be refused yet: it goes by itself.
        if self.device.owed().is_any() {
            self.flush();
        }
        Ok(pages)
    }

    /// Unbinds the texture of these pages, which the layout has given up, and drops it once the GPU is done with it. The
    /// bind group is replaced. False, and nothing has changed, when what still needs the texture can't be submitted.
    #[must_use]
    pub(crate) fn release(&mut self, pages: &[u32]) -> bool {
        if !self.flush() {
            return false;
        }
        self.bound.release(pages);
        true
    }

    /// Drops what was released and is no longer used. Never waits. Passes recorded before must have been submitted.
    pub(crate) fn collect_released(&mut self) {
        self.bound.collect_released();
    }

    /// Waits until the GPU is done with everything submitted, and drops what was released. Passes recorded before must
    /// have been submitted.
    pub(crate) fn wait_for_released(&mut self) -> Result<(), DeviceFault> {
        self.bound.wait_for_released()
    }

    /// Whether a texture of `layers` layers has to wait for those that were released.
    pub(crate) fn is_in_the_way(&self, layers: u32) -> bool {
        self.bound.textures().released_layers() > 0 && self.free_pages() < layers
    }

    fn free_pages(&self) -> u32 {
        self.bound.free_pages(self.plan.max_pages())
    }

    /// The texture that makes way for a larger one when every binding is in use, and the layers of the larger one, if
    /// budget and released textures leave room for both.
    pub(crate) fn next_swap(&self) -> Option<(Vec<u32>, u32)> {
        let textures = self.bound.textures();
        if textures.free_arrays() > 0 {
            return None;
        }
        let smallest = textures.page_lists().min_by_key(|pages| pages.len())?;
        let arrays = self.plan.arrays;
        let layers = arrays.swapped_layers(smallest.len() as u32, self.free_pages())?;
        Some((smallest.to_vec(), layers))
    }

    /// Puts a texture of `layers` layers in place of the one of `pages`. Its pages are the first of those, and others that
    /// no texture had. The bind group is replaced; passes recorded with the old one must have been submitted. Waits for
    /// the GPU where the budget doesn't hold both textures.
    ///
    /// When the device has no memory for it, a texture with as many layers as before takes its place.
    pub(crate) fn swap(&mut self, pages: &[u32], layers: u32) -> Result<Swapped, SwapFault> {
        if !self.flush() {
            let words = "no staging memory for what waits for a flush".into();
            return Err(SwapFault::Kept(DeviceFault::OutOfMemory(words)));
        }
        let has_room = self.free_pages() >= layers;
        let swap = Swap {
            device: &self.device,
            queue: &self.queue,
            label: &self.plan.label,
            index: self.bound.textures().index_of(pages),
            bound: &mut self.bound,
            layers,
        };
        if has_room {
            swap.beside()
        } else {
            swap.through_buffers()
        }
    }

    /// Applies one op of the layout. The pixels of a placed entry are handed to [`Atlas::stage`].
    pub(crate) fn apply(&mut self, op: Op) {
        match op {
            Op::Place {
                key,
                region,
                levels,
                tile,
                ..
            } => {
                let place = Place {
                    page: self.place_of(region.page),
                    rect: region.rect,
                    levels,
                };
                self.table.place(key, tile, place);
            }
            Op::Tile {
                key,
                size,
                levels,
                tiles,
            } => self.table.tile(key, (size, levels), tiles),
            Op::Adopt { key, from } => self.table.adopt(key, from),
            Op::Rebuild { moves, .. } => self.uploads.push_rebuild(moves),
            Op::Move { key, from, to } => {
                self.uploads.push_move(from, to);
                self.table.relocate(key, self.place_of(to.page), to.rect);
            }
            Op::Evict { key, .. } | Op::Remove { key, .. } => self.table.clear(key),
        }
    }

    /// Texture and layer of a committed page, as the shader reads them.
    pub(crate) fn place_of(&self, page: PageIndex) -> u32 {
        let (texture, layer) = self.bound.textures().layer_of(page);
        (texture as u32) << 16 | layer
    }

    /// Makes sure that texels for these regions can be staged.
    pub(crate) fn reserve(&mut self, footprints: &[Footprint]) -> Result<(), InsertError> {
        let reserved = self.uploads.reserve(footprints, &mut self.staging);
        // What waits for a flush may leave no memory for it.
        if reserved.is_err() && self.staged_bytes() > 0 && self.flush() {
            return self.uploads.reserve(footprints, &mut self.staging);
        }
        reserved
    }

    /// Copies pixels into mapped memory; the next flush writes them to `region`.
    pub(crate) fn stage(&mut self, region: Region, placement: Placement, pixmap: &Pixmap<'_>) {
        let placed = Placed {
            region,
            placement,
            pixmap,
        };
        self.uploads.stage(&placed, &mut self.staging);
    }

    /// Bytes of mapped memory that wait for a flush.
    pub(crate) fn staged_bytes(&self) -> u64 {
        self.staging.taken_bytes()
    }

    /// Bytes of all staging buffers (filling, in use by the GPU, and free) and of the scratch memory of moves and swaps.
    pub(crate) fn staging_bytes(&self) -> u64 {
        self.staging.held_bytes() + self.uploads.scratch_bytes() + self.bound.kept_bytes()
    }

    /// Submits all work since the last flush, if there is any. False when there is no memory for moves or the table's
    /// rows: then everything waits for the next flush.
    pub(crate) fn flush(&mut self) -> bool {
        if self.uploads.is_empty() && !self.table.is_dirty() {
            return true;
        }
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some(&self.plan.label.of("flush")),
            });
        // The table first: it may lack memory, and then nothing is recorded. Nothing draws between table and pages, so
        // their order is free.
        if !self.uploads.prepare() || !self.table.encode(&mut self.staging, &mut encoder) {
            return false;
        }
        self.uploads
            .encode(self.bound.textures(), &self.staging, &mut encoder);
        self.staging.finish(&encoder);
        self.queue.submit([encoder.finish()]);
        self.submissions += 1;
        true
    }

    /// Flushes and submits a copy of the texels at `region`.
    pub(crate) fn start_reading(&mut self, region: Region) -> Result<Reading, ReadBackError> {
        if !self.flush() {
            return Err(ReadBackError::Device);
        }
        let source = read_back::Source {
            label: &self.plan.label,
            texels: self.bound.textures().copy_target(region),
            size: region.rect.size(),
            format: self.plan.pixels,
        };
        Reading::start(&self.device, &self.queue, &source)
    }

    pub(crate) fn plan(&self) -> &AtlasPlan {
        &self.plan
    }

    /// Bytes of all video memory held: page textures, region table and placeholder.
    pub(crate) fn vram_bytes(&self) -> u64 {
        self.bound.textures().bytes() + self.table.bytes()
    }

    /// Bytes of `vram_bytes` that are released and that the GPU may still use.
    pub(crate) fn releasing_bytes(&self) -> u64 {
        self.bound.textures().releasing_bytes()
    }

    /// Bytes of `vram_bytes` that aren't released.
    pub(crate) fn bound_bytes(&self) -> u64 {
        self.vram_bytes() - self.releasing_bytes()
    }

    pub(crate) fn submissions(&self) -> u64 {
        self.submissions
    }

    pub(crate) fn bind_group_layout(&self) -> &wgpu::BindGroupLayout {
        self.bound.layout()
    }

    pub(crate) fn bind_group(&self) -> &wgpu::BindGroup {
        self.bound.group()
    }

    #[cfg(test)]
    pub(crate) fn faults(&mut self) -> &mut Faults {
        self.bound.faults()
    }

    pub(crate) fn wgsl(&self, group: u32) -> String {
        wgsl::wgsl(group, &self.plan)
    }

    pub(crate) fn wgsl_prefixed(&self, group: u32, prefix: &str) -> Result<String, PrefixError> {
        wgsl::rename(&self.wgsl(group), prefix)
    }
}
