//! Room for one more region: where there is some, or else made, in one order for every kind of request.
//!
//! Open pages, a free page, the victim that the head drains, one page rebuilt; then the request is refused, and so is
//! every larger one until room may have appeared. Invariant: a refusal costs no entry that is protected.

use super::Layout;
use super::entry::Entry;
use super::error::PlaceError;
use super::evict_reason::EvictReason;
use super::op::{LastUse, Op};
use super::pages::Reach;
use super::region::{PageIndex, Region};
use super::skyline::{Placement, Skyline};
use super::survival::Resident;
use crate::geometry::Size;
use crate::key::PixmapKey;

/// A size that found no room, and how far it might have gone. Whatever covers it and may go no further finds none either.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    size: Size,
    reach: Reach,
}

impl Layout {
    /// Room on a page, made if need be.
    pub(super) fn room_for(&mut self, size: Size, reach: Reach) -> Result<(Region, Placement), PlaceError> {
        if let Some(room) = self.find_room(size, reach) {
            return Ok(room);
        }
        let covers = |refusal: &Refusal| size.covers(refusal.size) && reach <= refusal.reach;
        if !self.refusals.iter().any(covers) {
            if let Some(room) = self.make_room(size, reach) {
                return Ok(room);
            }
            self.refusals
                .retain(|known| !known.size.covers(size) || known.reach > reach);
            self.refusals.push(Refusal { size, reach });
        }
        self.stats.refused += 1;
        let needed_texels = size.texels();
        // Pages that are free and out of reach: they are as new as this frame.
        if !self.pages.free().is_empty() {
            return Err(PlaceError::NextFrame { needed_texels });
        }
        Err(PlaceError::Full {
            needed_texels,
            protected_texels: self.protected_texels(),
            page_texels: self.pages.texels() * u64::from(self.pages.committed()),
        })
    }

    fn make_room(&mut self, size: Size, reach: Reach) -> Option<(Region, Placement)> {
        let emptied = self.finish_drain();
        if let Some(page) = emptied.filter(|page| self.pages.get(*page).skyline().is_some()) {
            self.offer_head(page);
        }
        let room = emptied.and_then(|_| self.find_room(size, reach));
        room.or_else(|| self.rebuild_for(size, reach))
    }

    /// Room on an open page, oldest first, or else on a free one.
    pub(super) fn find_room(&mut self, size: Size, reach: Reach) -> Option<(Region, Placement)> {
        for index in 0..self.pages.opened().len() {
            let page = self.pages.opened()[index];
            if self.pages.reaches(reach, page)
                && let Some(room) = self.pages.place_on(page, size)
            {
                return Some(room);
            }
        }
        self.open_free_page(size, reach)
    }

    fn open_free_page(&mut self, size: Size, reach: Reach) -> Option<(Region, Placement)> {
        let free = self.pages.free();
        let page = free
            .iter()
            .copied()
            .find(|page| self.pages.reaches(reach, *page))?;
        let is_last = free.len() == 1 && self.pages.committed() >= self.max_pages;
        let skyline = Skyline::new(self.pages.side());
        self.pages.open(page, skyline, self.head_page());
        if is_last {
            self.set_head(page);
        }
        self.pages.place_on(page, size)
    }

    /// Makes an entry, which may take the place of `previous` in the table.
    pub(super) fn admit(&mut self, room: (Region, Placement), previous: Option<PixmapKey>) -> PixmapKey {
        let (region, placement) = room;
        // Its row is free at once, but its page only once the new one is there: it may be the same.
        let previous = previous.and_then(|previous| self.take_out(previous));
        let (key, entry) = self.entries.insert(region);
        self.pages.arrive(key, &entry);
        if let Some(previous) = previous {
            self.leave(&previous);
        }
        self.ops.push(Op::Place {
            key,
            region,
            placement,
        });
        self.stats.placed += 1;
        self.stats.placed_texels += entry.texels();
        self.pay_for(entry.texels());
        key
    }

    /// Takes a forgotten entry out of the table; its page still counts it.
    pub(super) fn take_out(&mut self, key: PixmapKey) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        let from = entry.region();
        self.ops.push(Op::Remove { key, from });
        self.refusals.clear();
        Some(entry)
    }

    /// Makes sure that one more entry may be made: when the table is full, evicts the half of the coldest page's entries
    /// that is least worth keeping.
    pub(super) fn make_entry_room(&mut self) -> Result<(), PlaceError> {
        let max_entries = self.max_entries;
        if self.entries.len() < max_entries as usize {
            return Ok(());
        }
        let coldest = if self.protected_texels() == self.entries.live_texels() {
            None
        } else {
            self.coldest_page(|pages, page| pages.get(page).counts.live_texels > pages.protected_texels(page))
        };
        let Some(page) = coldest else {
            self.stats.refused += 1;
            return Err(PlaceError::TooManyEntries { max_entries });
        };
        let mut others = self.residents(page).others;
        others.sort_unstable_by_key(Resident::worth_order);
        let kept = others.len() / 2;
        for resident in others.into_iter().skip(kept) {
            self.evict(resident.key, EvictReason::TableFull);
        }
        self.forget_dead_keys(page);
        Ok(())
    }

    /// Keeps a page's list as long as what lives there, since the page may be looked through again and again.
    fn forget_dead_keys(&mut self, page: PageIndex) {
        let mut keys = std::mem::take(&mut self.pages.get_mut(page).keys);
        keys.retain(|key| self.entries.on_page(*key, page).is_some());
        self.pages.get_mut(page).keys = keys;
    }

    pub(super) fn evict(&mut self, key: PixmapKey, reason: EvictReason) {
        let frame = self.entries.frame();
        let entry = self.entries.remove(key).expect("BUG: evicted an entry twice");
        self.leave(&entry);
        let last = LastUse {
            reason,
            age_frames: u32::try_from(frame - entry.last_frame).unwrap_or(u32::MAX),
            visits: entry.visits(),
        };
        let from = entry.region();
        self.ops.push(Op::Evict { key, from, last });
        self.stats.evictions += 1;
    }

    /// Counts an entry off its page, which is free after the last one.
    pub(super) fn leave(&mut self, entry: &Entry) {
        self.pages.leave(entry);
        if self.pages.is_free(entry.page) {
            self.end_roles_of(entry.page);
        }
    }
}
