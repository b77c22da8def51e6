//! What is going to be moved and evicted, worked out on copies of the skylines before anything changes.
//!
//! A plan that can't keep what must be kept is never carried out. Invariant: a protected entry is moved or stays, it is
//! never evicted.

use super::Layout;
use super::evict_reason::EvictReason;
use super::op::Op;
use super::region::{PageIndex, Region};
use super::skyline::Skyline;
use super::survival::Resident;
use crate::key::PixmapKey;

#[derive(Default)]
pub(super) struct Plan {
    pub(super) evicted: Vec<(PixmapKey, EvictReason)>,
    pub(super) batches: Vec<Batch>,
}

/// What is going to one page.
pub(super) struct Batch {
    pub(super) page: PageIndex,
    /// The skyline with everything on it that comes.
    pub(super) skyline: Skyline,
    /// Whether the page is packed from scratch. Its own entries that stay are then among those that come.
    pub(super) rebuilt: bool,
    pub(super) coming: Vec<(PixmapKey, Region)>,
}

impl Batch {
    /// More on a page that is open or free.
    pub(super) fn append(page: PageIndex, skyline: Skyline) -> Self {
        Self {
            page,
            skyline,
            rebuilt: false,
            coming: Vec::new(),
        }
    }

    /// A page packed from scratch.
    pub(super) fn rebuild(page: PageIndex, side: u32) -> Self {
        Self {
            page,
            skyline: Skyline::new(side),
            rebuilt: true,
            coming: Vec::new(),
        }
    }

    /// A place for an entry; false when there is none.
    pub(super) fn take(&mut self, resident: &Resident) -> bool {
        let room = self.skyline.place(resident.size());
        let page = self.page;
        let region = room.map(|(rect, _)| (resident.key, Region { page, rect }));
        self.coming.extend(region);
        region.is_some()
    }
}

impl Layout {
    pub(super) fn carry_out(&mut self, plan: Plan) {
        for (key, reason) in plan.evicted {
            self.evict(key, reason);
        }
        for batch in plan.batches {
            self.carry_out_batch(batch);
        }
    }

    fn carry_out_batch(&mut self, batch: Batch) {
        let Batch {
            page,
            skyline,
            rebuilt,
            coming,
        } = batch;
        if rebuilt {
            self.end_roles_of(page);
        }
        self.pages.open(page, skyline, self.head_page());
        if !rebuilt {
            for (key, to) in coming {
                self.move_entry(key, to);
            }
            return;
        }
        let stays = |(key, to): &&(PixmapKey, Region)| self.region(*key) == Some(*to);
        let moves = (coming.len() - coming.iter().filter(stays).count()) as u32;
        self.ops.push(Op::Rebuild { page, moves });
        // An entry may come back to a page that still lists it.
        self.pages.get_mut(page).keys.clear();
        self.pages.get_mut(page).lists_twice = false;
        for (key, to) in coming {
            self.move_entry(key, to);
        }
        self.pages.get_mut(page).counts.dead_texels = 0;
        self.stats.rebuilds += 1;
    }

    /// Moves an entry and lists it where it goes, which may be where it was.
    pub(super) fn move_entry(&mut self, key: PixmapKey, to: Region) {
        let (before, after) = self.entries.set_region(key, to);
        let from = before.region();
        // Arrives first: a page without an entry is free.
        self.pages.arrive(key, &after);
        self.leave(&before);
        if from != to {
            self.ops.push(Op::Move { key, from, to });
            self.stats.moves += 1;
            self.stats.moved_texels += after.texels();
        }
    }
}
