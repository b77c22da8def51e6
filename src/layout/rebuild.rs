//! Room under pressure: one page is packed from scratch, with the new entry that needs room among what stays.
//!
//! For when protected entries leave no room otherwise: few pages, a jump of the working set, a tall pixmap. Planned on
//! a fresh skyline, so a page that can't keep all of its protected entries is not touched. Invariant: at most one page
//! is rebuilt for an insertion.

use super::demand::Demand;
use super::entries::Entries;
use super::evict_reason::EvictReason;
use super::page::Page;
use super::pages::Pages;
use super::plan::{Batch, Plan};
use super::region::{PageIndex, Region};
use super::survival::{Resident, Residents, in_order, take_least};
use crate::geometry::{Rect, Size};

/// Pages tried. Each try packs a page, so this bounds what a refusal costs.
const ATTEMPTS: usize = 8;

/// Share of a page up to which entries that aren't protected stay on a rebuilt page.
const KEEP: f32 = 0.21;

/// Plans a rebuild that leaves room for `demand`, and says where. `None` when no page tried can take it beside what it
/// must keep.
pub(super) fn plan(entries: &Entries, pages: &Pages, demand: Demand) -> Option<(Plan, Region)> {
    let mut candidates = candidates(entries, pages, demand).into_iter();
    candidates.find_map(|page| {
        let (plan, rect) = plan_page(entries, pages, (page, demand.size))?;
        Some((plan, Region { page, rect }))
    })
}

/// Pages that may have room, those with the least protected texels first.
fn candidates(entries: &Entries, pages: &Pages, demand: Demand) -> Vec<PageIndex> {
    let fits = |page: PageIndex| {
        let needed = entries.protected_texels_on(page) + demand.size.texels();
        pages.reaches(demand.reach, page) && needed <= pages.texels()
    };
    let order = |(index, page): (PageIndex, &Page)| {
        let heat = in_order(page.guessed_heat(entries.frame()));
        (entries.protected_texels_on(index), heat, index)
    };
    let in_use = pages.in_use().filter(|(index, _)| fits(*index));
    let mut candidates: Vec<_> = in_use.map(order).collect();
    take_least(&mut candidates, ATTEMPTS);
    candidates.into_iter().map(|(_, _, page)| page).collect()
}

fn plan_page(entries: &Entries, pages: &Pages, (page, size): (PageIndex, Size)) -> Option<(Plan, Rect)> {
    let Residents { protected, others } = Residents::by_worth(entries, pages, page);
    let taller = protected.partition_point(|resident| resident.size().height > size.height);
    let fresh = || Batch::rebuild(page, pages.side());
    // By height, or with the new one before all others: that packs what the order by height doesn't.
    let packed = pack(fresh(), size, protected.split_at(taller));
    let (mut batch, rect) = packed.or_else(|| pack(fresh(), size, protected.split_at(0)))?;
    let keep = (KEEP * pages.texels() as f32) as u64;
    let mut kept: u64 = protected.iter().map(Resident::texels).sum();
    let mut evicted = Vec::new();
    for resident in others {
        let fits = kept + resident.texels() <= keep;
        if fits && batch.take(&resident) {
            kept += resident.texels();
        } else {
            evicted.push((resident.key, EvictReason::Capacity));
        }
    }
    let batches = vec![batch];
    Some((Plan { evicted, batches }, rect))
}

/// Takes places for a new entry and for the residents before and after it. `None` when there isn't room for all.
fn pack(mut batch: Batch, size: Size, (before, after): (&[Resident], &[Resident])) -> Option<(Batch, Rect)> {
    if !batch.take_all(before) {
        return None;
    }
    let (rect, _) = batch.skyline.place(size)?;
    batch.take_all(after).then_some((batch, rect))
}
