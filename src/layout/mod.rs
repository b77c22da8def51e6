//! Decides where every pixmap lies, which one is evicted and which one is moved: the atlas without its GPU.
//!
//! Pure and deterministic: no clock, no device, no hash-map order; the same calls give the same layout on every
//! machine. Every change is also recorded as an [`Op`], to be carried out in order on the texels.
//!
//! The atlas is log-structured, after Rosenblum and Ousterhout's file system (1992): regions are appended to open
//! pages and never freed one by one; the coldest page is drained while the newest one fills, and starts over.
//!
//! [`Layout`] carries out what `drain`, `rebuild` and `release` plan over its two parts, `Entries` and `Pages`.

mod demand;
mod descriptor;
mod drain;
mod entries;
mod entry;
mod error;
mod evict_reason;
mod head;
mod inspect;
mod iter;
mod op;
mod page;
mod pages;
mod plan;
mod rebuild;
mod region;
mod release;
mod resident;
mod room;
mod skyline;
mod stats;
mod survival;
mod tiled;
mod tilings;

pub use self::descriptor::{LayoutDescriptor, LayoutError, MAX_PAGE_SIDE, MIN_PAGES};
pub use self::error::PlaceError;
pub use self::evict_reason::EvictReason;
pub use self::iter::{Keys, Regions};
pub use self::op::{LastUse, Op, TileOf};
pub use self::region::{Footprint, PageIndex, Region};
pub use self::release::ReleaseTerms;
pub use self::resident::{PageCondition, ResidentPage, ResidentRegion};
pub use self::skyline::Placement;
pub use self::stats::LayoutStats;
pub(crate) use self::tiled::MAX_PIXMAP_SIDE;
pub use self::tiled::TiledPixmap;

use self::demand::{Demand, Refusals};
use self::entries::Entries;
use self::entry::{Entry, Part};
use self::pages::Pages;
use self::plan::{Batch, Plan};
use self::release::Release;
use crate::geometry::{Rect, Size};
use crate::key::PixmapKey;

/// An atlas without its GPU: which pixmap lies where, and which one goes when there is no room.
///
/// ```
/// use pixmap_cache::Size;
/// use pixmap_cache::layout::{Layout, LayoutDescriptor, Op};
///
/// let descriptor = LayoutDescriptor { page_side: 256, ..Default::default() };
/// let mut layout = Layout::new(&descriptor)?;
/// layout.commit_pages(0..descriptor.max_pages);
/// layout.begin_frame();
/// let key = layout.place(Size::new(48, 48))?;
/// assert!(matches!(layout.drain_ops().next(), Some(Op::Place { .. })));
/// assert!(layout.touch(key));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Layout {
    entries: Entries,
    pages: Pages,
    refusals: Refusals,
    ops: Vec<Op>,
    /// Counters; sums that are kept elsewhere are filled in by [`Layout::stats`].
    stats: LayoutStats,
}

impl Layout {
    /// Creates a layout without pages; [`Layout::commit_pages`] adds them.
    ///
    /// # Errors
    ///
    /// [`LayoutError`] when a value is outside the range that [`LayoutDescriptor`] allows.
    pub fn new(descriptor: &LayoutDescriptor) -> Result<Self, LayoutError> {
        descriptor.check()?;
        Ok(Self {
            entries: Entries::new(descriptor.max_entries, descriptor.max_tiles),
            pages: Pages::new(descriptor.page_side, descriptor.max_pages),
            refusals: Refusals::default(),
            ops: Vec::new(),
            stats: LayoutStats::default(),
        })
    }

    /// Makes the pages of one texture usable. Pages that are committed already stay as they are.
    pub fn commit_pages(&mut self, pages: impl IntoIterator<Item = u32>) {
        self.pages.commit(pages.into_iter().map(PageIndex));
        self.refusals.clear();
    }

    /// Changes the maximum number of committed pages. Releases no page; [`Layout::release_pages`] does.
    pub fn set_max_pages(&mut self, max_pages: u32) {
        self.pages.set_max_pages(max_pages);
    }

    /// Gives up pages, so that their texture may be dropped. Entries move to the pages that stay, those most worth
    /// keeping first; entries that find no room are evicted. Ignores pages that aren't committed.
    ///
    /// Returns `false`, and changes nothing, when that isn't possible on these terms.
    #[must_use]
    pub fn release_pages(&mut self, pages: impl IntoIterator<Item = u32>, terms: &ReleaseTerms) -> bool {
        let pages = pages.into_iter().map(PageIndex);
        let release = Release::new(&self.entries, &self.pages, pages);
        let Some((plan, released)) = release.plan(terms) else {
            return false;
        };
        self.carry_out(plan);
        for page in released {
            self.pages.uncommit(page);
        }
        self.refusals.clear();
        true
    }

    /// Starts a frame: entries touched in the last one are no longer protected.
    pub fn begin_frame(&mut self) {
        self.entries.begin_frame();
        self.pages.begin_frame();
        self.refusals.clear();
    }

    /// Places a new entry where there is room, without evicting anything.
    ///
    /// Returns `None` also when [`Layout::place`] would return an error.
    pub fn try_place(&mut self, size: Size) -> Option<PixmapKey> {
        self.try_place_over(None, size.into())
    }

    /// Like [`Layout::try_place`], and removes the entry `previous` once the new one is in.
    pub(crate) fn try_place_over(
        &mut self,
        previous: Option<PixmapKey>,
        footprint: Footprint,
    ) -> Option<PixmapKey> {
        let demand = self.pages.demand(footprint.size).ok()?;
        if previous.is_none() && self.entries.is_full() {
            return None;
        }
        let room = self.pages.find_room(demand)?;
        Some(self.admit(room, footprint.levels, previous))
    }

    /// Places a new entry. When no page has room, makes some by evicting and moving entries that aren't protected.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]. Entries that aren't protected may have been evicted in the attempt; nothing else has changed.
    pub fn place(&mut self, size: Size) -> Result<PixmapKey, PlaceError> {
        self.place_over(None, size.into())
    }

    /// Like [`Layout::place`], and removes `previous` once the new entry is in, which takes its row in a full table.
    pub(crate) fn place_over(
        &mut self,
        previous: Option<PixmapKey>,
        footprint: Footprint,
    ) -> Result<PixmapKey, PlaceError> {
        let demand = self.pages.demand(footprint.size)?;
        if previous.is_none() {
            self.make_entry_room()?;
        }
        let room = self.room_for(demand)?;
        Ok(self.admit(room, footprint.levels, previous))
    }

    /// Changes the size of an entry, whose texels must then be written again. Counts as a touch; the key stays the same.
    /// Returns `Ok(false)` if the key is dead. A size that the region covers keeps its corner and is never refused.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]; the entry is as it was.
    pub fn resize(&mut self, key: PixmapKey, size: Size) -> Result<bool, PlaceError> {
        self.resize_to(key, size.into())
    }

    pub(crate) fn resize_to(&mut self, key: PixmapKey, footprint: Footprint) -> Result<bool, PlaceError> {
        let demand = self.pages.demand(footprint.size)?;
        if self.entries.is_tile(key) || !self.touch(key) {
            return Ok(false);
        }
        let Some(region) = self.region(key) else {
            return self.untile(key, footprint).map(|()| true);
        };
        if region.rect.size().covers(footprint.size) {
            self.shrink(key, region, footprint);
            return Ok(true);
        }
        let reach = self.pages.reach_of(region.page);
        let (to, placement) = self.room_for(Demand { reach, ..demand })?;
        // It may have moved in the search for room.
        let (before, after) = self.entries.set_footprint(key, to, footprint);
        self.pages.relocate(key, &before, &after);
        self.refusals.clear();
        self.push_place(key, (to, placement), (footprint.levels, None));
        self.pay_for(after.texels());
        Ok(true)
    }

    /// Leaves an entry a part of its own region. The rest is unused until the page is empty or rebuilt.
    fn shrink(&mut self, key: PixmapKey, region: Region, footprint: Footprint) {
        let rect = Rect::new(region.rect.x, region.rect.y, footprint.size);
        let region = Region { rect, ..region };
        let (before, after) = self.entries.set_footprint(key, region, footprint);
        self.pages.shrink(&before, &after);
        if after.texels() < before.texels() {
            self.refusals.clear();
        }
        self.push_place(key, (region, Placement::Gap), (footprint.levels, None));
    }

    /// Marks an entry as used in this frame, which protects it until the next one. Returns `false` if the key is dead.
    #[inline]
    pub fn touch(&mut self, key: PixmapKey) -> bool {
        self.entries.touch(key)
    }

    /// Starts or ends the protection of an entry across frames. Returns `false` if the key is dead or that of a tile.
    pub fn set_pinned(&mut self, key: PixmapKey, pinned: bool) -> bool {
        let alive = !self.entries.is_tile(key) && self.entries.set_pinned(key, pinned);
        if alive && !pinned {
            self.refusals.clear();
        }
        alive
    }

    /// Removes an entry; its texels are dead until its page is empty or rebuilt. Returns `false` if the key is dead or that of
    /// a tile, which goes with its pixmap.
    pub fn remove(&mut self, key: PixmapKey) -> bool {
        if self.entries.is_tile(key) {
            return false;
        }
        let left = self.take_out(key);
        left.iter().for_each(|entry| self.pages.leave(entry));
        !left.is_empty()
    }

    /// Removes every entry; pages stay committed.
    pub fn clear(&mut self) {
        let keys: Vec<PixmapKey> = self.keys().collect();
        for key in keys {
            self.remove(key);
        }
    }

    /// Returns what was decided since the last call, to be carried out in this order.
    pub fn drain_ops(&mut self) -> std::vec::Drain<'_, Op> {
        self.ops.drain(..)
    }

    /// Makes an entry, which may take the row of `previous`.
    fn admit(&mut self, room: (Region, Placement), levels: u8, previous: Option<PixmapKey>) -> PixmapKey {
        // Its row is free at once, but its page only once the new entry is there: it may be the same.
        let left = previous
            .map(|previous| self.take_out(previous))
            .unwrap_or_default();
        let (key, entry) = self.entries.insert(room.0, levels);
        self.pages.arrive(key, &entry);
        left.iter().for_each(|entry| self.pages.leave(entry));
        self.push_place(key, room, (levels, None));
        self.stats.placed += 1;
        self.stats.placed_texels += entry.texels();
        self.pay_for(entry.texels());
        key
    }

    fn push_place(
        &mut self,
        key: PixmapKey,
        (region, placement): (Region, Placement),
        (levels, tile): (u8, Option<TileOf>),
    ) {
        self.ops.push(Op::Place {
            key,
            region,
            placement,
            levels,
            tile,
        });
    }

    /// Takes a removed entry out of the table, with its tiles. Returns what its pages still count.
    fn take_out(&mut self, key: PixmapKey) -> Vec<Entry> {
        let Some((entry, tiles)) = self.entries.remove(key) else {
            return Vec::new();
        };
        self.refusals.clear();
        let from = (entry.part != Part::Tiled).then(|| entry.region());
        self.ops.push(Op::Remove { key, from });
        match from {
            Some(_) => vec![entry],
            None => self.drop_tiles(tiles),
        }
    }

    fn drop_tiles(&mut self, tiles: Vec<(PixmapKey, Entry)>) -> Vec<Entry> {
        let remove = |(key, entry): &(PixmapKey, Entry)| Op::Remove {
            key: *key,
            from: Some(entry.region()),
        };
        self.ops.extend(tiles.iter().map(remove));
        tiles.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Evicts an entry, or the pixmap that it is a tile of. It may have gone already, with another tile.
    fn evict(&mut self, key: PixmapKey, reason: EvictReason) {
        let key = self.entries.tilings().owner_of(key);
        let Some((entry, tiles)) = self.entries.remove(key) else {
            return;
        };
        let last = entry.last_use(self.entries.frame(), reason);
        let from = tiles.first().map_or(entry, |(_, tile)| *tile).region();
        self.ops.push(Op::Evict { key, from, last });
        self.stats.evictions += 1;
        if entry.part == Part::Tiled {
            let left = self.drop_tiles(tiles);
            left.iter().for_each(|tile| self.pages.leave(tile));
        } else {
            self.pages.leave(&entry);
        }
    }

    fn carry_out(&mut self, plan: Plan) {
        for (key, reason) in plan.evicted {
            self.evict(key, reason);
        }
        for mut batch in plan.batches {
            let planned = batch.coming.len();
            batch.coming.retain(|(key, _)| self.contains(*key));
            let is_lost = batch.coming.is_empty() && planned > 0;
            if is_lost && self.pages.is_free(batch.page) {
                continue;
            }
            if batch.rebuilt {
                self.rebuild(batch);
            } else {
                self.pages.open(batch.page, batch.skyline);
                self.move_entries(batch.coming);
            }
        }
    }

    fn rebuild(&mut self, batch: Batch) {
        let Batch { page, coming, .. } = batch;
        self.pages.begin_rebuild(page, batch.skyline);
        let moves = |(key, to): &&(PixmapKey, Region)| self.region(*key) != Some(*to);
        let moves = coming.iter().filter(moves).count() as u32;
        self.ops.push(Op::Rebuild { page, moves });
        self.move_entries(coming);
        self.pages.finish_rebuild(page);
        self.stats.rebuilds += 1;
    }

    /// Moves entries and lists them where they go, which may be where they were.
    fn move_entries(&mut self, moves: Vec<(PixmapKey, Region)>) {
        for (key, to) in moves {
            let (before, after) = self.entries.set_region(key, to);
            let from = before.region();
            // Arrives first: a page without an entry is free.
            self.pages.arrive(key, &after);
            self.pages.leave(&before);
            if from != to {
                self.ops.push(Op::Move { key, from, to });
                self.stats.moves += 1;
                self.stats.moved_texels += after.texels();
            }
        }
    }
}
