//! Making room when no page has any: a victim page is emptied, its survivors move, the rest is evicted.
//!
//! First planned on copies of the outlines, then carried out: an evacuation that can't keep every protected entry
//! never begins. Invariant: a protected entry is moved or stays, it is never evicted.

use super::entry::Entry;
use super::evict_reason::EvictReason;
use super::gaps::Gaps;
use super::op::{Op, Region};
use super::page::{Measured, PageIndex, Use};
use super::skyline::{Footing, Skyline};
use super::survival::{self, Fates, KEEP, KEEP_PER_FRAME, PageHeat, Residents, Victim};
use super::{Layout, Purpose};
use crate::geometry::Size;
use crate::key::PixmapKey;

/// Evacuations that keep survivors beyond the protected ones, for one insertion.
const GENEROUS_EVACUATIONS: usize = 2;

/// Evacuations after which one insertion may take the strip.
const EVACUATIONS_BEFORE_STRIP: usize = 3;

/// Victims tried when survivors must go into gaps; each try looks at whole pages.
const GAP_VICTIMS: usize = 4;

/// What an evacuation is going to do.
pub(super) struct Plan {
    pub(super) victim: PageIndex,
    moves: Vec<(PixmapKey, Region)>,
    evicted: Vec<(PixmapKey, EvictReason)>,
    /// The outlines of the open pages, with the survivors in them.
    outlines: Vec<(PageIndex, Skyline)>,
    /// Pages whose unprotected entries go so that survivors find gaps.
    gapped: Vec<PageIndex>,
}

impl Layout {
    /// Evacuates until `size` finds room. Ends: every round empties a page, and the rounds are counted.
    pub(super) fn make_room(&mut self, size: Size, purpose: Purpose) -> Option<(Region, Footing)> {
        let tall = size.height > self.strip_limit();
        for round in 0..self.pages.len() + GENEROUS_EVACUATIONS {
            if (tall || round >= EVACUATIONS_BEFORE_STRIP) && !self.keeps_spare() {
                self.lift_head();
                if let Some(room) = self.find_room(size, purpose) {
                    return Some(room);
                }
            }
            let keep = if round < GENEROUS_EVACUATIONS {
                self.keep()
            } else {
                0.0
            };
            if !self.evacuate(keep, size) {
                break;
            }
            if let Some(room) = self.find_room(size, purpose) {
                return Some(room);
            }
        }
        self.clear_gap(size, purpose).or_else(|| {
            self.lift_head();
            self.find_room(size, purpose)
        })
    }

    /// Share of a page that unprotected survivors of the next victim may take.
    fn keep(&self) -> f32 {
        let moved = self.stats.moved_texels - self.moved_before_frame;
        let left = KEEP_PER_FRAME - moved as f32 / self.page_texels() as f32;
        KEEP.min(left.max(0.0))
    }

    /// Empties the victim. False, and nothing has changed, when none can be emptied to any gain.
    fn evacuate(&mut self, keep: f32, needed: Size) -> bool {
        let likely = self.likely_victim(needed);
        let plan = likely.and_then(|victim| self.plan(&victim, keep).ok());
        let Some(plan) = plan.or_else(|| self.plan_for_any(keep, needed)) else {
            return false;
        };
        let victim = plan.victim;
        self.carry_out(plan);
        self.open_page(victim, self.head_limit());
        self.head = Some(victim);
        true
    }

    /// A plan for the best page that can be emptied at all, for when the likely one can't.
    fn plan_for_any(&self, keep: f32, needed: Size) -> Option<Plan> {
        let victims = self.victims(needed);
        let plan = victims.iter().find_map(|victim| self.plan(victim, keep).ok());
        plan.or_else(|| self.plan_into_gaps(victims))
    }

    /// The first of [`Layout::victims`], without a look at every entry: pages are measured from the one that should be
    /// coldest by now, until the next can't be colder than the coldest measured.
    fn likely_victim(&mut self, needed: Size) -> Option<Victim> {
        let (page_texels, room) = (self.page_texels(), self.head_room());
        let mut guesses: Vec<(f32, PageIndex)> = self
            .possible_victims()
            .map(|page| (self.guess(page), page))
            .collect();
        guesses.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut best: Option<(f32, Victim)> = None;
        for (guess, page) in guesses {
            if best.is_some_and(|(weight, _)| weight <= guess) {
                break;
            }
            let open = self.pages[page.at()].skyline().is_some();
            let heat = self.measure(page);
            let victim = Victim { page, open, heat };
            let weight = victim.weight(page_texels, room);
            let fits = heat.protected_texels + needed.texels() <= page_texels;
            if fits && best.is_none_or(|(least, _)| weight < least) {
                best = Some((weight, victim));
            }
        }
        best.map(|(_, victim)| victim)
    }

    fn possible_victims(&self) -> impl Iterator<Item = PageIndex> + '_ {
        (0..self.pages.len() as u32)
            .map(PageIndex)
            .filter(|&page| self.pages[page.at()].in_use() && Some(page) != self.head)
            .filter(|page| !self.leaving.contains(&page.0))
    }

    /// The weight that [`Layout::measure`] may find, as long as nothing on the page was used.
    fn guess(&self, page: PageIndex) -> f32 {
        let page = &self.pages[page.at()];
        let guess = page.measured.guess(self.frame);
        if page.skyline().is_some() {
            guess * survival::OPEN_WEIGHT
        } else {
            guess
        }
    }

    /// Looks at the entries of one page.
    pub(super) fn measure(&mut self, page: PageIndex) -> PageHeat {
        let mut heat = PageHeat::default();
        for key in &self.pages[page.at()].keys {
            if let Some(entry) = self.entries.get(*key).filter(|entry| entry.page == page) {
                heat.add(entry, self.frame);
            }
        }
        let texels = heat.live_texels as f32;
        self.pages[page.at()].measured = Measured {
            texels,
            heat: heat.heat,
            frame: self.frame,
        };
        heat
    }

    /// Pages worth emptying for `needed`, the best first.
    pub(super) fn victims(&self, needed: Size) -> Vec<Victim> {
        let census = survival::take_census(&self.entries, self.pages.len(), self.frame);
        let page_texels = self.page_texels();
        let room = self.head_room();
        let victims = self
            .possible_victims()
            .map(|page| Victim {
                page,
                open: self.pages[page.at()].skyline().is_some(),
                heat: census[page.at()],
            })
            .filter(|victim| victim.heat.protected_texels + needed.texels() <= page_texels);
        let weigh = |victim: Victim| (victim.weight(page_texels, room), victim);
        let mut weighed: Vec<(f32, Victim)> = victims.map(weigh).collect();
        weighed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.page.cmp(&b.1.page)));
        weighed.into_iter().map(|(_, victim)| victim).collect()
    }

    fn head_room(&self) -> u64 {
        let skyline = self.head.and_then(|head| self.pages[head.at()].skyline());
        skyline.map_or(0, Skyline::room)
    }

    /// The living entries of a page, told apart.
    pub(super) fn residents(&self, page: PageIndex) -> Residents {
        let on_page = self.pages[page.at()].keys.iter().filter_map(|&key| {
            let entry = *self.entries.get(key)?;
            (entry.page == page).then_some((key, entry))
        });
        Residents::sort(on_page, self.frame)
    }

    /// A plan that moves the survivors to open pages, or the protected entries that find no room there.
    pub(super) fn plan(&self, victim: &Victim, keep: f32) -> Result<Plan, Plan> {
        let residents = self.residents(victim.page);
        let fates = Fates::decide(&residents, keep, self.page_texels());
        let plan = self.plan_moves(victim.page, &residents, fates);
        if fates.kept > 0 && plan.is_err() {
            return self.plan_moves(victim.page, &residents, fates.without_room());
        }
        plan
    }

    /// Packs the protected entries and the kept others. `Err` has the plan without what found no room.
    pub(super) fn plan_moves(
        &self,
        victim: PageIndex,
        residents: &Residents,
        fates: Fates,
    ) -> Result<Plan, Plan> {
        let (kept, lost) = residents.others.split_at(fates.kept);
        let leaves = self.leaving.contains(&victim.0);
        let reason = |reason| if leaves { EvictReason::Released } else { reason };
        let lost = (fates.kept..).zip(lost);
        let mut plan = Plan {
            victim,
            moves: Vec::new(),
            evicted: lost
                .map(|(place, (key, _))| (*key, reason(fates.reason(place))))
                .collect(),
            outlines: self.destinations(victim),
            gapped: Vec::new(),
        };
        let mut survivors = residents.protected.clone();
        survivors.extend_from_slice(kept);
        survival::sort_for_packing(&mut survivors);
        let mut complete = true;
        for (key, entry) in survivors {
            match plan.place(entry.size()) {
                Some(to) => plan.moves.push((key, to)),
                None if entry.protected(self.frame) => complete = false,
                None => plan.evicted.push((key, reason(EvictReason::NoRoom))),
            }
        }
        if complete { Ok(plan) } else { Err(plan) }
    }

    /// Copies of the outlines that survivors may go to: the head in its full height, then the others, oldest first.
    pub(super) fn destinations(&self, victim: PageIndex) -> Vec<(PageIndex, Skyline)> {
        let others = self.open.iter().copied().filter(|p| Some(*p) != self.head);
        self.head
            .into_iter()
            .chain(others)
            .filter(|&page| page != victim && !self.is_fresh(page))
            .filter_map(|page| {
                let mut skyline = self.pages[page.at()].skyline()?.clone();
                skyline.lift_limit();
                Some((page, skyline))
            })
            .collect()
    }

    /// A plan for a sudden jump of the working set, when no page is spare yet: what finds no room on open pages goes
    /// between the protected entries of sealed ones.
    pub(super) fn plan_into_gaps(&self, mut victims: Vec<Victim>) -> Option<Plan> {
        victims.sort_by_key(|victim| (victim.heat.protected_texels, victim.page));
        let pages = self.sealed_pages();
        victims.truncate(GAP_VICTIMS);
        victims.iter().find_map(|victim| {
            let residents = self.residents(victim.page);
            let fates = Fates::decide(&residents, 0.0, self.page_texels()).without_room();
            let plan = self.plan_moves(victim.page, &residents, fates);
            plan.or_else(|partial| self.fill_gaps(partial, &pages)).ok()
        })
    }

    /// Sealed pages that stay, those with the least protected first.
    fn sealed_pages(&self) -> Vec<PageIndex> {
        let census = survival::take_census(&self.entries, self.pages.len(), self.frame);
        let mut pages: Vec<PageIndex> = (0..self.pages.len() as u32)
            .map(PageIndex)
            .filter(|page| matches!(self.pages[page.at()].usage, Use::Sealed))
            .filter(|page| !self.leaving.contains(&page.0))
            .collect();
        pages.sort_by_key(|page| (census[page.at()].protected_texels, *page));
        pages
    }

    /// Completes a plan with gaps on sealed pages; the largest entries choose first.
    pub(super) fn fill_gaps(&self, mut plan: Plan, pages: &[PageIndex]) -> Result<Plan, Plan> {
        let mut left = self.residents(plan.victim).protected;
        left.retain(|(key, _)| !plan.moves.iter().any(|(moved, _)| moved == key));
        survival::sort_for_packing(&mut left);
        for &page in pages {
            if left.is_empty() || page == plan.victim || self.is_fresh(page) {
                continue;
            }
            let residents = self.residents(page);
            let mut gaps = self.gaps_between(&residents.protected);
            let before = left.len();
            left.retain(|(key, entry)| match gaps.take(entry.size()) {
                Some(rect) => {
                    plan.moves.push((*key, Region { page, rect }));
                    false
                }
                None => true,
            });
            if left.len() < before {
                let others = residents.others.iter();
                plan.evicted
                    .extend(others.map(|(key, _)| (*key, EvictReason::MadeWay)));
                plan.gapped.push(page);
            }
        }
        if left.is_empty() { Ok(plan) } else { Err(plan) }
    }

    fn gaps_between(&self, protected: &[(PixmapKey, Entry)]) -> Gaps {
        let rects = protected.iter().map(|(_, entry)| entry.region().rect);
        Gaps::between(self.page_side, rects)
    }

    /// Moves and evicts; the victim is free afterwards.
    pub(super) fn carry_out(&mut self, plan: Plan) {
        for (key, reason) in plan.evicted {
            self.evict(key, reason);
        }
        for (page, skyline) in plan.outlines {
            self.pages[page.at()].usage = Use::Open(skyline);
        }
        for page in plan.gapped {
            self.forget_dead_keys(page);
        }
        for (key, to) in plan.moves {
            self.move_entry(key, to);
        }
        if let Some(head) = self.head {
            // Not among the outlines when its texture was committed in this frame.
            self.lift_limit_of(head);
        }
        self.empty_page(plan.victim);
        self.stats.evacuations += 1;
    }

    fn move_entry(&mut self, key: PixmapKey, to: Region) {
        let entry = self.entries.get_mut(key).expect("BUG: a survivor is dead");
        let from = entry.region();
        entry.set_region(to);
        self.leave(from);
        // Nothing else than a gap is on a sealed page.
        self.arrive(to, Footing::Gap);
        self.pages[to.page.at()].keys.push(key);
        self.ops.push(Op::Move { key, from, to });
        self.stats.moves += 1;
        self.stats.moved_texels += to.rect.size().texels();
    }

    /// Keeps a page's list as long as what lives there, however often its gaps are filled.
    fn forget_dead_keys(&mut self, page: PageIndex) {
        let entries = &self.entries;
        let lives_here = |key: &PixmapKey| entries.get(*key).is_some_and(|e| e.page == page);
        self.pages[page.at()].keys.retain(lives_here);
    }

    /// The last resort, without a copy: a place for `size` among the protected entries of one page, whose other
    /// entries are evicted.
    fn clear_gap(&mut self, size: Size, purpose: Purpose) -> Option<(Region, Footing)> {
        let mut victims = self.victims(size);
        victims.sort_by_key(|victim| (victim.heat.protected_texels, victim.page));
        for victim in victims {
            let page = victim.page;
            if !self.accepts(page, purpose) {
                continue;
            }
            let residents = self.residents(page);
            let Some(rect) = self.gaps_between(&residents.protected).take(size) else {
                continue;
            };
            for (key, _) in residents.others {
                self.evict(key, EvictReason::MadeWay);
            }
            self.forget_dead_keys(page);
            self.seal(page);
            return Some((Region { page, rect }, Footing::Gap));
        }
        None
    }
}

impl Plan {
    /// Whether an entry is lost by it.
    pub(super) fn evicts(&self) -> bool {
        !self.evicted.is_empty()
    }

    fn place(&mut self, size: Size) -> Option<Region> {
        self.outlines.iter_mut().find_map(|(page, skyline)| {
            let (rect, _) = skyline.place(size)?;
            Some(Region { page: *page, rect })
        })
    }
}
