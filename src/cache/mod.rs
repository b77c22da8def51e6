//! `PixmapCache`: the facade that connects key table and GPU.
//!
//! Decisions are the layout's, work is the atlas's; what stands here is the order between them. Invariant: after
//! every method, each op of the layout has been handed to the atlas.

mod memory;

use std::borrow::Borrow;
use std::hash::Hash;
use std::time::Instant;

use self::memory::Memory;
pub use self::memory::Trim;

use crate::descriptor::{AtlasPlan, CacheDescriptor};
use crate::error::{CreateError, InsertError, ReadBackError};
use crate::geometry::{Rect, Size};
use crate::gpu::Atlas;
use crate::key::PixmapKey;
use crate::key_table::KeyTable;
use crate::layout::{Layout, LayoutDescriptor, Op, PageIndex, PlaceError, Region};
use crate::pixmap::{PixelFormat, Pixmap, PixmapBuf};
use crate::stats::CacheStats;

/// Bytes that may wait in staging memory; an insertion beyond them submits what waits.
const MOST_STAGED_BYTES: u64 = 64 << 20;

/// A GPU texture cache: pixmaps in array textures under a budget, found by key or name, drawn by id.
///
/// `N` is the type of names; entries may go without. One owner: everything that changes the cache takes `&mut self`.
///
/// # The frame
///
/// 1. [`begin_frame`](Self::begin_frame), once what was recorded in the frame before has been submitted;
/// 2. [`find`](Self::find) or insert what will be drawn; it is protected until the next `begin_frame`;
/// 3. [`flush`](Self::flush), which submits moves, uploads and table in a command buffer of its own;
/// 4. record and submit your own pass with [`bind_group`](Self::bind_group), drawing ids.
///
/// Steps 2 and 3 may be repeated in a frame. A frame with nothing new submits nothing.
pub struct PixmapCache<N = String> {
    keys: KeyTable<N>,
    atlas: Atlas,
    memory: Memory,
    counts: Counts,
}

/// What the layout doesn't count.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hits: u64,
    misses: u64,
    uploads: u64,
    uploaded_bytes: u64,
    refused: u64,
    layout_epoch: u64,
    commit_failures: u64,
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// A cache on `device`. Under [`Commit::Upfront`](crate::Commit::Upfront) this allocates the whole budget.
    ///
    /// # Errors
    ///
    /// [`CreateError`] when the descriptor can't be met within the device's limits, or the device has no memory.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        descriptor: &CacheDescriptor,
    ) -> Result<Self, CreateError> {
        let plan = AtlasPlan::new(descriptor, device)?;
        let layout = Layout::new(&LayoutDescriptor {
            page_side: plan.page_side,
            max_pages: plan.max_pages(),
            max_entries: plan.max_entries,
        });
        let mut keys = KeyTable::new(layout.expect("BUG: a plan that makes no layout"));
        let atlas = Atlas::new(device, queue, plan)?;
        for pages in atlas.ranges() {
            keys.commit_pages(pages);
        }
        // Nothing was drawn before the cache was made: its first pages are free to be moved to.
        keys.begin_frame();
        Ok(Self {
            keys,
            atlas,
            memory: Memory::new(descriptor.idle),
            counts: Counts::default(),
        })
    }

    /// Starts a frame. Whatever the frames before recorded must have been submitted: entries they drew are no longer
    /// protected.
    ///
    /// An application that forgets this protects everything for ever, until insertions are refused as
    /// [`Full`](InsertError::Full).
    pub fn begin_frame(&mut self) {
        match self.memory.watches_clock() {
            true => self.begin_frame_at(Instant::now()),
            false => self.start_frame(),
        }
    }

    /// The same, at a moment that the caller knows: [`CacheDescriptor::idle`] is reckoned by it.
    pub fn begin_frame_at(&mut self, now: Instant) {
        self.start_frame();
        self.trim_idle(now);
    }

    fn start_frame(&mut self) {
        self.keys.begin_frame();
        self.release_overdue();
    }

    /// Submits moves, uploads and table rows, in that order of effect, before whatever is submitted next.
    ///
    /// Never waits for the GPU. Passes recorded earlier and submitted later draw the right pixels.
    pub fn flush(&mut self) {
        self.atlas.flush();
    }

    /// Takes in a pixmap without a name. It is drawn from the next [`flush`](Self::flush) on, and protected until the
    /// next [`begin_frame`](Self::begin_frame).
    ///
    /// # Errors
    ///
    /// [`InsertError`]. No key is made; entries not in use may have been evicted in the search for room.
    pub fn insert<'p>(&mut self, pixmap: impl Into<Pixmap<'p>>) -> Result<PixmapKey, InsertError> {
        let pixmap = pixmap.into();
        let inserted = self.insert_unnamed(&pixmap);
        self.finish(&pixmap, inserted)
    }

    /// Takes in a pixmap under a name. An entry that had the name is forgotten, and its key is dead.
    ///
    /// # Errors
    ///
    /// [`InsertError`]. The entry that had the name, if any, is still there.
    pub fn insert_named<'p>(
        &mut self,
        name: N,
        pixmap: impl Into<Pixmap<'p>>,
    ) -> Result<PixmapKey, InsertError> {
        let pixmap = pixmap.into();
        // In use until the new one is in: a refusal must not cost the old one.
        if let Some(previous) = self.keys.key_of(&name) {
            self.keys.touch(previous);
        }
        let inserted = self.insert_unnamed(&pixmap);
        if let Ok(key) = inserted {
            self.keys.name(key, name);
            self.hand_over();
        }
        self.finish(&pixmap, inserted)
    }

    /// Gives an entry other pixels, of whatever size; its key, id and name stay. Counts as a touch.
    /// `Ok(false)` when the key is dead.
    ///
    /// Other pixels of the same size take the same place and are never refused as full.
    ///
    /// # Errors
    ///
    /// [`InsertError`]; the entry keeps the pixels it had. A larger pixmap may be refused as
    /// [`Full`](InsertError::Full) in the one frame in which a texture was committed, since what may be on screen
    /// already can't go there yet; it is taken in the next frame.
    pub fn replace<'p>(
        &mut self,
        key: PixmapKey,
        pixmap: impl Into<Pixmap<'p>>,
    ) -> Result<bool, InsertError> {
        let pixmap = pixmap.into();
        let replaced = self.replace_pixels(key, &pixmap);
        match replaced {
            Ok(false) => Ok(false),
            outcome => self.finish(&pixmap, outcome),
        }
    }

    /// The key of a name, touched: in use in this frame, and protected until the next. `None` when it was never
    /// inserted, or evicted, or removed.
    #[inline]
    pub fn find<Q>(&mut self, name: &Q) -> Option<PixmapKey>
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let key = self.keys.key_of(name);
        match key {
            Some(key) => self.touch(key),
            None => {
                self.counts.misses += 1;
                false
            }
        };
        key
    }

    /// Marks an entry as in use in this frame, which protects it until the next. False when the key is dead.
    #[inline]
    pub fn touch(&mut self, key: PixmapKey) -> bool {
        let alive = self.keys.touch(key);
        match alive {
            true => self.counts.hits += 1,
            false => self.counts.misses += 1,
        }
        alive
    }

    /// Whether the key is alive. Does not touch.
    pub fn contains(&self, key: PixmapKey) -> bool {
        self.keys.layout().contains(key)
    }

    /// Forgets an entry. Its id draws transparent from the next flush on. False when the key was dead.
    pub fn remove(&mut self, key: PixmapKey) -> bool {
        let removed = self.keys.forget(key);
        self.hand_over();
        removed
    }

    /// Forgets the entry of a name. False when there was none.
    pub fn remove_named<Q>(&mut self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.keys.key_of(name).is_some_and(|key| self.remove(key))
    }

    /// Forgets every entry. Keys from before are dead for ever; textures stay committed.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.hand_over();
    }

    /// Resident entries.
    pub fn len(&self) -> usize {
        self.keys.layout().len()
    }

    /// Whether nothing is resident.
    pub fn is_empty(&self) -> bool {
        self.keys.layout().is_empty()
    }

    /// Keys of the resident entries, by row of the region table. Does not touch.
    pub fn keys(&self) -> impl Iterator<Item = PixmapKey> + '_ {
        self.keys.layout().keys()
    }

    /// Resident entries with their names, by row of the region table. Does not touch.
    pub fn iter(&self) -> impl Iterator<Item = (PixmapKey, Option<&N>)> + '_ {
        self.keys().map(|key| (key, self.name_of(key)))
    }

    /// The name of an entry, if it is resident and has one. Does not touch.
    pub fn name_of(&self, key: PixmapKey) -> Option<&N> {
        self.keys.name_of(key)
    }

    /// Width and height of an entry. Does not touch.
    pub fn size(&self, key: PixmapKey) -> Option<Size> {
        Some(self.region(key)?.rect.size())
    }

    /// Where an entry lies, for those who bake texture coordinates. Valid as long as
    /// [`layout_epoch`](Self::layout_epoch) stays the same. Does not touch.
    pub fn region(&self, key: PixmapKey) -> Option<Region> {
        self.keys.layout().region(key)
    }

    /// A number that grows whenever a region may have changed its place or its owner.
    pub fn layout_epoch(&self) -> u64 {
        self.counts.layout_epoch
    }

    /// Layout of [`bind_group`](Self::bind_group), the same for the cache's whole life.
    pub fn bind_group_layout(&self) -> &wgpu::BindGroupLayout {
        self.atlas.bind_group_layout()
    }

    /// What a pass binds to draw pixmaps. Fetch it after [`flush`](Self::flush): it is another one after a texture was
    /// committed, which never happens under [`Commit::Upfront`](crate::Commit::Upfront).
    pub fn bind_group(&self) -> &wgpu::BindGroup {
        self.atlas.bind_group()
    }

    /// WGSL to prepend to a shader, with the cache in bind group `group`.
    ///
    /// ```wgsl
    /// alias PixmapRegion = vec3<u32>;                      // passes as @location(N) @interpolate(flat)
    /// fn pixmap_region(id: vec2<u32>) -> PixmapRegion      // any stage; once per vertex will do
    /// fn pixmap_is_resident(region: PixmapRegion) -> bool
    /// fn pixmap_size(region: PixmapRegion) -> vec2<f32>    // texels; 0 when not resident
    /// fn pixmap_sample(region: PixmapRegion, uv: vec2<f32>) -> vec4<f32>  // fragment stage; uv from 0 to 1
    /// ```
    ///
    /// `pixmap_sample` is transparent for what is not resident. Masks are in red.
    pub fn wgsl(&self, group: u32) -> String {
        self.atlas.wgsl(group)
    }

    /// Counters and sums, as of now. Costs nothing worth naming.
    pub fn stats(&self) -> CacheStats {
        let layout = self.keys.layout().stats();
        let plan = self.atlas.plan();
        let texel_bytes = u64::from(plan.pixels.bytes_per_texel());
        CacheStats {
            frame: layout.frame,
            entries: layout.entries,
            max_entries: plan.max_entries,
            pages: layout.pages,
            max_pages: plan.max_pages(),
            page_side: plan.page_side,
            page_bytes: plan.page_bytes(),
            vram_bytes: self.atlas.vram_bytes(),
            budget_bytes: plan.budget_bytes,
            live_bytes: layout.live_texels * texel_bytes,
            protected_bytes: layout.protected_texels * texel_bytes,
            hits: self.counts.hits,
            misses: self.counts.misses,
            uploads: self.counts.uploads,
            uploaded_bytes: self.counts.uploaded_bytes,
            evacuations: layout.evacuations,
            moves: layout.moves,
            moved_bytes: layout.moved_texels * texel_bytes,
            evictions: layout.evictions,
            refused: self.counts.refused,
            submissions: self.atlas.submissions(),
            commit_failures: self.counts.commit_failures,
        }
    }

    /// Side of a page in texels: no pixmap may be longer.
    pub fn page_side(&self) -> u32 {
        self.atlas.plan().page_side
    }

    /// Pages that have a texture.
    pub fn page_count(&self) -> u32 {
        self.atlas.committed_pages()
    }

    /// An entry's pixels, as they are on the GPU. Flushes and waits: for tests and tools.
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the key is dead or the device is lost.
    pub fn read_back(&mut self, key: PixmapKey) -> Result<PixmapBuf, ReadBackError> {
        let region = self.region(key).ok_or(ReadBackError::NotResident)?;
        self.atlas.read(region)
    }

    /// A whole page's texels. Flushes and waits: for tests and tools. What no entry covers is whatever was there.
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the page isn't committed or the device is lost.
    pub fn read_page(&mut self, page: PageIndex) -> Result<PixmapBuf, ReadBackError> {
        if page.0 >= self.page_count() {
            return Err(ReadBackError::NotResident);
        }
        let side = self.page_side();
        let rect = Rect::new(0, 0, Size::new(side, side));
        self.atlas.read(Region { page, rect })
    }

    fn insert_unnamed(&mut self, pixmap: &Pixmap<'_>) -> Result<PixmapKey, InsertError> {
        self.check(pixmap)?;
        self.atlas.reserve(pixmap.size)?;
        let key = match self.place_or_commit(pixmap.size) {
            Some(key) => key,
            None => {
                let placed = self.keys.place(pixmap.size);
                placed.map_err(|error| {
                    self.hand_over();
                    self.refusal(error)
                })?
            }
        };
        self.hand_over_with(pixmap);
        Ok(key)
    }

    /// A place without an eviction: on a page, or else on those of the next texture.
    fn place_or_commit(&mut self, size: Size) -> Option<PixmapKey> {
        loop {
            if let Some(key) = self.keys.try_place(size) {
                return Some(key);
            }
            if !self.commit_next() {
                return None;
            }
        }
    }

    fn replace_pixels(&mut self, key: PixmapKey, pixmap: &Pixmap<'_>) -> Result<bool, InsertError> {
        self.check(pixmap)?;
        if !self.contains(key) {
            return Ok(false);
        }
        self.atlas.reserve(pixmap.size)?;
        let resized = self.keys.resize(key, pixmap.size);
        match resized {
            Ok(alive) => {
                self.hand_over_with(pixmap);
                Ok(alive)
            }
            Err(error) => {
                self.hand_over();
                // For the next frame: what is on screen can't go to a texture committed in this one.
                self.commit_next();
                Err(self.refusal(error))
            }
        }
    }

    /// Hands the layout's decisions to the atlas.
    fn hand_over(&mut self) {
        self.take_ops(None);
    }

    /// The same, with the pixels of the one entry that was placed.
    fn hand_over_with(&mut self, pixmap: &Pixmap<'_>) {
        self.take_ops(Some(pixmap));
        if self.atlas.staged_bytes() > MOST_STAGED_BYTES {
            self.atlas.flush();
        }
    }

    fn take_ops(&mut self, pixmap: Option<&Pixmap<'_>>) {
        let atlas = &mut self.atlas;
        let epoch = &mut self.counts.layout_epoch;
        self.keys.take_ops(|op| {
            *epoch += 1;
            atlas.apply(op);
            if let (Op::Place { region, footing, .. }, Some(pixmap)) = (op, pixmap) {
                atlas.stage(region, footing, pixmap);
            }
        });
    }

    /// Counts an insertion or replacement.
    fn finish<T>(&mut self, pixmap: &Pixmap<'_>, outcome: Result<T, InsertError>) -> Result<T, InsertError> {
        match outcome {
            Ok(_) => {
                self.counts.uploads += 1;
                self.counts.uploaded_bytes += pixmap.row_bytes() as u64 * u64::from(pixmap.size.height);
            }
            Err(_) => self.counts.refused += 1,
        }
        outcome
    }

    /// Everything about a pixmap that needs no search.
    fn check(&self, pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
        let size = pixmap.size;
        let limit = self.page_side();
        if size.is_empty() {
            return Err(InsertError::Empty { size });
        }
        if size.longer_side() > limit {
            return Err(InsertError::TooLarge { size, limit });
        }
        let expected = self.atlas.plan().pixels;
        let mask = |format: PixelFormat| format == PixelFormat::R8;
        if mask(expected) != mask(pixmap.format) {
            let got = pixmap.format;
            return Err(InsertError::WrongFormat { expected, got });
        }
        check_bytes(pixmap)
    }

    /// What the layout says in texels, in bytes.
    fn refusal(&self, error: PlaceError) -> InsertError {
        let texel_bytes = u64::from(self.atlas.plan().pixels.bytes_per_texel());
        match error {
            PlaceError::Empty { size } => InsertError::Empty { size },
            PlaceError::TooLarge { size, limit } => InsertError::TooLarge { size, limit },
            PlaceError::TooManyEntries { max_entries } => InsertError::TooManyEntries { max_entries },
            PlaceError::Full {
                needed_texels,
                protected_texels,
                ..
            } => InsertError::Full {
                needed_bytes: needed_texels * texel_bytes,
                protected_bytes: protected_texels * texel_bytes,
                budget_bytes: self.atlas.plan().budget_bytes,
            },
        }
    }
}

/// Whether the bytes are as many as the other fields say.
fn check_bytes(pixmap: &Pixmap<'_>) -> Result<(), InsertError> {
    let row_bytes = pixmap.row_bytes() as u64;
    let bytes_per_row = u64::from(pixmap.bytes_per_row);
    if bytes_per_row < row_bytes {
        return Err(InsertError::RowTooShort {
            expected: row_bytes,
            got: bytes_per_row,
        });
    }
    let expected = bytes_per_row * u64::from(pixmap.size.height);
    let least = expected - bytes_per_row + row_bytes;
    let got = pixmap.bytes.len() as u64;
    if got < least || got > expected {
        return Err(InsertError::WrongLength { expected, got });
    }
    Ok(())
}

impl<N> std::fmt::Debug for PixmapCache<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PixmapCache")
            .field("plan", self.atlas.plan())
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
