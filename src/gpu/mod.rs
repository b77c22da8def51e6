//! The atlas on the GPU: carries out what the layout has decided. The only caller of wgpu that does work.
//!
//! Moves, uploads and table rows go, in order, into one encoder of its own per flush, since `queue.write_texture`
//! would run before every copy of the same submission. Invariant: page textures and table never exceed the budget,
//! those that the GPU still uses counted; what a smaller budget left over shrinks, and never grows.

mod binding;
mod commit;
mod fence;
mod kept_layers;
mod move_plan;
mod moves;
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
mod textures;
mod upload;
mod wgsl;

use self::binding::Binding;
use self::kept_layers::KeptLayers;
pub(crate) use self::read_back::Reading;
use self::region_table::RegionTable;
pub(crate) use self::scope::DeviceFault;
#[cfg(feature = "overlay")]
pub(crate) use self::scope::with_error_scope;
pub(crate) use self::swap::SwapFault;
use self::textures::Textures;
use self::upload::Uploads;
use crate::error::{CreateError, InsertError, PrefixError, ReadBackError};
use crate::geometry::Size;
use crate::gpu::plan::AtlasPlan;
use crate::layout::{Op, PageIndex, Placement, Region};
use crate::pixmap::{Pixmap, PixmapBuf};

/// Page textures, region table and bind group of one cache, and the work not yet submitted.
pub(crate) struct Atlas {
    device: wgpu::Device,
    queue: wgpu::Queue,
    plan: AtlasPlan,
    textures: Textures,
    table: RegionTable,
    uploads: Uploads,
    binding: Binding,
    /// Whether the bind group is of other textures than those there are, because the device made no other.
    stale: bool,
    /// What swaps kept texels in, until the GPU is done with it.
    kept_layers: Vec<KeptLayers>,
    submissions: u64,
    #[cfg(test)]
    pub(crate) faults: Faults,
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

impl Atlas {
    pub(crate) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        plan: AtlasPlan,
    ) -> Result<Self, CreateError> {
        let mut textures = Textures::new(device, &plan)?;
        if plan.is_upfront() {
            while let Some(layers) = plan.next_layers(textures.committed_pages(), textures.free_arrays()) {
                let bytes = u64::from(layers) * plan.page_bytes();
                let texture = textures.create(device, layers);
                textures.bind(texture.map_err(|fault| fault.for_bytes(bytes))?);
            }
        }
        Self::with_textures(device, queue, (plan, textures))
    }

    /// An atlas with these textures and an empty table.
    fn with_textures(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        (plan, textures): (AtlasPlan, Textures),
    ) -> Result<Self, CreateError> {
        let table = RegionTable::new(device, &plan)?;
        let create = || Binding::new(device, &plan, table.texture(), &textures);
        let binding = scope::with_error_scope(device, create)?;
        Ok(Self {
            device: device.clone(),
            queue: queue.clone(),
            uploads: Uploads::new(device, &plan),
            plan,
            textures,
            table,
            binding,
            stale: false,
            kept_layers: Vec::new(),
            submissions: 0,
            #[cfg(test)]
            faults: Faults::default(),
        })
    }

    /// The same pages on another device, without their texels, an empty table, and nothing staged.
    pub(crate) fn again(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        lost: &Atlas,
    ) -> Result<Self, CreateError> {
        let plan = lost.plan.on(&device.limits())?;
        let mut textures = Textures::new(device, &plan)?;
        for pages in lost.page_lists() {
            let bytes = pages.len() as u64 * plan.page_bytes();
            let texture = textures.create(device, pages.len() as u32);
            textures.bind_pages(texture.map_err(|fault| fault.for_bytes(bytes))?, pages);
        }
        Ok(Self {
            submissions: lost.submissions,
            ..Self::with_textures(device, queue, (plan, textures))?
        })
    }

    /// The pages that have a texture, one list per texture, by layer.
    pub(crate) fn page_lists(&self) -> Vec<Vec<u32>> {
        self.textures.page_lists().map(<[u32]>::to_vec).collect()
    }

    /// How many pages have a texture.
    pub(crate) fn committed_pages(&self) -> u32 {
        self.textures.committed_pages()
    }

    /// Pages there will be when every texture to come is committed.
    pub(crate) fn reachable_pages(&self) -> u32 {
        let layers = self.textures.page_lists().map(|pages| pages.len() as u32);
        self.plan
            .reachable_pages(layers.collect(), self.textures.free_arrays())
    }

    /// Layers of the next texture, if budget and bindings leave room for one.
    pub(crate) fn next_layers(&self) -> Option<u32> {
        let textures = &self.textures;
        self.plan
            .next_layers(textures.committed_pages(), textures.free_arrays())
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
            Op::Evict { key, .. } | Op::Remove { key, .. } => self.table.clear(key.id()),
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
    pub(crate) fn stage(&mut self, region: Region, placement: Placement, pixmap: &Pixmap<'_>) {
        self.uploads.stage(region, placement, pixmap);
    }

    /// Bytes of mapped memory that wait for a flush.
    pub(crate) fn staged_bytes(&self) -> u64 {
        self.uploads.staged_bytes()
    }

    /// Bytes of all staging buffers: filling, with the GPU, and free; and of the scratch memory of swaps.
    pub(crate) fn staging_bytes(&self) -> u64 {
        let kept: u64 = self.kept_layers.iter().map(KeptLayers::bytes).sum();
        self.uploads.held_bytes() + kept
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

    /// Bytes of them that were released, and that the GPU may still use.
    pub(crate) fn releasing_bytes(&self) -> u64 {
        self.textures.releasing_bytes()
    }

    /// Bytes of them that aren't released.
    pub(crate) fn bound_bytes(&self) -> u64 {
        self.vram_bytes() - self.releasing_bytes()
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
