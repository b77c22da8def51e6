//! The living entries and their texels: all together, and what is protected on each page.
//!
//! `pages.rs` knows which entries a page lists. Invariant: the sums are those of the entries at all times.

use std::collections::BTreeSet;

use slotmap::SlotMap;

use super::entry::{Entry, Part};
use super::region::{Footprint, PageIndex, Region};
use super::tilings::Tilings;
use crate::geometry::Size;
use crate::key::PixmapKey;

#[derive(Clone, Debug)]
pub(super) struct Entries {
    map: SlotMap<PixmapKey, Entry>,
    max_entries: u32,
    tilings: Tilings,
    max_tiles: u32,
    /// Number of the current frame; the first is 1.
    frame: u64,
    live_texels: u64,
    /// By page; grown to the highest page that ever held an entry.
    protected: Vec<Protected>,
}

/// Texels of one page that can't be evicted. Small and dense, since every touch writes here.
#[derive(Clone, Copy, Debug, Default)]
struct Protected {
    pinned_texels: u64,
    /// Touched in the current frame, and not pinned.
    touched_texels: u64,
}

impl Protected {
    fn texels(self) -> u64 {
        self.pinned_texels + self.touched_texels
    }

    /// The sum to which an entry's texels belong, if it is protected.
    fn sum_of(&mut self, entry: &Entry, frame: u64) -> Option<&mut u64> {
        if entry.pinned {
            Some(&mut self.pinned_texels)
        } else if entry.last_frame == frame {
            Some(&mut self.touched_texels)
        } else {
            None
        }
    }
}

impl Entries {
    pub(super) fn new(max_entries: u32, max_tiles: u32) -> Self {
        Self {
            map: SlotMap::with_key(),
            max_entries,
            tilings: Tilings::default(),
            // Beside the entry of their pixmap.
            max_tiles: max_tiles.min(max_entries - 1),
            frame: 1,
            live_texels: 0,
            protected: Vec::new(),
        }
    }

    pub(super) fn begin_frame(&mut self) {
        self.frame += 1;
        for protected in &mut self.protected {
            protected.touched_texels = 0;
        }
    }

    /// Makes an entry, touched in this frame.
    pub(super) fn insert(&mut self, region: Region, levels: u8) -> (PixmapKey, Entry) {
        self.insert_entry(Entry::new(region, levels, Part::Whole, self.frame))
    }

    /// Makes a pixmap whose tiles are still to come.
    pub(super) fn insert_tiled(&mut self, size: Size, levels: u8) -> PixmapKey {
        let (key, _) = self.insert_entry(Entry::tiled(size, levels, self.frame));
        self.tilings.begin(key);
        key
    }

    /// Makes a tile. Returns also its index in the pixmap.
    pub(super) fn insert_tile(
        &mut self,
        owner: PixmapKey,
        region: Region,
        levels: u8,
    ) -> (PixmapKey, Entry, u32) {
        let (key, entry) = self.insert_entry(Entry::new(region, levels, Part::Tile, self.frame));
        (key, entry, self.tilings.add(owner, key))
    }

    fn insert_entry(&mut self, entry: Entry) -> (PixmapKey, Entry) {
        self.count(&entry);
        (self.map.insert(entry), entry)
    }

    /// Removes an entry, with its tiles. Returns the entry, and each tile with its key.
    pub(super) fn remove(&mut self, key: PixmapKey) -> Option<(Entry, Vec<(PixmapKey, Entry)>)> {
        let entry = self.remove_entry(key)?;
        let tiles = if entry.part == Part::Tiled {
            self.remove_tiles(key)
        } else {
            Vec::new()
        };
        Some((entry, tiles))
    }

    fn remove_tiles(&mut self, owner: PixmapKey) -> Vec<(PixmapKey, Entry)> {
        let tiles = self.tilings.remove(owner).into_iter();
        let mut entry = |tile| {
            self.remove_entry(tile)
                .expect("BUG: a tile died before its pixmap")
        };
        tiles.map(|tile| (tile, entry(tile))).collect()
    }

    fn remove_entry(&mut self, key: PixmapKey) -> Option<Entry> {
        let entry = self.map.remove(key)?;
        self.uncount(&entry);
        Some(entry)
    }

    /// Gives an entry region or tiles of another, which is removed. Returns the entry before and after, and the tiles that it
    /// had.
    pub(super) fn adopt(
        &mut self,
        key: PixmapKey,
        from: PixmapKey,
    ) -> (Entry, Entry, Vec<(PixmapKey, Entry)>) {
        let old_tiles = self.remove_tiles(key);
        let body = self.remove_entry(from).expect("BUG: adopted a dead entry");
        let changed = self.change(key, |entry| entry.set_body(&body));
        let (before, after) = changed.expect("BUG: a dead entry adopts");
        if after.part == Part::Tiled {
            self.tilings.hand_over(from, key);
            self.set_tiles_pinned(key, after.pinned);
        }
        (before, after, old_tiles)
    }

    /// Returns `false` if the key is dead.
    #[inline]
    pub(super) fn touch(&mut self, key: PixmapKey) -> bool {
        let Some(entry) = self.map.get_mut(key) else {
            return false;
        };
        if entry.last_frame != self.frame {
            entry.touch(self.frame);
            if entry.part == Part::Tiled {
                self.touch_tiles(key);
            } else if !entry.pinned {
                self.protected[entry.page.at()].touched_texels += entry.texels();
            }
        }
        true
    }

    #[cold]
    fn touch_tiles(&mut self, owner: PixmapKey) {
        for tile in self.tilings.of(owner) {
            let entry = self
                .map
                .get_mut(*tile)
                .expect("BUG: a tile died before its pixmap");
            entry.touch(self.frame);
            if !entry.pinned {
                self.protected[entry.page.at()].touched_texels += entry.texels();
            }
        }
    }

    /// Returns `false` if the key is dead.
    pub(super) fn set_pinned(&mut self, key: PixmapKey, pinned: bool) -> bool {
        let changed = self.change(key, |entry| entry.pinned = pinned);
        if changed.is_some_and(|(_, after)| after.part == Part::Tiled) {
            self.set_tiles_pinned(key, pinned);
        }
        changed.is_some()
    }

    fn set_tiles_pinned(&mut self, owner: PixmapKey, pinned: bool) {
        for index in 0..self.tilings.of(owner).len() {
            let tile = self.tilings.of(owner)[index];
            let _ = self.change(tile, |entry| entry.pinned = pinned);
        }
    }

    /// Changes the size of the region and the number of levels in it.
    pub(super) fn set_footprint(
        &mut self,
        key: PixmapKey,
        region: Region,
        footprint: Footprint,
    ) -> (Entry, Entry) {
        let changed = self.change(key, |entry| {
            entry.set_region(region);
            entry.set_levels(footprint.levels);
        });
        changed.expect("BUG: a region for a dead entry")
    }

    /// Gives a living entry another region of any size. Returns the entry before and after.
    pub(super) fn set_region(&mut self, key: PixmapKey, region: Region) -> (Entry, Entry) {
        let changed = self.change(key, |entry| entry.set_region(region));
        changed.expect("BUG: a region for a dead entry")
    }

    fn change(&mut self, key: PixmapKey, change: impl FnOnce(&mut Entry)) -> Option<(Entry, Entry)> {
        let entry = self.map.get_mut(key)?;
        let before = *entry;
        change(entry);
        let after = *entry;
        self.uncount(&before);
        self.count(&after);
        Some((before, after))
    }

    pub(super) fn is_tile(&self, key: PixmapKey) -> bool {
        self.map.get(key).is_some_and(|entry| entry.part == Part::Tile)
    }

    #[inline]
    pub(super) fn get(&self, key: PixmapKey) -> Option<&Entry> {
        self.map.get(key)
    }

    /// Returns the entry if it lives on this page: a page also lists entries that have left it.
    #[inline]
    pub(super) fn on_page(&self, key: PixmapKey, page: PageIndex) -> Option<Entry> {
        self.map.get(key).copied().filter(|entry| entry.page == page)
    }

    pub(super) fn iter(&self) -> slotmap::basic::Iter<'_, PixmapKey, Entry> {
        self.map.iter()
    }

    /// Living entries, tiles not among them.
    pub(super) fn len(&self) -> usize {
        self.map.len() - self.tilings.count()
    }

    /// Entries that lie on a page.
    pub(super) fn regions(&self) -> usize {
        self.map.len() - self.tilings.owners().len()
    }

    pub(super) fn tilings(&self) -> &Tilings {
        &self.tilings
    }

    pub(super) fn max_tiles(&self) -> u32 {
        self.max_tiles
    }

    pub(super) fn max_entries(&self) -> u32 {
        self.max_entries
    }

    pub(super) fn is_full(&self) -> bool {
        self.map.len() >= self.max_entries as usize
    }

    pub(super) fn frame(&self) -> u64 {
        self.frame
    }

    /// Sums up the texels of some entries. A tile counts for its whole pixmap, and a pixmap once.
    pub(super) fn texels_of(&self, keys: impl Iterator<Item = PixmapKey>) -> u64 {
        let owners: BTreeSet<PixmapKey> = keys.map(|key| self.tilings.owner_of(key)).collect();
        let texels = |key: &PixmapKey| self.map.get(*key).map_or(0, Entry::texels);
        let with_tiles =
            |owner: &PixmapKey| texels(owner) + self.tilings.of(*owner).iter().map(texels).sum::<u64>();
        owners.iter().map(with_tiles).sum()
    }

    pub(super) fn live_texels(&self) -> u64 {
        self.live_texels
    }

    /// Returns the protected texels on all pages. A total kept by each touch would make every touch wait for the one
    /// before it.
    pub(super) fn protected_texels(&self) -> u64 {
        self.protected.iter().map(|page| page.texels()).sum()
    }

    pub(super) fn protected_texels_on(&self, page: PageIndex) -> u64 {
        let protected = self.protected.get(page.at()).copied();
        protected.unwrap_or_default().texels()
    }

    fn count(&mut self, entry: &Entry) {
        if entry.part == Part::Tiled {
            return;
        }
        self.live_texels += entry.texels();
        if self.protected.len() <= entry.page.at() {
            self.protected.resize(entry.page.at() + 1, Protected::default());
        }
        if let Some(sum) = self.protected[entry.page.at()].sum_of(entry, self.frame) {
            *sum += entry.texels();
        }
    }

    fn uncount(&mut self, entry: &Entry) {
        if entry.part == Part::Tiled {
            return;
        }
        self.live_texels -= entry.texels();
        if let Some(sum) = self.protected[entry.page.at()].sum_of(entry, self.frame) {
            *sum -= entry.texels();
        }
    }
}
