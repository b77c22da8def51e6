//! The atlas on the GPU: carries out what the layout has decided. The only caller of wgpu that does work.
//!
//! Moves, uploads and table rows go, in order, into one encoder of its own per flush, since `queue.write_texture`
//! would run before every copy of the same submission. Invariant: page textures and table never exceed the budget.

mod binding;
mod move_plan;
mod moves;
mod read_back;
mod region_table;
mod runs;
mod scope;
mod scratch;
mod staging;
mod staging_pool;
#[cfg(test)]
mod tests;
mod textures;
mod upload;
mod wgsl;

use std::ops::Range;

use self::binding::Binding;
pub(crate) use self::read_back::Reading;
use self::region_table::RegionTable;
pub(crate) use self::scope::DeviceFault;
#[cfg(feature = "overlay")]
pub(crate) use self::scope::guarded;
use self::textures::Textures;
use self::upload::Uploads;
use crate::error::{CreateError, InsertError, PrefixError, ReadBackError};
use crate::geometry::Size;
use crate::layout::{Footing, Op, PageIndex, Region};
use crate::pixmap::{Pixmap, PixmapBuf};
use crate::plan::AtlasPlan;

/// Page textures, region table and bind group of one cache, and the work not yet submitted.
pub(crate) struct Atlas {
    device: wgpu::Device,
    queue: wgpu::Queue,
    plan: AtlasPlan,
    textures: Textures,
    table: RegionTable,
    uploads: Uploads,
    binding: Binding,
    submissions: u64,
    /// Tests make the device run out of memory: noop devices never do, and real ones take their time.
    #[cfg(test)]
    pub(crate) commits_to_fail: u32,
}

impl Atlas {
    pub(crate) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        plan: AtlasPlan,
    ) -> Result<Self, CreateError> {
        let mut textures = Textures::new(device, &plan)?;
        if plan.upfront {
            while let Some(layers) = plan.next_layers(textures.committed_pages(), textures.free_arrays()) {
                let bytes = u64::from(layers) * plan.page_bytes();
                textures
                    .commit(device, layers)
                    .map_err(|fault| fault.for_bytes(bytes))?;
            }
        }
        let table = RegionTable::new(device, &plan)?;
        let binding = scope::guarded(device, || Binding::new(device, &plan, table.texture(), &textures))?;
        Ok(Self {
            device: device.clone(),
            queue: queue.clone(),
            uploads: Uploads::new(device, &plan),
            plan,
            textures,
            table,
            binding,
            submissions: 0,
            #[cfg(test)]
            commits_to_fail: 0,
        })
    }

    /// The same pages on another device, without their texels, an empty table, and nothing staged.
    pub(crate) fn again(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        lost: &Atlas,
    ) -> Result<Self, CreateError> {
        let plan = AtlasPlan {
            upfront: false,
            most_layers: device.limits().max_texture_array_layers,
            ..lost.plan.clone()
        };
        plan.check_limits(&device.limits())?;
        let mut atlas = Self::new(device, queue, plan)?;
        for pages in lost.ranges() {
            let bytes = pages.len() as u64 * lost.plan.page_bytes();
            let committed = atlas.textures.commit_pages(device, pages);
            committed.map_err(|fault| fault.for_bytes(bytes))?;
        }
        atlas.plan.upfront = lost.plan.upfront;
        atlas.submissions = lost.submissions;
        atlas.rebind()?;
        Ok(atlas)
    }

    /// The pages that have a texture, one range per texture.
    pub(crate) fn ranges(&self) -> Vec<Range<u32>> {
        self.textures.ranges().collect()
    }

    /// How many pages have a texture.
    pub(crate) fn committed_pages(&self) -> u32 {
        self.textures.committed_pages()
    }

    /// Pages there will be when every texture to come is committed.
    pub(crate) fn reachable_pages(&self) -> u32 {
        let textures = &self.textures;
        self.plan
            .reachable_pages(textures.committed_pages(), textures.free_arrays())
    }

    /// Layers of the next texture, if budget and bindings leave room for one.
    pub(crate) fn next_layers(&self) -> Option<u32> {
        let textures = &self.textures;
        self.plan
            .next_layers(textures.committed_pages(), textures.free_arrays())
    }

    /// Creates a texture and answers its pages. The bind group is another one afterwards.
    pub(crate) fn commit(&mut self, layers: u32) -> Result<Range<u32>, DeviceFault> {
        #[cfg(test)]
        self.fail_if_told()?;
        let pages = self.textures.commit(&self.device, layers)?;
        self.rebind().inspect_err(|_| self.textures.release(&pages))?;
        Ok(pages)
    }

    #[cfg(test)]
    fn fail_if_told(&mut self) -> Result<(), DeviceFault> {
        let told = self.commits_to_fail > 0;
        self.commits_to_fail -= u32::from(told);
        if told {
            Err(DeviceFault::OutOfMemory)
        } else {
            Ok(())
        }
    }

    /// Drops the texture of these pages, which the layout has given up. The bind group is another one afterwards. False,
    /// and nothing has changed, when what still needs the texture can't be submitted.
    #[must_use]
    pub(crate) fn release(&mut self, pages: &Range<u32>) -> bool {
        if !self.flush() {
            return false;
        }
        self.textures.release(pages);
        // Without memory for a bind group the old one stays, and its texture with it until the next change.
        let _ = self.rebind();
        true
    }

    /// Puts a texture of other layers in place of the one of `pages`. While it copies there are both. An error leaves
    /// the old texture.
    pub(crate) fn swap(&mut self, pages: &Range<u32>, layers: u32) -> Result<Range<u32>, DeviceFault> {
        #[cfg(test)]
        self.fail_if_told()?;
        if !self.flush() {
            return Err(DeviceFault::OutOfMemory);
        }
        let (swapped, old) = self.textures.swap(&self.device, &self.queue, pages, layers)?;
        if let Err(fault) = self.rebind() {
            self.textures.put_back(&swapped, pages, old);
            return Err(fault);
        }
        Ok(swapped)
    }

    fn rebind(&mut self) -> Result<(), DeviceFault> {
        let (binding, textures, table) = (&mut self.binding, &self.textures, self.table.texture());
        scope::guarded(&self.device, || binding.rebind(&self.device, table, textures))
    }

    pub(crate) fn set_budget(&mut self, budget_bytes: u64) {
        self.plan.budget_bytes = budget_bytes;
        self.uploads.set_limits(&self.plan);
    }

    /// Takes up one step of the layout. Pixels of a placed entry come by [`Atlas::stage`].
    pub(crate) fn apply(&mut self, op: Op) {
        match op {
            Op::Place { key, region, .. } => self.table.set(key.id(), self.place_of(region.page), region),
            Op::Rebuild { moves, .. } => self.uploads.push_rebuild(moves),
            Op::Move { key, from, to } => {
                self.move_texels(from, to);
                self.table.set(key.id(), self.place_of(to.page), to);
            }
            Op::Evict { key, .. } | Op::Forget { key, .. } => self.table.clear(key.id()),
        }
    }

    /// Takes up a move of an entry that keeps no row in the table.
    pub(crate) fn move_texels(&mut self, from: Region, to: Region) {
        self.uploads.push_move(from, to);
    }

    /// Texture and layer of a committed page, as the shader reads them.
    pub(crate) fn place_of(&self, page: PageIndex) -> u32 {
        let (texture, layer) = self.textures.layer_of(page);
        (texture as u32) << 16 | layer
    }

    /// Makes sure that a pixmap of this size can be staged.
    pub(crate) fn reserve(&mut self, size: Size) -> Result<(), InsertError> {
        let reserved = self.uploads.reserve(size);
        // What waits for a flush may be what there is no memory beside.
        if reserved.is_err() && self.staged_bytes() > 0 && self.flush() {
            return self.uploads.reserve(size);
        }
        reserved
    }

    /// Copies pixels into mapped memory; the next flush writes them to `region`.
    pub(crate) fn stage(&mut self, region: Region, footing: Footing, pixmap: &Pixmap<'_>) {
        self.uploads.stage(region, footing, pixmap);
    }

    /// Bytes of mapped memory that wait for a flush.
    pub(crate) fn staged_bytes(&self) -> u64 {
        self.uploads.staged_bytes()
    }

    /// Bytes of all staging buffers: filling, with the GPU, and free.
    pub(crate) fn staging_bytes(&self) -> u64 {
        self.uploads.held_bytes()
    }

    /// Submits everything taken up since the last flush; nothing when there is nothing. False when there was no memory
    /// for moves or the table's rows: then everything waits for the next flush.
    pub(crate) fn flush(&mut self) -> bool {
        if self.uploads.is_empty() && !self.table.is_dirty() {
            return true;
        }
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("pixmap-cache flush"),
            });
        // Without memory for moves or for the table's rows nothing goes, and what waits stays for the next flush. Nobody
        // draws between table and pages, so that their order is free.
        if !self.uploads.prepare() || !self.table.encode(self.uploads.staging(), &mut encoder) {
            return false;
        }
        self.uploads.encode(&self.textures, &mut encoder);
        self.uploads.finish(&encoder);
        self.queue.submit([encoder.finish()]);
        self.submissions += 1;
        true
    }

    pub(crate) fn read(&mut self, region: Region) -> Result<PixmapBuf, ReadBackError> {
        let reading = self.start_reading(region)?;
        reading.wait()
    }

    /// Flushes, and submits a copy of what is at `region` then.
    pub(crate) fn start_reading(&mut self, region: Region) -> Result<Reading, ReadBackError> {
        if !self.flush() {
            return Err(ReadBackError::Device);
        }
        let source = read_back::Source {
            texels: self.textures.copy_target(region),
            size: region.rect.size(),
            format: self.plan.pixels,
        };
        Reading::start(&self.device, &self.queue, &source)
    }

    pub(crate) fn plan(&self) -> &AtlasPlan {
        &self.plan
    }

    /// Bytes of page textures, region table and placeholder: all the video memory that is held.
    pub(crate) fn vram_bytes(&self) -> u64 {
        self.textures.bytes() + self.table.bytes()
    }

    pub(crate) fn submissions(&self) -> u64 {
        self.submissions
    }

    pub(crate) fn bind_group_layout(&self) -> &wgpu::BindGroupLayout {
        self.binding.layout()
    }

    pub(crate) fn bind_group(&self) -> &wgpu::BindGroup {
        self.binding.group()
    }

    /// Whether texels are one channel, in red.
    #[cfg(feature = "overlay")]
    pub(crate) fn holds_masks(&self) -> bool {
        self.plan.pixels == crate::pixmap::PixelFormat::R8
    }

    /// Whether sampling gives linear values.
    #[cfg(feature = "overlay")]
    pub(crate) fn samples_linear(&self) -> bool {
        self.plan.format.is_srgb()
    }

    pub(crate) fn wgsl(&self, group: u32) -> String {
        wgsl::wgsl(group, &self.plan)
    }

    pub(crate) fn wgsl_prefixed(&self, group: u32, prefix: &str) -> Result<String, PrefixError> {
        wgsl::rename(&self.wgsl(group), prefix)
    }
}
