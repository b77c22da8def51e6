//! Giving pages up: their entries go to the pages that stay, as far as there is room.
//!
//! For trimming and smaller budgets. Invariant: a protected entry is never evicted; pages that can't be emptied
//! without that stay.

use std::ops::Range;

use super::Layout;
use super::evacuation::Plan;
use super::page::{PageIndex, Use};
use super::skyline::Skyline;
use super::survival::{self, Victim};

impl Layout {
    /// Empties the pages of `range` and gives them up, so that what holds their texels may be dropped. Entries move to
    /// the pages that stay, the ones most worth it first; those that find no room are evicted.
    ///
    /// False when protected entries find no room elsewhere: then all the pages stay committed, though others of their
    /// entries may be gone.
    #[must_use]
    pub fn release_pages(&mut self, range: Range<u32>) -> bool {
        let range = range.start..range.end.min(self.pages.len() as u32);
        let pages = || range.clone().map(PageIndex);
        self.leaving = range.clone();
        for page in pages()
            .filter(|page| self.pages[page.at()].in_use())
            .collect::<Vec<_>>()
        {
            self.seal(page);
        }
        let free = |layout: &Self, page: &PageIndex| layout.pages[page.at()].is_free();
        for page in pages().filter(|page| free(self, page)).collect::<Vec<_>>() {
            self.pages[page.at()].usage = Use::Uncommitted;
        }
        let emptied = pages().all(|page| self.clear_out(page));
        self.leaving = 0..0;
        for page in pages() {
            let usage = &mut self.pages[page.at()].usage;
            match (emptied, &usage) {
                (true, _) => *usage = Use::Uncommitted,
                (false, Use::Uncommitted) => *usage = Use::Free,
                (false, _) => {}
            }
        }
        self.recount_pages();
        self.refused.clear();
        emptied
    }

    fn recount_pages(&mut self) {
        let committed = |page: &&super::page::Page| !matches!(page.usage, Use::Uncommitted);
        self.stats.pages = self.pages.iter().filter(committed).count() as u32;
    }

    /// Empties one page that is leaving. False when a protected entry finds no other place.
    fn clear_out(&mut self, page: PageIndex) -> bool {
        if !self.pages[page.at()].in_use() {
            return true;
        }
        self.make_room_for_page(page);
        let mut plan = self.plan_to_clear(page);
        // Room in slivers takes less than its texels say.
        while plan.as_ref().is_ok_and(Plan::evicts)
            && let Some(free) = self.first_free_page()
        {
            self.open_page(free, self.page_side);
            plan = self.plan_to_clear(page);
        }
        let Ok(plan) = plan else {
            return false;
        };
        self.carry_out(plan);
        self.pages[page.at()].usage = Use::Uncommitted;
        true
    }

    fn first_free_page(&self) -> Option<PageIndex> {
        self.free_pages().next()
    }

    fn plan_to_clear(&mut self, page: PageIndex) -> Result<Plan, ()> {
        let heat = self.measure(page);
        let keep = self.open_room() as f32 / self.page_texels() as f32;
        let victim = Victim {
            page,
            open: false,
            heat,
        };
        self.plan(&victim, keep)
            .or_else(|_| self.plan_into_gaps(vec![victim]).ok_or(()))
    }

    /// Opens free pages, and tidies sparse ones, until the open ones may hold what lives on `page`.
    fn make_room_for_page(&mut self, page: PageIndex) {
        let live = self.measure(page).live_texels;
        // A quarter more than needed: packing leaves waste.
        while self.open_room() * 4 < live * 5 {
            let opened = match self.first_free_page() {
                Some(free) => {
                    self.open_page(free, self.page_side);
                    true
                }
                None => self.tidy_sparse_page(),
            };
            if !opened {
                return;
            }
        }
    }

    /// Evacuates the page with the least alive, if at most half of it is: more room comes of it than it takes.
    fn tidy_sparse_page(&mut self) -> bool {
        let census = survival::take_census(&self.entries, self.pages.len(), self.frame);
        let sealed = |page: &PageIndex| matches!(self.pages[page.at()].usage, Use::Sealed);
        let stays = |page: &PageIndex| !self.leaving.contains(&page.0);
        let pages = (0..self.pages.len() as u32).map(PageIndex);
        let sparsest = pages
            .filter(sealed)
            .filter(stays)
            .min_by_key(|page| census[page.at()].live_texels);
        let Some(page) = sparsest.filter(|page| census[page.at()].live_texels * 2 <= self.page_texels())
        else {
            return false;
        };
        let victim = Victim {
            page,
            open: false,
            heat: census[page.at()],
        };
        let Ok(plan) = self.plan(&victim, 1.0) else {
            return false;
        };
        self.carry_out(plan);
        self.open_page(page, self.page_side);
        true
    }

    fn open_room(&self) -> u64 {
        let skylines = self
            .open
            .iter()
            .filter_map(|page| self.pages[page.at()].skyline());
        skylines.map(Skyline::room).sum()
    }
}
