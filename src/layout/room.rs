//! Room for what is placed: found, or made by evicting and moving what isn't protected.
//!
//! On pages and in the table of entries. Plans what goes with `drain`, `rebuild` and `survival`. Invariant: what is protected
//! stays.

use super::demand::Demand;
use super::error::PlaceError;
use super::evict_reason::EvictReason;
use super::region::Region;
use super::skyline::Placement;
use super::{Layout, drain, rebuild, survival};

impl Layout {
    /// Finds room on a page, or makes some.
    pub(super) fn room_for(&mut self, demand: Demand) -> Result<(Region, Placement), PlaceError> {
        if let Some(room) = self.pages.find_room(demand) {
            return Ok(room);
        }
        if !self.refusals.foretell(&demand) {
            if let Some(room) = self.make_room(demand) {
                return Ok(room);
            }
            self.refusals.add(demand);
        }
        self.stats.refused += 1;
        Err(self
            .pages
            .refusal(demand.size.texels(), self.entries.protected_texels()))
    }

    /// Ends the drain; if that isn't enough, rebuilds one page.
    fn make_room(&mut self, demand: Demand) -> Option<(Region, Placement)> {
        if let Some(room) = self.end_drain().and_then(|()| self.pages.find_room(demand)) {
            return Some(room);
        }
        let (plan, region) = rebuild::plan(&self.entries, &self.pages, demand)?;
        self.carry_out(plan);
        // Everything that was to stay has gone, with other tiles of the same pixmaps.
        if self.pages.is_free(region.page) {
            return self.pages.find_room(demand);
        }
        self.pages.offer_head(region.page);
        // Others lie around it: only the rectangle itself is known to be unused.
        Some((region, Placement::Gap))
    }

    fn end_drain(&mut self) -> Option<()> {
        let drain = self.pages.end_drain()?;
        let victim = drain.victim;
        let plan = drain::plan_end(&self.entries, &self.pages, drain)?;
        self.carry_out(plan);
        self.stats.evacuations += 1;
        self.pages.offer_head(victim);
        Some(())
    }

    /// Makes room in the table: when it is full, evicts the less worthy half of the coldest page's entries.
    pub(super) fn make_entry_room(&mut self) -> Result<(), PlaceError> {
        if !self.entries.is_full() {
            return Ok(());
        }
        let Some((page, keys)) = survival::coldest_half(&self.entries, &mut self.pages) else {
            self.stats.refused += 1;
            let max_entries = self.entries.max_entries();
            return Err(PlaceError::TooManyEntries { max_entries });
        };
        for key in keys {
            self.evict(key, EvictReason::TableFull);
        }
        self.pages.unlist_dead(page, &self.entries);
        Ok(())
    }

    /// Moves the survivors that `texels` of new entries pay for.
    pub(super) fn pay_for(&mut self, texels: u64) {
        let victim = self.pages.victim();
        let moves = drain::advance(&self.entries, &mut self.pages, texels);
        self.move_entries(moves);
        if victim.is_some_and(|victim| self.pages.is_free(victim)) {
            self.stats.evacuations += 1;
        }
    }
}
