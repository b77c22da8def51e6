//! Giving pages up: what lives there goes to the pages that stay, as far as there is room.
//!
//! For trimming and smaller budgets. Appended to open pages, then to free ones; then pages that stay are rebuilt with
//! their own entries and some of those that come. Invariant: what the terms keep is never evicted, and pages that can't
//! be emptied on these terms stay with everything on them.

use std::collections::BTreeSet;

use super::Layout;
use super::entry::Entry;
use super::evict_reason::EvictReason;
use super::plan::{Batch, Plan};
use super::region::PageIndex;
use super::skyline::Skyline;
use super::survival::{Resident, Residents};
use crate::key::PixmapKey;

/// Share of a page that is given to entries which are then packed onto it, tallest first.
const PACKED: f32 = 0.90;

/// On which terms pages are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseTerms {
    /// What is said of the entries that are evicted for it.
    pub reason: EvictReason,
    /// Entries used in this frame or later are kept, as protected ones are.
    pub keep_since_frame: u64,
    /// Texels of entries that may be evicted at most.
    pub max_evicted_texels: u64,
}

/// An entry that looks for a place.
#[derive(Clone, Copy)]
struct Mover {
    resident: Resident,
    from: PageIndex,
    /// Whether it must find one.
    kept: bool,
}

impl Layout {
    /// Gives up pages, so that what holds their texels may be dropped. Their entries go to the pages that stay, the ones
    /// most worth it first; those that find no room are evicted. Numbers of pages that aren't committed are ignored.
    ///
    /// False, and nothing has changed, when that isn't possible on these terms.
    #[must_use]
    pub fn release_pages(&mut self, pages: impl IntoIterator<Item = u32>, terms: &ReleaseTerms) -> bool {
        let pages = pages.into_iter().map(PageIndex);
        let releasing: BTreeSet<PageIndex> = pages.filter(|page| self.pages.is_committed(*page)).collect();
        // Not for the sake of better ones, as long as there is room for all.
        let keeping_all = ReleaseTerms {
            keep_since_frame: 0,
            ..*terms
        };
        let plan = self.plan_release(&releasing, &keeping_all);
        let Some(plan) = plan.or_else(|| self.plan_release(&releasing, terms)) else {
            return false;
        };
        self.carry_out(plan);
        for page in releasing {
            self.pages.uncommit(page);
        }
        self.refusals.clear();
        true
    }

    fn plan_release(&self, releasing: &BTreeSet<PageIndex>, terms: &ReleaseTerms) -> Option<Plan> {
        let staying = u64::from(self.pages.committed()) - releasing.len() as u64;
        if self.protected_texels() > staying * self.pages.texels() {
            return None;
        }
        let mut plan = Plan::default();
        let mut movers = self.movers(releasing.iter().copied(), terms);
        let reach = releasing.iter().map(|page| self.pages.reach_of(*page)).min();
        let stays = |page: &PageIndex| {
            let reaches = reach.is_none_or(|reach| self.pages.reaches(reach, *page));
            reaches && !releasing.contains(page)
        };
        self.append_movers(&mut movers, &mut plan, stays);
        for page in self.pages_to_merge(&plan, stays) {
            self.merge_movers(&mut movers, &mut plan, page, terms);
        }
        if movers.iter().any(|mover| mover.kept) {
            return None;
        }
        plan.evicted
            .extend(movers.iter().map(|mover| (mover.resident.key, terms.reason)));
        let texels = |(key, _): &(PixmapKey, EvictReason)| self.entries.get(*key).map_or(0, Entry::texels);
        let evicted_texels: u64 = plan.evicted.iter().map(texels).sum();
        (evicted_texels <= terms.max_evicted_texels).then_some(plan)
    }

    /// The entries of some pages, the ones most worth keeping first.
    fn movers(&self, pages: impl Iterator<Item = PageIndex>, terms: &ReleaseTerms) -> Vec<Mover> {
        let since = terms.keep_since_frame;
        let seen = |key| {
            self.entries
                .get(key)
                .is_some_and(|entry| entry.last_frame >= since)
        };
        let mut movers = Vec::new();
        for from in pages {
            let Residents { protected, others } = self.residents(from);
            let mover = |resident, kept| Mover { resident, from, kept };
            movers.extend(protected.into_iter().map(|resident| mover(resident, true)));
            movers.extend(
                others
                    .into_iter()
                    .map(|resident| mover(resident, seen(resident.key))),
            );
        }
        sort_by_worth(&mut movers);
        movers
    }

    /// Puts movers on open and free pages. Those that find no room there are left.
    fn append_movers(&self, movers: &mut Vec<Mover>, plan: &mut Plan, stays: impl Fn(&PageIndex) -> bool) {
        let skyline = |page: PageIndex| {
            let skyline = self.pages.get(page).skyline().cloned();
            Batch::append(page, skyline.unwrap_or_else(|| Skyline::new(self.pages.side())))
        };
        let free = self.pages.free().iter().copied();
        let pages = self.pages.opened().iter().copied().chain(free).filter(stays);
        let mut batches: Vec<Batch> = pages.map(skyline).collect();
        let room: u64 = batches.iter().map(|batch| batch.skyline.room()).sum();
        let chosen = choose(movers, (room as f32 * PACKED) as u64);
        let take = |resident: &Resident| batches.iter_mut().any(|batch| batch.take(resident));
        let left = pack(chosen, take);
        movers.extend(left);
        sort_by_worth(movers);
        batches.retain(|batch| !batch.coming.is_empty());
        plan.batches.extend(batches);
    }

    /// Pages that stay and that nothing was appended to, those with the least alive first.
    fn pages_to_merge(&self, plan: &Plan, stays: impl Fn(&PageIndex) -> bool) -> Vec<PageIndex> {
        let appended = |page: &PageIndex| plan.batches.iter().any(|batch| batch.page == *page);
        let pages = self.pages.in_use().map(|(index, _)| index);
        let mut pages: Vec<PageIndex> = pages.filter(|page| stays(page) && !appended(page)).collect();
        pages.sort_by_key(|page| (self.pages.get(*page).counts.live_texels, *page));
        pages
    }

    /// Rebuilds a page with its own entries and as many movers as there is room for. Nothing, when none comes.
    fn merge_movers(&self, movers: &mut Vec<Mover>, plan: &mut Plan, page: PageIndex, terms: &ReleaseTerms) {
        let room = (self.pages.texels() as f32 * PACKED) as u64;
        let has_room = self.pages.get(page).counts.live_texels < room;
        if movers.is_empty() || !has_room && !movers[0].kept {
            return;
        }
        let own = self.movers(std::iter::once(page), terms);
        let is_own = |mover: &Mover| mover.from == page;
        // Its own that are kept come first in any case.
        let (own_kept, own_others): (Vec<Mover>, Vec<Mover>) = own.into_iter().partition(|mover| mover.kept);
        let mut candidates = own_others;
        candidates.extend(movers.iter().copied());
        sort_by_worth(&mut candidates);
        candidates.splice(0..0, own_kept);
        let chosen = choose(&mut candidates, room);
        if chosen.iter().all(is_own) {
            return;
        }
        let mut batch = Batch::rebuild(page, self.pages.side());
        candidates.extend(pack(chosen, |resident| batch.take(resident)));
        if candidates.iter().any(|mover| mover.kept && is_own(mover)) {
            return;
        }
        let (lost, left): (Vec<Mover>, Vec<Mover>) = candidates.into_iter().partition(is_own);
        plan.evicted
            .extend(lost.iter().map(|mover| (mover.resident.key, terms.reason)));
        plan.batches.push(batch);
        *movers = left;
        sort_by_worth(movers);
    }
}

/// Takes the first of them, as many as together cover no more than `texels`.
fn choose(movers: &mut Vec<Mover>, texels: u64) -> Vec<Mover> {
    let mut left = texels;
    let fits = |mover: &&Mover| match left.checked_sub(mover.resident.texels()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let count = movers.iter().take_while(fits).count();
    movers.drain(..count).collect()
}

/// Has a place taken for each, the tallest first. Returns those that found none.
fn pack(mut movers: Vec<Mover>, mut take: impl FnMut(&Resident) -> bool) -> Vec<Mover> {
    movers.sort_unstable_by_key(|mover| mover.resident.packing_order());
    movers.retain(|mover| !take(&mover.resident));
    movers
}

/// Kept ones first, then the ones most worth keeping.
fn sort_by_worth(movers: &mut [Mover]) {
    movers.sort_unstable_by_key(|mover| (!mover.kept, mover.resident.worth_order()));
}
