//! Room in fair weather: while the head fills, the next victim is drained into it, a few entries at a time.
//!
//! So each insertion pays for a share of the copies, after Baker's incremental collector (1978), and no frame has a
//! burst. When the head is full, what is left on the victim is evicted, and it is empty. No room is reserved for what still
//! has to come: what finds none on the head stays on the victim, packed. Invariant: the victim is sealed.

use super::Layout;
use super::evict_reason::EvictReason;
use super::plan::{Batch, Plan};
use super::region::PageIndex;
use super::skyline::Skyline;
use super::survival::{Resident, Residents};
use crate::key::PixmapKey;

/// Share of the head's room that may go to survivors. 0.22 uploads 0.3 % more bytes, 0.27 moves 8 % more.
const KEEP: f32 = 0.25;

/// Share of the head's room that a victim's protected entries may take: those all move.
const MAX_PROTECTED: f32 = 0.40;

/// Share of a page that survivors reach with packing waste.
const PACKED: f32 = 0.84;

/// Share of the head's room for new entries by whose end the victim should be drained: it may be full sooner than its
/// texels say.
const FRESH: f32 = 0.80;

/// Share of a page that is filled with new entries before a head chooses its victim. Sooner moves a quarter more for the
/// same uploads; at a third of a page, 0.3 % more bytes are uploaded.
const START: f32 = 0.22;

/// Survivors moved in one go: fewer would break up the uploads among which they come.
const STRIDE: usize = 16;

/// The open page that a victim is drained into. There is one as long as no page is free.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) page: PageIndex,
    /// Texels of new entries, on whatever page, since it is the head.
    inserted: u64,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    /// No victim is chosen yet.
    Waiting,
    Draining(Drain),
    /// There is no victim, or none any more.
    Done,
}

#[derive(Clone, Debug)]
struct Drain {
    victim: PageIndex,
    /// What is still to come, the tallest last.
    survivors: Vec<PixmapKey>,
    /// How many survivors were chosen.
    chosen: usize,
    /// Texels of new entries since the start, and by which the victim should be drained.
    inserted: u64,
    expected: u64,
}

impl Drain {
    /// How many of the survivors should be left by now.
    fn due(&self) -> usize {
        let progress = self.inserted as f64 / self.expected as f64;
        (self.chosen as f64 * (1.0 - progress).max(0.0)) as usize
    }
}

impl Layout {
    pub(super) fn head_page(&self) -> Option<PageIndex> {
        self.head.as_ref().map(|head| head.page)
    }

    /// The page that is being drained.
    pub(super) fn victim(&self) -> Option<PageIndex> {
        match self.head.as_ref()?.phase {
            Phase::Draining(Drain { victim, .. }) => Some(victim),
            Phase::Waiting | Phase::Done => None,
        }
    }

    pub(super) fn set_head(&mut self, page: PageIndex) {
        self.head = Some(Head {
            page,
            inserted: 0,
            phase: Phase::Waiting,
        });
    }

    /// Makes a page that was rebuilt the head, if it is a better one.
    pub(super) fn offer_head(&mut self, page: PageIndex) {
        let room = |page| self.pages.get(page).skyline().map_or(0, Skyline::room);
        let better = match self.head_page() {
            Some(head) => head == page || room(page) > room(head),
            None => true,
        };
        if better {
            self.set_head(page);
        }
    }

    /// A page is rebuilt or has become free: it is no head and no victim any more.
    pub(super) fn end_roles_of(&mut self, page: PageIndex) {
        if self.victim() == Some(page) {
            let _ = self.take_phase();
        }
        if self.head_page() == Some(page) {
            self.head = None;
        }
    }

    /// Goes on with the drain, as far as `texels` of new entries pay for it.
    pub(super) fn pay_for(&mut self, texels: u64) {
        let start = START * self.pages.texels() as f32;
        let Some(head) = &mut self.head else {
            return;
        };
        head.inserted += texels;
        match &mut head.phase {
            Phase::Waiting if head.inserted >= start as u64 => self.start_drain(),
            Phase::Draining(drain) => {
                drain.inserted += texels;
                self.advance();
            }
            Phase::Waiting | Phase::Done => {}
        }
    }

    fn start_drain(&mut self) {
        let Some(head) = self.head_page() else {
            return;
        };
        let room = self.pages.get(head).skyline().map_or(0, Skyline::room);
        let max_protected = (MAX_PROTECTED * room as f32) as u64;
        let coldest =
            self.coldest_page(|pages, page| page != head && pages.protected_texels(page) <= max_protected);
        let Some(victim) = coldest else {
            let _ = self.take_phase();
            return;
        };
        self.pages.seal(victim);
        let survivors = self.choose_survivors(victim, (KEEP * room as f32) as u64);
        let texels: u64 = survivors.iter().map(Resident::texels).sum();
        let fresh = (room as f32 - texels as f32 / PACKED) * FRESH;
        self.set_drain(Drain {
            victim,
            chosen: survivors.len(),
            survivors: survivors.into_iter().rev().map(|resident| resident.key).collect(),
            inserted: 0,
            expected: (fresh as u64).max(1),
        });
    }

    /// What is moved off a victim, the tallest first: protected entries, and the best others that fit `keep` texels.
    fn choose_survivors(&self, victim: PageIndex, keep: u64) -> Vec<Resident> {
        let Residents {
            protected,
            mut others,
        } = self.residents(victim);
        others.sort_unstable_by_key(Resident::worth_order);
        let mut left = keep.saturating_sub(self.pages.protected_texels(victim));
        let mut survivors = protected;
        for resident in others {
            if let Some(rest) = left.checked_sub(resident.texels()) {
                left = rest;
                survivors.push(resident);
            }
        }
        survivors.sort_unstable_by_key(Resident::packing_order);
        survivors
    }

    fn set_drain(&mut self, drain: Drain) {
        if let Some(head) = &mut self.head {
            head.phase = Phase::Draining(drain);
        }
    }

    /// Moves as many survivors as are due.
    fn advance(&mut self) {
        let Some(Phase::Draining(drain)) = self.head.as_mut().map(|head| &mut head.phase) else {
            return;
        };
        let stride = STRIDE.min(drain.chosen.div_ceil(STRIDE)).max(1);
        let due = drain.due();
        if due + stride > drain.survivors.len() {
            return;
        }
        let Some(Phase::Draining(mut drain)) = self.take_phase() else {
            return;
        };
        let targets = self.targets(drain.victim);
        while drain.survivors.len() > due
            && let Some(key) = drain.survivors.pop()
        {
            self.move_survivor(key, drain.victim, &targets);
        }
        if self.pages.get(drain.victim).counts.entries == 0 {
            self.stats.evacuations += 1;
        } else {
            self.set_drain(drain);
        }
    }

    /// Takes the phase out of the head, which has no victim until it gets another.
    fn take_phase(&mut self) -> Option<Phase> {
        let head = self.head.as_mut()?;
        Some(std::mem::replace(&mut head.phase, Phase::Done))
    }

    fn move_survivor(&mut self, key: PixmapKey, victim: PageIndex, targets: &[PageIndex]) {
        let Some(entry) = self.entries.on_page(key, victim) else {
            return;
        };
        let mut targets = targets.iter();
        if let Some((to, _)) = targets.find_map(|page| self.pages.place_on(*page, entry.size())) {
            self.move_entry(key, to);
        }
    }

    /// Open pages that entries of `from` may move to: the head first.
    fn targets(&self, from: PageIndex) -> Vec<PageIndex> {
        let reach = self.pages.reach_of(from);
        let head = self.head_page();
        let others = self
            .pages
            .opened()
            .iter()
            .copied()
            .filter(|page| Some(*page) != head);
        let targets = head.into_iter().chain(others);
        targets.filter(|page| self.pages.reaches(reach, *page)).collect()
    }

    /// Ends the drain: protected entries and the survivors left go to the head, or stay where no room is left, and the rest
    /// is evicted. Returns the victim, which is free, or open with what stays.
    pub(super) fn finish_drain(&mut self) -> Option<PageIndex> {
        let Some(Phase::Draining(drain)) = self.take_phase() else {
            return None;
        };
        // Much of it has come into use since: then there may be a better page to work on.
        let protected = self.pages.protected_texels(drain.victim) as f32;
        if protected > MAX_PROTECTED * self.pages.texels() as f32 {
            return None;
        }
        let victim = drain.victim;
        let plan = self.plan_finish(drain)?;
        self.carry_out(plan);
        self.stats.evacuations += 1;
        Some(victim)
    }

    /// `None` when not even the victim itself has room for what must stay.
    fn plan_finish(&self, mut drain: Drain) -> Option<Plan> {
        let Residents { protected, others } = self.residents(drain.victim);
        let append = |page| Some(Batch::append(page, self.pages.get(page).skyline()?.clone()));
        let targets = self.targets(drain.victim).into_iter();
        let mut batches: Vec<Batch> = targets.filter_map(append).collect();
        batches.push(Batch::rebuild(drain.victim, self.pages.side()));
        let mut take = |resident: &Resident| batches.iter_mut().any(|batch| batch.take(resident));
        if !protected.iter().all(&mut take) {
            return None;
        }
        drain.survivors.sort_unstable();
        let survives = |resident: &Resident| drain.survivors.binary_search(&resident.key).is_ok();
        let lost = others
            .into_iter()
            .filter(|resident| !survives(resident) || !take(resident));
        let evicted = lost
            .map(|resident| (resident.key, EvictReason::LeastWorth))
            .collect();
        batches.retain(|batch| !batch.coming.is_empty());
        Some(Plan { evicted, batches })
    }
}
