//! Room while little is protected: as the head fills, the next victim is drained into it, a few entries at a time.
//!
//! Each insertion pays for a share of the copies, after Baker's incremental collector (1978), so that no frame has a
//! burst. When the head is full, the rest of the victim is evicted, and it is empty. No room is reserved for survivors:
//! protected entries that the head can't take stay on the victim, packed.

use super::entries::Entries;
use super::evict_reason::EvictReason;
use super::head::Drain;
use super::pages::Pages;
use super::plan::{Batch, Plan};
use super::region::{PageIndex, Region};
use super::skyline::Skyline;
use super::survival::{Resident, Residents, coldest_page};
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

/// Share of a page that is filled with new entries before a head chooses its victim. Sooner moves a quarter more for
/// the same uploads; at a third of a page, 0.3 % more bytes are uploaded.
const START: f32 = 0.22;

/// Goes on with the drain as far as `texels` of new entries pay for it. Returns what moves where; places are taken.
pub(super) fn advance(entries: &Entries, pages: &mut Pages, texels: u64) -> Vec<(PixmapKey, Region)> {
    let start = (START * pages.texels() as f32) as u64;
    let Some(head) = pages.head_mut() else {
        return Vec::new();
    };
    head.count_inserted(texels);
    if head.needs_victim(start) {
        begin(entries, pages);
        return Vec::new();
    }
    let (due, victim) = (head.take_due(), head.victim());
    let Some(victim) = victim.filter(|_| !due.is_empty()) else {
        return Vec::new();
    };
    let targets = targets(pages, victim);
    let mut take = |key| {
        let size = entries.on_page(key, victim)?.size();
        let (to, _) = targets.iter().find_map(|page| pages.place_on(*page, size))?;
        Some((key, to))
    };
    due.into_iter().filter_map(&mut take).collect()
}

fn begin(entries: &Entries, pages: &mut Pages) {
    let Some(head) = pages.head_page() else {
        return;
    };
    let room = pages.get(head).skyline().map_or(0, Skyline::room);
    let max_protected = (MAX_PROTECTED * room as f32) as u64;
    let coldest = coldest_page(entries, pages, |page, _| {
        page != head && entries.protected_texels_on(page) <= max_protected
    });
    let Some(victim) = coldest else {
        let _ = pages.end_drain();
        return;
    };
    let survivors = choose_survivors(entries, pages, victim, (KEEP * room as f32) as u64);
    let texels: u64 = survivors.iter().map(Resident::texels).sum();
    let fresh = (room as f32 - texels as f32 / PACKED) * FRESH;
    let survivors = survivors.iter().map(|survivor| survivor.key);
    pages.begin_drain(Drain::new(victim, survivors, fresh as u64));
}

/// What is moved off a victim, the tallest first: protected entries, and the best others that fit `keep` texels.
fn choose_survivors(entries: &Entries, pages: &Pages, victim: PageIndex, keep: u64) -> Vec<Resident> {
    let Residents { protected, others } = Residents::by_worth(entries, pages, victim);
    let mut left = keep.saturating_sub(entries.protected_texels_on(victim));
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

/// Open pages that entries of `victim` may move to: the head first.
fn targets(pages: &Pages, victim: PageIndex) -> Vec<PageIndex> {
    let (reach, head) = (pages.reach_of(victim), pages.head_page());
    let others = pages.opened().iter().copied().filter(|page| Some(*page) != head);
    let targets = head.into_iter().chain(others);
    targets.filter(|page| pages.reaches(reach, *page)).collect()
}

/// Plans the end of a drain: protected entries and the survivors left go to the head, or stay where no room is left,
/// and the rest is evicted. The victim is then free, or open with what stays.
///
/// `None` when much of the victim has come into use, so that another page is the better one to work on, or when not
/// even the victim itself has room for what must stay.
pub(super) fn plan_end(entries: &Entries, pages: &Pages, drain: Drain) -> Option<Plan> {
    let victim = drain.victim;
    if entries.protected_texels_on(victim) as f32 > MAX_PROTECTED * pages.texels() as f32 {
        return None;
    }
    let Residents { protected, others } = Residents::of(entries, pages, victim);
    let append = |page| Some(Batch::append(page, pages.get(page).skyline()?.clone()));
    let mut batches: Vec<Batch> = targets(pages, victim).into_iter().filter_map(append).collect();
    batches.push(Batch::rebuild(victim, pages.side()));
    let mut take = |resident: &Resident| batches.iter_mut().any(|batch| batch.take(resident));
    if !protected.iter().all(&mut take) {
        return None;
    }
    let survivors = drain.into_survivors();
    let survives = |resident: &Resident| survivors.binary_search(&resident.key).is_ok();
    let lost = others
        .into_iter()
        .filter(|resident| !survives(resident) || !take(resident));
    let evicted = lost
        .map(|resident| (resident.key, EvictReason::Capacity))
        .collect();
    batches.retain(|batch| !batch.coming.is_empty());
    Some(Plan { evicted, batches })
}
