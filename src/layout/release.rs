//! Giving up pages: what lives there moves to the pages that stay, as far as there is room.
//!
//! For trimming and smaller budgets. Movers are appended to open pages, then to free ones; then pages that stay are
//! rebuilt with their own entries and some of those that come. Invariant: what the terms keep is never evicted, and
//! pages that can't be emptied on these terms stay as they are.

use std::collections::BTreeSet;

use super::demand::Reach;
use super::entries::Entries;
use super::evict_reason::EvictReason;
use super::page::Page;
use super::pages::Pages;
use super::plan::{Batch, Plan};
use super::region::PageIndex;
use super::skyline::Skyline;
use super::survival::{Resident, Residents};
use crate::key::PixmapKey;

/// Share of a page that is given to entries which are then packed onto it, tallest first.
const PACKED: f32 = 0.90;

/// The terms on which pages are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseTerms {
    /// The reason given for the entries that are evicted. Default: [`EvictReason::Trimmed`].
    pub reason: EvictReason,
    /// Entries used in this frame or later are kept, as protected ones are. Default: `u64::MAX`, which keeps the
    /// protected ones only.
    pub keep_since_frame: u64,
    /// Maximum number of texels to evict. Default: `u64::MAX`.
    pub max_evicted_texels: u64,
}

impl Default for ReleaseTerms {
    fn default() -> Self {
        Self {
            reason: EvictReason::Trimmed,
            keep_since_frame: u64::MAX,
            max_evicted_texels: u64::MAX,
        }
    }
}

/// An entry that needs a place.
#[derive(Clone, Copy)]
struct Mover {
    resident: Resident,
    from: PageIndex,
    /// Whether it must find one.
    kept: bool,
}

/// Pages that are to be given up.
pub(super) struct Release<'a> {
    entries: &'a Entries,
    pages: &'a Pages,
    released: BTreeSet<PageIndex>,
    /// How far every entry of these pages may go.
    reach: Reach,
}

impl<'a> Release<'a> {
    /// Ignores pages that aren't committed.
    pub(super) fn new(
        entries: &'a Entries,
        pages: &'a Pages,
        released: impl Iterator<Item = PageIndex>,
    ) -> Self {
        let is_committed = |page: &PageIndex| pages.find(*page).is_some_and(Page::is_committed);
        let released: BTreeSet<PageIndex> = released.filter(is_committed).collect();
        let reaches = released.iter().map(|page| pages.reach_of(*page));
        let reach = reaches.min().unwrap_or(Reach::EVERYWHERE);
        Self {
            entries,
            pages,
            released,
            reach,
        }
    }

    /// Returns what has to happen, and which pages are then free.
    pub(super) fn plan(self, terms: &ReleaseTerms) -> Option<(Plan, BTreeSet<PageIndex>)> {
        // Nothing is evicted for the sake of better entries as long as there is room for all.
        let keeping_all = ReleaseTerms {
            keep_since_frame: 0,
            ..*terms
        };
        let plan = self
            .attempt(keeping_all, self.entries.live_texels())
            .or_else(|| self.attempt(*terms, self.entries.protected_texels()))?;
        Some((plan, self.released))
    }

    /// `kept_texels` is a lower bound of what the terms keep.
    fn attempt(&self, terms: ReleaseTerms, kept_texels: u64) -> Option<Plan> {
        let staying = u64::from(self.pages.committed()) - self.released.len() as u64;
        if kept_texels > staying * self.pages.texels() {
            return None;
        }
        let mut attempt = Attempt {
            release: self,
            terms,
            movers: Vec::new(),
            plan: Plan::default(),
        };
        let movers = self.released.iter().flat_map(|page| attempt.residents(*page));
        attempt.movers = movers.collect();
        attempt.append_movers();
        for page in attempt.pages_to_merge() {
            attempt.merge_movers(page);
        }
        attempt.finish()
    }

    /// Whether entries may move to a page.
    fn takes(&self, page: PageIndex) -> bool {
        self.pages.reaches(self.reach, page) && !self.released.contains(&page)
    }
}

/// A plan in the making.
struct Attempt<'r> {
    release: &'r Release<'r>,
    terms: ReleaseTerms,
    /// Entries that have no place yet.
    movers: Vec<Mover>,
    plan: Plan,
}

impl Attempt<'_> {
    fn residents(&self, from: PageIndex) -> Vec<Mover> {
        let Release { entries, pages, .. } = *self.release;
        let since = self.terms.keep_since_frame;
        let seen = |key| entries.get(key).is_some_and(|entry| entry.last_frame >= since);
        let Residents { protected, others } = Residents::of(entries, pages, from);
        let mover = |resident, kept| Mover { resident, from, kept };
        let protected = protected.into_iter().map(|resident| mover(resident, true));
        let others = others
            .into_iter()
            .map(|resident| mover(resident, seen(resident.key)));
        protected.chain(others).collect()
    }

    /// Puts movers on open and free pages, as far as there is room.
    fn append_movers(&mut self) {
        let (release, pages) = (self.release, self.release.pages);
        let append = |page: PageIndex| {
            let skyline = pages.get(page).skyline().cloned();
            Batch::append(page, skyline.unwrap_or_else(|| Skyline::new(pages.side())))
        };
        let targets = pages.opened().iter().chain(pages.free()).copied();
        let targets = targets.filter(|page| release.takes(*page));
        let mut batches: Vec<Batch> = targets.map(append).collect();
        let room: u64 = batches.iter().map(|batch| batch.skyline.room()).sum();
        sort_by_worth(&mut self.movers);
        let chosen = choose(&mut self.movers, (room as f32 * PACKED) as u64);
        let take = |resident: &Resident| batches.iter_mut().any(|batch| batch.take(resident));
        self.movers.extend(pack(chosen, take));
        batches.retain(|batch| !batch.coming.is_empty());
        self.plan.batches.extend(batches);
    }

    /// Pages that stay and that nothing was appended to, those with the fewest live texels first.
    fn pages_to_merge(&self) -> Vec<PageIndex> {
        let appended = |page: PageIndex| self.plan.batches.iter().any(|batch| batch.page == page);
        let pages = self.release.pages.in_use();
        let mut pages: Vec<(u64, PageIndex)> = pages
            .filter(|(index, _)| self.release.takes(*index) && !appended(*index))
            .map(|(index, page)| (page.counts.live_texels, index))
            .collect();
        pages.sort_unstable();
        pages.into_iter().map(|(_, page)| page).collect()
    }

    /// Rebuilds a page with its own entries and as many movers as there is room for. Does nothing when none comes.
    fn merge_movers(&mut self, page: PageIndex) {
        let pages = self.release.pages;
        let room = (pages.texels() as f32 * PACKED) as u64;
        let has_room = pages.get(page).counts.live_texels < room;
        if self.movers.is_empty() || !has_room && !self.movers.iter().any(|mover| mover.kept) {
            return;
        }
        let is_own = |mover: &Mover| mover.from == page;
        let mut candidates = self.residents(page);
        candidates.extend(&self.movers);
        sort_by_worth(&mut candidates);
        // Its own that are kept come first in any case.
        candidates.sort_by_key(|mover| !(mover.kept && is_own(mover)));
        let chosen = choose(&mut candidates, room);
        if chosen.iter().all(is_own) {
            return;
        }
        let mut batch = Batch::rebuild(page, pages.side());
        candidates.extend(pack(chosen, |resident| batch.take(resident)));
        if candidates.iter().any(|mover| mover.kept && is_own(mover)) {
            return;
        }
        let (lost, left): (Vec<Mover>, Vec<Mover>) = candidates.into_iter().partition(is_own);
        self.plan.evicted.extend(self.evicted(&lost));
        self.plan.batches.push(batch);
        self.movers = left;
    }

    /// Evicts what found no place, if the terms allow it.
    fn finish(mut self) -> Option<Plan> {
        if self.movers.iter().any(|mover| mover.kept) {
            return None;
        }
        sort_by_worth(&mut self.movers);
        self.plan.evicted.extend(self.evicted(&self.movers));
        let evicted_texels = self
            .release
            .entries
            .texels_of(self.plan.evicted.iter().map(|(key, _)| *key));
        (evicted_texels <= self.terms.max_evicted_texels).then_some(self.plan)
    }

    fn evicted(&self, movers: &[Mover]) -> Vec<(PixmapKey, EvictReason)> {
        let evicted = movers.iter().map(|mover| (mover.resident.key, self.terms.reason));
        evicted.collect()
    }
}

/// Takes the first of them, as many as together cover no more than `texels`.
fn choose(movers: &mut Vec<Mover>, texels: u64) -> Vec<Mover> {
    let mut sum = 0;
    let fits = |mover: &&Mover| {
        sum += mover.resident.texels();
        sum <= texels
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
