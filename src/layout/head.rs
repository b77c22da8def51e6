//! The head: the open page that a victim is drained into.
//!
//! Keeps the drain's progress; `drain.rs` decides what is moved where. Invariant: the victim is sealed.

use super::region::PageIndex;
use crate::key::PixmapKey;

/// Survivors moved at a time: fewer would break up the uploads among which they come.
const STRIDE: usize = 16;

/// The page that new entries and survivors share. There is one as long as no page is free.
#[derive(Clone, Debug)]
pub(super) struct Head {
    page: PageIndex,
    /// Texels of new entries, on whatever page, since the phase began.
    inserted: u64,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    /// No victim is chosen yet.
    Waiting,
    Draining(Drain),
    /// No victim was found, or it is drained.
    Done,
}

/// A victim and what is still to be moved off it.
#[derive(Clone, Debug)]
pub(super) struct Drain {
    pub(super) victim: PageIndex,
    /// The tallest last.
    survivors: Vec<PixmapKey>,
    /// How many survivors were chosen.
    chosen: usize,
    /// Texels of new entries by which the victim should be drained.
    expected: u64,
}

impl Drain {
    /// `survivors` come in the order in which they move, `expected` is how many texels of new entries pay for them.
    pub(super) fn new(
        victim: PageIndex,
        survivors: impl DoubleEndedIterator<Item = PixmapKey>,
        expected: u64,
    ) -> Self {
        let survivors: Vec<PixmapKey> = survivors.rev().collect();
        Self {
            victim,
            chosen: survivors.len(),
            survivors,
            expected: expected.max(1),
        }
    }

    /// The survivors that haven't moved, in order of their keys.
    pub(super) fn into_survivors(self) -> Vec<PixmapKey> {
        let mut survivors = self.survivors;
        survivors.sort_unstable();
        survivors
    }

    /// Takes the survivors that should have moved once `inserted` texels are in.
    fn take_due(&mut self, inserted: u64) -> Vec<PixmapKey> {
        let progress = inserted as f64 / self.expected as f64;
        let left = (self.chosen as f64 * (1.0 - progress).max(0.0)) as usize;
        let stride = STRIDE.min(self.chosen.div_ceil(STRIDE)).max(1);
        if left + stride > self.survivors.len() {
            return Vec::new();
        }
        let mut due = self.survivors.split_off(left);
        due.reverse();
        due
    }
}

impl Head {
    pub(super) fn new(page: PageIndex) -> Self {
        Self {
            page,
            inserted: 0,
            phase: Phase::Waiting,
        }
    }

    pub(super) fn page(&self) -> PageIndex {
        self.page
    }

    /// The page that is being drained.
    pub(super) fn victim(&self) -> Option<PageIndex> {
        match &self.phase {
            Phase::Draining(drain) => Some(drain.victim),
            Phase::Waiting | Phase::Done => None,
        }
    }

    pub(super) fn count_inserted(&mut self, texels: u64) {
        self.inserted += texels;
    }

    /// Whether it is time to choose a victim: `start` texels are in, and none was chosen.
    pub(super) fn needs_victim(&self, start: u64) -> bool {
        matches!(self.phase, Phase::Waiting) && self.inserted >= start
    }

    pub(super) fn begin_drain(&mut self, drain: Drain) {
        self.inserted = 0;
        self.phase = Phase::Draining(drain);
    }

    /// Takes the survivors that are due, the tallest first.
    pub(super) fn take_due(&mut self) -> Vec<PixmapKey> {
        match &mut self.phase {
            Phase::Draining(drain) => drain.take_due(self.inserted),
            Phase::Waiting | Phase::Done => Vec::new(),
        }
    }

    /// Ends the drain, or the wait for one.
    pub(super) fn end_drain(&mut self) -> Option<Drain> {
        match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Draining(drain) => Some(drain),
            Phase::Waiting | Phase::Done => None,
        }
    }
}
