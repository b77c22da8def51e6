//! What must hold after every step.

use std::collections::{HashMap, HashSet};

use pixmap_cache::layout::Footprint;
use pixmap_cache::{PixmapKey, Rect, Region, Size};

use crate::model::{Known, Model, PAGE_SIDE};

impl Model {
    pub(super) fn meet(&mut self, key: PixmapKey, known: Known) {
        self.keys.push(key);
        self.known.insert(key, known);
    }

    /// Gone on request: no protection holds.
    pub(super) fn bury(&mut self, key: Option<PixmapKey>) {
        if let Some(key) = key {
            assert!(!self.cache.contains(key), "removed, and still there");
            self.touched.remove(&key);
            self.pins.retain(|(pinned, _)| *pinned != key);
            self.dead.insert(key);
        }
    }

    /// What a pixmap takes on the pages.
    pub(super) fn footprints(&self, size: Size, levels: u32) -> Vec<Footprint> {
        self.layout.footprints(size, levels as u8).unwrap_or_default()
    }

    pub(super) fn bytes_of(&self, size: Size, levels: u32) -> u64 {
        let footprints = self.footprints(size, levels).into_iter();
        footprints.map(|footprint| footprint.size.texels() * 4).sum()
    }

    /// Where the parts of an entry lie.
    pub(super) fn places(&self, key: PixmapKey) -> Vec<Region> {
        self.cache.tiles(key).map(|tile| tile.region).collect()
    }

    pub(super) fn tile_count(&self) -> usize {
        let count = |known: &Known| match self.footprints(known.size, known.levels).len() {
            1 => 0,
            tiles => tiles,
        };
        self.cache.keys().map(|key| count(&self.known[&key])).sum()
    }

    pub(super) fn check(&mut self) {
        let entries: Vec<(PixmapKey, Option<u8>)> = self
            .cache
            .iter()
            .map(|(key, name)| (key, name.copied()))
            .collect();
        for &(key, name) in &entries {
            assert!(!self.dead.contains(&key), "a dead key is alive");
            let size = self.cache.size(key).expect("a living key has a size");
            let levels = self.cache.level_count(key).expect("and levels");
            let now = Known { name, size, levels };
            match self.known.get(&key) {
                Some(known) => assert_eq!(*known, now, "an entry changed its name, size or levels"),
                // Taken in from the uploader.
                None => self.meet(key, now),
            }
        }
        let alive: HashSet<PixmapKey> = entries.iter().map(|(key, _)| *key).collect();
        for key in &self.touched {
            assert!(alive.contains(key), "an entry in use is gone");
        }
        for key in &self.keys {
            if !alive.contains(key) {
                self.dead.insert(*key);
            }
        }
        for (key, _) in &self.pins {
            assert!(alive.contains(key), "a pinned entry is gone");
        }
        self.check_sums(&entries);
        self.check_regions(&entries);
    }

    fn check_sums(&mut self, entries: &[(PixmapKey, Option<u8>)]) {
        let stats = self.cache.stats();
        assert_eq!(stats.entries as usize, entries.len());
        assert_eq!(self.cache.len(), entries.len());
        assert!(stats.entries <= stats.max_entries);
        let bytes = |(key, _): &(PixmapKey, Option<u8>)| {
            let Known { size, levels, .. } = self.known[key];
            self.bytes_of(size, levels)
        };
        let live: u64 = entries.iter().map(bytes).sum();
        assert_eq!(stats.live_bytes, live);
        assert!(stats.protected_bytes <= stats.live_bytes);
        let named: Vec<u8> = entries.iter().filter_map(|(_, name)| *name).collect();
        assert_eq!(
            named.iter().collect::<HashSet<_>>().len(),
            named.len(),
            "two entries have one name"
        );
        assert_eq!(stats.pages, self.cache.page_count());
        assert!(self.cache.layout_epoch() >= self.epoch);
    }

    /// Each entry has all of its regions and no other, on pages that are there; none overlaps another.
    fn check_regions(&mut self, entries: &[(PixmapKey, Option<u8>)]) {
        if std::mem::replace(&mut self.epoch, self.cache.layout_epoch()) == self.cache.layout_epoch() {
            return;
        }
        let pages: HashSet<_> = self.cache.pages().collect();
        let mut regions = Vec::new();
        let mut counts: HashMap<PixmapKey, usize> = HashMap::new();
        for resident in self.cache.inspect().regions() {
            assert!(
                pages.contains(&resident.region.page),
                "on a page without a texture"
            );
            let rect = resident.region.rect;
            assert!(rect.right() <= PAGE_SIDE && rect.bottom() <= PAGE_SIDE);
            regions.push((resident.region.page, rect.x, rect));
            *counts.entry(resident.key).or_default() += 1;
        }
        for (key, _) in entries {
            let Known { size, levels, .. } = self.known[key];
            let parts = self.footprints(size, levels).len();
            assert_eq!(
                counts.remove(key),
                Some(parts),
                "{size} with {levels} levels is half there"
            );
            self.check_tiles(*key, size);
        }
        assert!(counts.is_empty(), "regions of dead entries: {counts:?}");
        regions.sort_unstable_by_key(|(page, x, rect)| (*page, *x, rect.y));
        for (index, (page, _, rect)) in regions.iter().enumerate() {
            let beside = regions[index + 1..].iter();
            let mut beside = beside.take_while(|(other, x, _)| other == page && *x < rect.right());
            let clash = beside.find(|(_, _, other)| other.overlaps(*rect));
            assert!(clash.is_none(), "{rect:?} overlaps {clash:?}");
        }
    }

    /// The tiles cover every texel once, and store what they cover.
    fn check_tiles(&self, key: PixmapKey, size: Size) {
        let mut covered = 0;
        for tile in self.cache.tiles(key) {
            assert!(tile.stored.contains(tile.covers), "{tile:?}");
            assert!(
                Rect::new(0, 0, size).contains(tile.stored),
                "{tile:?} leaves {size}"
            );
            assert_eq!(tile.region.rect.size(), tile.stored.size(), "{tile:?}");
            covered += tile.covers.size().texels();
        }
        assert_eq!(covered, size.texels(), "the tiles of {size}");
    }
}
