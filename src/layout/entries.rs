//! The living entries, and what they weigh together.
//!
//! What lies on which page, and what of it was touched in this frame, is counted in `pages.rs`. Invariant: the sums
//! (living, pinned) are those of the entries at every moment.

use slotmap::SlotMap;

use super::entry::Entry;
use super::region::{PageIndex, Region};
use crate::key::PixmapKey;

/// What a touch finds.
pub(super) enum Touched {
    Dead,
    /// It was protected already.
    Again,
    /// It is protected from now on.
    First {
        page: PageIndex,
        texels: u64,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Entries {
    map: SlotMap<PixmapKey, Entry>,
    /// Number of the present frame; the first is 1.
    frame: u64,
    live_texels: u64,
    pinned_texels: u64,
}

impl Entries {
    pub(super) fn new() -> Self {
        Self {
            map: SlotMap::with_key(),
            frame: 1,
            live_texels: 0,
            pinned_texels: 0,
        }
    }

    pub(super) fn begin_frame(&mut self) {
        self.frame += 1;
    }

    /// Makes an entry, touched in this frame.
    pub(super) fn insert(&mut self, region: Region) -> (PixmapKey, Entry) {
        let entry = Entry::new(region, self.frame);
        self.count(&entry);
        (self.map.insert(entry), entry)
    }

    pub(super) fn remove(&mut self, key: PixmapKey) -> Option<Entry> {
        let entry = self.map.remove(key)?;
        self.uncount(&entry);
        Some(entry)
    }

    #[inline]
    pub(super) fn touch(&mut self, key: PixmapKey) -> Touched {
        let Some(entry) = self.map.get_mut(key) else {
            return Touched::Dead;
        };
        if entry.last_frame == self.frame {
            return Touched::Again;
        }
        entry.touch(self.frame);
        if entry.pinned {
            return Touched::Again;
        }
        Touched::First {
            page: entry.page,
            texels: entry.texels(),
        }
    }

    /// Protects an entry across frames, or ends that. What it was before and is now.
    pub(super) fn set_pinned(&mut self, key: PixmapKey, pinned: bool) -> Option<(Entry, Entry)> {
        let entry = self.map.get_mut(key)?;
        let before = *entry;
        entry.pinned = pinned;
        let after = *entry;
        self.uncount(&before);
        self.count(&after);
        Some((before, after))
    }

    /// Gives a living entry another region, of whatever size. Returns what it was before and is now.
    pub(super) fn set_region(&mut self, key: PixmapKey, region: Region) -> (Entry, Entry) {
        let entry = self.map.get_mut(key).expect("BUG: a region for a dead entry");
        let before = *entry;
        entry.set_region(region);
        let after = *entry;
        if before.size() != after.size() {
            self.uncount(&before);
            self.count(&after);
        }
        (before, after)
    }

    #[inline]
    pub(super) fn get(&self, key: PixmapKey) -> Option<&Entry> {
        self.map.get(key)
    }

    /// The entry if it lives on this page: lists of pages also name what has left them.
    #[inline]
    pub(super) fn on_page(&self, key: PixmapKey, page: PageIndex) -> Option<Entry> {
        self.map.get(key).copied().filter(|entry| entry.page == page)
    }

    pub(super) fn contains(&self, key: PixmapKey) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PixmapKey, &Entry)> + '_ {
        self.map.iter()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = PixmapKey> + '_ {
        self.map.keys()
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn frame(&self) -> u64 {
        self.frame
    }

    pub(super) fn live_texels(&self) -> u64 {
        self.live_texels
    }

    pub(super) fn pinned_texels(&self) -> u64 {
        self.pinned_texels
    }

    fn count(&mut self, entry: &Entry) {
        let texels = entry.texels();
        self.live_texels += texels;
        self.pinned_texels += texels * u64::from(entry.pinned);
    }

    fn uncount(&mut self, entry: &Entry) {
        let texels = entry.texels();
        self.live_texels -= texels;
        self.pinned_texels -= texels * u64::from(entry.pinned);
    }
}
