//! Which page is the victim, and which of its entries survive.
//!
//! The rule and its constants measured best among more than a hundred variants on two families of traces; the design
//! notes give the figures. Nothing here changes anything: it reads entries and answers.

use slotmap::SlotMap;

use super::entry::Entry;
use super::evict_reason::EvictReason;
use super::page::PageIndex;
use crate::key::PixmapKey;

/// Share of a page that unprotected survivors may take. 0.15 moves a third less and uploads 1 to 4 % more objects, 0.25
/// moves more than the 0.3 bytes per uploaded byte that are aimed at.
pub(super) const KEEP: f32 = 0.21;

/// Share of a page after which insertions of one frame move protected entries only: a jump of the view turns many pages
/// over at once and shall not pay for all their survivors too. Keeps the moves of a frame below a page; 0.5 uploads 6 %
/// more after jumps, without a limit 1.7 pages were moved.
pub(super) const KEEP_PER_FRAME: f32 = 0.52;

/// Denominator of the share of the head that is kept for survivors: a quarter.
pub(super) const STRIP_DIVISOR: u32 = 4;

/// Denominator of the share of all pages beyond which protected entries call for a whole spare page: a half. With a
/// fifth or a third a page stood empty in frames that never needed it, and misses jumped where a budget fell below that.
pub(super) const SPARE_DIVISOR: u64 = 2;

/// An open page still takes regions: better leave it that.
pub(super) const OPEN_WEIGHT: f32 = 4.0;

/// How strongly protected entries that may find no room speak against a victim.
const PROTECTED_WEIGHT: f32 = 100.0;

/// What one page holds that is worth keeping.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PageHeat {
    /// Sum of the entries' areas over their ages.
    pub(super) heat: f32,
    pub(super) live_texels: u64,
    pub(super) protected_texels: u64,
}

/// The heat of every page, from one scan over all entries.
pub(super) fn take_census(
    entries: &SlotMap<PixmapKey, Entry>,
    page_count: usize,
    frame: u64,
) -> Vec<PageHeat> {
    let mut census = vec![PageHeat::default(); page_count];
    for entry in entries.values() {
        census[entry.page.at()].add(entry, frame);
    }
    census
}

/// A page as a possible victim.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victim {
    pub(super) page: PageIndex,
    pub(super) open: bool,
    pub(super) heat: PageHeat,
}

impl PageHeat {
    /// Adds an entry's share.
    pub(super) fn add(&mut self, entry: &Entry, frame: u64) {
        self.heat += entry.heat(frame);
        self.live_texels += entry.texels();
        if entry.protected(frame) {
            self.protected_texels += entry.texels();
        }
    }
}

impl Victim {
    /// The least is chosen. `room` is what survivors may take elsewhere, in texels.
    pub(super) fn weight(&self, page_texels: u64, room: u64) -> f32 {
        let mut weight = self.heat.heat;
        if self.open {
            weight *= OPEN_WEIGHT;
        }
        let protected = self.heat.protected_texels;
        if protected as f32 > 0.8 * room as f32 {
            weight *= 1.0 + PROTECTED_WEIGHT * protected as f32 / page_texels as f32;
        }
        weight
    }
}

/// The entries of a victim, told apart.
pub(super) struct Residents {
    /// Must be moved.
    pub(super) protected: Vec<(PixmapKey, Entry)>,
    /// May be moved; the ones most worth it first.
    pub(super) others: Vec<(PixmapKey, Entry)>,
}

impl Residents {
    pub(super) fn sort(entries: impl Iterator<Item = (PixmapKey, Entry)>, frame: u64) -> Self {
        let mut protected = Vec::new();
        let mut scored = Vec::new();
        for (key, entry) in entries {
            if entry.protected(frame) {
                protected.push((key, entry));
            } else {
                scored.push((entry.score(frame), key, entry));
            }
        }
        scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let others = scored.into_iter().map(|(_, key, entry)| (key, entry)).collect();
        Self { protected, others }
    }

    /// How many of `others`, the best first, fit into `texels`.
    fn count_within(&self, texels: u64) -> usize {
        let mut left = texels;
        for (count, (_, entry)) in self.others.iter().enumerate() {
            match left.checked_sub(entry.texels()) {
                Some(rest) => left = rest,
                None => return count,
            }
        }
        self.others.len()
    }
}

/// What becomes of the unprotected residents of a victim: how many of them, the best first, reach each fate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fates {
    /// Are moved, if there is room.
    pub(super) kept: usize,
    /// Would be, without a bound on moves. At least `kept`.
    movable: usize,
    /// Would be, if entries in use didn't take the room as well. At least `movable`.
    worth_keeping: usize,
}

impl Fates {
    /// When survivors may take the share `keep` of a page, of which protected ones take their part.
    pub(super) fn decide(residents: &Residents, keep: f32, page_texels: u64) -> Self {
        let allowance = |share: f32| (page_texels as f32 * share) as u64;
        let protected: u64 = residents.protected.iter().map(|(_, entry)| entry.texels()).sum();
        let beside_protected = |share| {
            let left = allowance(share).checked_sub(protected);
            left.map_or(0, |texels| residents.count_within(texels))
        };
        let unbounded = keep.max(KEEP);
        Self {
            kept: beside_protected(keep),
            movable: beside_protected(unbounded),
            worth_keeping: residents.count_within(allowance(unbounded)),
        }
    }

    /// When protected entries leave room for none.
    pub(super) fn without_room(self) -> Self {
        Self {
            kept: 0,
            movable: 0,
            ..self
        }
    }

    /// Why the one at this place goes, which isn't among the kept.
    pub(super) fn reason(&self, place: usize) -> EvictReason {
        match place {
            _ if place < self.movable => EvictReason::MovesExhausted,
            _ if place < self.worth_keeping => EvictReason::NoRoom,
            _ => EvictReason::LeastWorth,
        }
    }
}

/// Packing order: tallest first, then widest; ties by key, so that every machine agrees.
pub(super) fn sort_for_packing(entries: &mut [(PixmapKey, Entry)]) {
    entries.sort_unstable_by_key(|(key, entry)| {
        let size = entry.size();
        (std::cmp::Reverse(size.height << 16 | size.width), *key)
    });
}
