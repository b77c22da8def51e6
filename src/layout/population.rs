//! Entries come and go: admitted, evicted, forgotten, and summed up.
//!
//! Invariant: the sums of texels (living, pinned, touched in this frame) are those of the entries at every moment.

use super::entry::Entry;
use super::error::PlaceError;
use super::evict_reason::EvictReason;
use super::op::{LastUse, Op, Region};
use super::page::PageIndex;
use super::skyline::Footing;
use super::{ENTRIES_PER_EVICTED, Layout};
use crate::key::PixmapKey;

impl Layout {
    /// Evicts unprotected entries last touched before `frame`, those unseen for longest first, until `texels` are
    /// evicted or none is left. Answers how many texels went.
    pub fn evict_unseen_since(&mut self, frame: u64, texels: u64) -> u64 {
        self.evict_unseen(frame, texels, EvictReason::Trimmed)
    }

    /// The same, for a reason that the caller knows.
    pub(crate) fn evict_unseen(&mut self, frame: u64, texels: u64, reason: EvictReason) -> u64 {
        let mut unseen: Vec<(u64, PixmapKey)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.last_frame < frame && !entry.protected(self.frame))
            .map(|(key, entry)| (entry.last_frame, key))
            .collect();
        unseen.sort_unstable();
        let mut evicted = 0;
        for (_, key) in unseen {
            if evicted >= texels {
                break;
            }
            evicted += self.entries[key].texels();
            self.evict(key, reason);
        }
        evicted
    }

    pub(super) fn protected_texels(&self) -> u64 {
        self.pinned_texels + self.touched_texels
    }

    /// Makes sure that one more entry may be made: evicts the entries least worth keeping when the table is full.
    pub(super) fn make_entry_room(&mut self) -> Result<(), PlaceError> {
        let max_entries = self.max_entries;
        if self.entries.len() < max_entries as usize {
            return Ok(());
        }
        let frame = self.frame;
        let mut scores: Vec<(f32, PixmapKey)> = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.protected(frame))
            .map(|(key, entry)| (entry.score(frame), key))
            .collect();
        if scores.is_empty() {
            self.stats.refused += 1;
            return Err(PlaceError::TooManyEntries { max_entries });
        }
        let count = (max_entries / ENTRIES_PER_EVICTED).max(1) as usize;
        scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, key) in scores.into_iter().take(count) {
            self.evict(key, EvictReason::TableFull);
        }
        Ok(())
    }

    pub(super) fn admit(&mut self, region: Region, footing: Footing) -> PixmapKey {
        let key = self.entries.insert(Entry::new(region, self.frame));
        self.arrive(region, footing);
        self.count(region.rect.size().texels(), false, true);
        self.pages[region.page.at()].keys.push(key);
        self.ops.push(Op::Place { key, region, footing });
        self.stats.placed += 1;
        self.stats.placed_texels += region.rect.size().texels();
        key
    }

    /// Lists a living entry on another page, and no longer on its own: no page lists a key twice.
    pub(super) fn relist(&mut self, key: PixmapKey, page: PageIndex) {
        let old_keys = &mut self.pages[self.entries[key].page.at()].keys;
        let listed = old_keys.iter().rposition(|other| *other == key);
        old_keys.swap_remove(listed.expect("BUG: an entry that its page doesn't list"));
        self.pages[page.at()].keys.push(key);
    }

    /// Counts a region on its page. On sealed pages there are gaps only where others were.
    pub(super) fn arrive(&mut self, region: Region, footing: Footing) {
        let page = &mut self.pages[region.page.at()];
        let texels = region.rect.size().texels();
        match footing == Footing::Gap && page.skyline().is_none() {
            true => page.tally.arrive_in_gap(texels),
            false => page.tally.arrive(texels),
        }
    }

    pub(super) fn leave(&mut self, region: Region) {
        let tally = &mut self.pages[region.page.at()].tally;
        tally.leave(region.rect.size().texels());
    }

    pub(super) fn evict(&mut self, key: PixmapKey, reason: EvictReason) {
        let entry = self.drop_entry(key).expect("BUG: evicted an entry twice");
        let last = LastUse {
            reason,
            age_frames: u32::try_from(self.frame - entry.last_frame).unwrap_or(u32::MAX),
            visits: entry.visits(),
        };
        let from = entry.region();
        self.ops.push(Op::Evict { key, from, last });
        self.stats.evictions += 1;
    }

    pub(super) fn drop_entry(&mut self, key: PixmapKey) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.uncount(entry.texels(), entry.pinned, entry.last_frame == self.frame);
        self.leave(entry.region());
        Some(entry)
    }

    pub(super) fn count(&mut self, texels: u64, pinned: bool, touched: bool) {
        self.stats.live_texels += texels;
        if pinned {
            self.pinned_texels += texels;
        } else if touched {
            self.touched_texels += texels;
        }
    }

    pub(super) fn uncount(&mut self, texels: u64, pinned: bool, touched: bool) {
        self.stats.live_texels -= texels;
        if pinned {
            self.pinned_texels -= texels;
        } else if touched {
            self.touched_texels -= texels;
        }
    }
}
