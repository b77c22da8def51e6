//! What is going to be moved and evicted, worked out on copies of the skylines before anything changes.
//!
//! A plan that can't keep what must be kept is never carried out. Invariant: a protected entry moves or stays; it is
//! never evicted.

use super::evict_reason::EvictReason;
use super::region::{PageIndex, Region};
use super::skyline::Skyline;
use super::survival::Resident;
use crate::key::PixmapKey;

#[derive(Default)]
pub(super) struct Plan {
    pub(super) evicted: Vec<(PixmapKey, EvictReason)>,
    pub(super) batches: Vec<Batch>,
}

/// What moves to one page.
pub(super) struct Batch {
    pub(super) page: PageIndex,
    /// The skyline with everything that comes on it.
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
            rebuilt: true,
            ..Self::append(page, Skyline::new(side))
        }
    }

    /// Takes a place for an entry. Returns `false` if there is none.
    pub(super) fn take(&mut self, resident: &Resident) -> bool {
        let room = self.skyline.place(resident.size());
        let page = self.page;
        let region = room.map(|(rect, _)| (resident.key, Region { page, rect }));
        self.coming.extend(region);
        region.is_some()
    }

    /// Takes a place for each. Returns whether there was one for all.
    pub(super) fn take_all(&mut self, residents: &[Resident]) -> bool {
        residents.iter().all(|resident| self.take(resident))
    }
}
