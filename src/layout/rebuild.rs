//! Room under pressure: one page is packed from scratch, with the pixmap that needs room first.
//!
//! For when entries in use leave no room otherwise: few pages, a jump of the working set, a tall pixmap. Planned on a
//! fresh skyline, so a page that can't keep all of its protected entries is not touched. Invariant: at most one page is
//! rebuilt for an insertion.

use super::Layout;
use super::evict_reason::EvictReason;
use super::pages::Reach;
use super::plan::{Batch, Plan};
use super::region::{PageIndex, Region};
use super::skyline::Placement;
use super::survival::{Resident, Residents, take_least};
use crate::geometry::{Rect, Size};

/// Pages tried. Each try packs a page, so this bounds what a refusal costs.
const ATTEMPTS: usize = 8;

/// Share of a page up to which entries that aren't protected stay on a rebuilt page.
const REBUILD_KEEP: f32 = 0.21;

impl Layout {
    /// Room for `size` on a page that is rebuilt for it. `None`, and nothing has changed, when no page tried can take it
    /// beside what it must keep.
    pub(super) fn rebuild_for(&mut self, size: Size, reach: Reach) -> Option<(Region, Placement)> {
        for page in self.rebuild_candidates(size, reach) {
            if let Some((plan, region)) = self.plan_rebuild(page, size) {
                self.carry_out(plan);
                self.offer_head(page);
                // Others lie around it: only the rectangle itself is known to be nobody's.
                return Some((region, Placement::Gap));
            }
        }
        None
    }

    /// Pages that may have room, those with the least protected texels first.
    fn rebuild_candidates(&self, size: Size, reach: Reach) -> Vec<PageIndex> {
        let (page_texels, frame) = (self.pages.texels(), self.entries.frame());
        let fits = |page: &PageIndex| {
            self.pages.reaches(reach, *page)
                && self.pages.protected_texels(*page) + size.texels() <= page_texels
        };
        let mut candidates: Vec<(u64, f32, PageIndex)> = self
            .pages
            .in_use()
            .filter(|(index, _)| fits(index))
            .map(|(index, page)| {
                let protected = self.pages.protected_texels(index);
                (protected, page.guessed_heat(frame), index)
            })
            .collect();
        take_least(&mut candidates, ATTEMPTS, |a, b| {
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        });
        candidates.into_iter().map(|(_, _, page)| page).collect()
    }

    fn plan_rebuild(&self, page: PageIndex, size: Size) -> Option<(Plan, Region)> {
        let Residents {
            protected,
            mut others,
        } = self.residents(page);
        others.sort_unstable_by_key(Resident::worth_order);
        let side = self.pages.side();
        let taller = protected.partition_point(|resident| resident.size().height > size.height);
        let pack = |before| Batch::rebuild(page, side).take_all(size, protected.split_at(before));
        // By height, or with the new one before all others: that packs what the order by height doesn't.
        let packed = pack(taller).or_else(|| pack(0));
        let (mut batch, rect) = packed?;
        let keep = (REBUILD_KEEP * self.pages.texels() as f32) as u64;
        let mut kept: u64 = protected.iter().map(Resident::texels).sum();
        let mut evicted = Vec::new();
        for resident in others {
            let fits = kept + resident.texels() <= keep;
            if fits && batch.take(&resident) {
                kept += resident.texels();
            } else {
                evicted.push((resident.key, EvictReason::MadeWay));
            }
        }
        let batches = vec![batch];
        Some((Plan { evicted, batches }, Region { page, rect }))
    }
}

impl Batch {
    /// Places for a new pixmap and for the residents before and after it. `None` when there isn't room for all.
    fn take_all(mut self, size: Size, residents: (&[Resident], &[Resident])) -> Option<(Self, Rect)> {
        let (before, after) = residents;
        for resident in before {
            self.take(resident).then_some(())?;
        }
        let (rect, _) = self.skyline.place(size)?;
        for resident in after {
            self.take(resident).then_some(())?;
        }
        Some((self, rect))
    }
}
