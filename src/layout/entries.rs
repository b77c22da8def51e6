//! The living entries and their texels: all together, and what is protected on each page.
//!
//! `pages.rs` knows which entries a page lists. Invariant: the sums are those of the entries at all times.

use slotmap::SlotMap;

use super::entry::Entry;
use super::region::{PageIndex, Region};
use crate::key::PixmapKey;

#[derive(Clone, Debug)]
pub(super) struct Entries {
    map: SlotMap<PixmapKey, Entry>,
    max_entries: u32,
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
    pub(super) fn new(max_entries: u32) -> Self {
        Self {
            map: SlotMap::with_key(),
            max_entries,
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

    /// Returns `false` if the key is dead.
    #[inline]
    pub(super) fn touch(&mut self, key: PixmapKey) -> bool {
        let Some(entry) = self.map.get_mut(key) else {
            return false;
        };
        if entry.last_frame != self.frame {
            entry.touch(self.frame);
            if !entry.pinned {
                self.protected[entry.page.at()].touched_texels += entry.texels();
            }
        }
        true
    }

    /// Returns `false` if the key is dead.
    pub(super) fn set_pinned(&mut self, key: PixmapKey, pinned: bool) -> bool {
        self.change(key, |entry| entry.pinned = pinned).is_some()
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

    pub(super) fn len(&self) -> usize {
        self.map.len()
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
        self.live_texels += entry.texels();
        if self.protected.len() <= entry.page.at() {
            self.protected.resize(entry.page.at() + 1, Protected::default());
        }
        if let Some(sum) = self.protected[entry.page.at()].sum_of(entry, self.frame) {
            *sum += entry.texels();
        }
    }

    fn uncount(&mut self, entry: &Entry) {
        self.live_texels -= entry.texels();
        if let Some(sum) = self.protected[entry.page.at()].sum_of(entry, self.frame) {
            *sum -= entry.texels();
        }
    }
}
