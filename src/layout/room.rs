//! Room for a region: on open pages, oldest first, or on a free one that is opened for it.
//!
//! Which pages are open, which one is the head and how far it may be filled. Looks at no entry: what has to go when
//! there is no room is `evacuation.rs`. Invariant: `open` lists exactly the pages that are `Use::Open`.

use super::error::PlaceError;
use super::op::Region;
use super::page::{PageIndex, Tally, Use};
use super::skyline::{Footing, Skyline};
use super::survival::{SPARE_DIVISOR, STRIP_DIVISOR};
use super::{Layout, MAX_OPEN, Purpose};
use crate::geometry::Size;

impl Layout {
    /// Room on a page, by evacuation if need be.
    pub(super) fn room_for(&mut self, size: Size, purpose: Purpose) -> Result<(Region, Footing), PlaceError> {
        if let Some(room) = self.find_room(size, purpose) {
            return Ok(room);
        }
        if !self.refused.iter().any(|refused| size.covers(*refused)) {
            if let Some(room) = self.make_room(size, purpose) {
                return Ok(room);
            }
            // What is known to passes has less choice: its refusal says nothing of a new entry.
            if purpose == Purpose::New {
                self.refused.push(size);
            }
        }
        self.stats.refused += 1;
        Err(PlaceError::Full {
            needed_texels: size.texels(),
            protected_texels: self.protected_texels(),
            page_texels: self.page_texels() * u64::from(self.stats.pages),
        })
    }

    /// Room on an open page, oldest first, or else on a free one. Looks at no entry.
    pub(super) fn find_room(&mut self, size: Size, purpose: Purpose) -> Option<(Region, Footing)> {
        for index in 0..self.open.len() {
            let page = self.open[index];
            if let Some(room) = self.room_on(page, size, purpose) {
                return Some(room);
            }
        }
        let accepts = |page: &PageIndex| self.accepts(*page, purpose);
        let mut free = self.free_pages();
        let page = free.find(accepts)?;
        drop(free);
        let last = self.free_pages().count() == 1;
        let more_to_come = self.stats.pages < self.max_pages;
        if last && !more_to_come {
            self.open_page(page, self.head_limit());
            self.head = Some(page);
        } else {
            self.open_page(page, self.page_side);
        }
        self.room_on(page, size, purpose)
    }

    pub(super) fn room_on(
        &mut self,
        page: PageIndex,
        size: Size,
        purpose: Purpose,
    ) -> Option<(Region, Footing)> {
        if !self.accepts(page, purpose) {
            return None;
        }
        let skyline = self.pages[page.at()].skyline_mut()?;
        let (rect, footing) = skyline.place(size)?;
        Some((Region { page, rect }, footing))
    }

    pub(super) fn free_pages(&self) -> impl Iterator<Item = PageIndex> + '_ {
        let pages = (0..self.pages.len() as u32).map(PageIndex);
        pages.filter(|page| self.pages[page.at()].is_free())
    }

    pub(super) fn accepts(&self, page: PageIndex, purpose: Purpose) -> bool {
        purpose == Purpose::New || !self.is_fresh(page)
    }

    /// Whether the page's texture was committed in this frame.
    pub(super) fn is_fresh(&self, page: PageIndex) -> bool {
        self.pages[page.at()].committed_frame == self.frame
    }

    pub(super) fn open_page(&mut self, page: PageIndex, limit: u32) {
        let opened = &mut self.pages[page.at()];
        debug_assert_eq!(opened.tally.entries, 0, "BUG: opened a page that isn't empty");
        opened.usage = Use::Open(Skyline::new(self.page_side, limit));
        opened.tally = Tally::default();
        self.open.push(page);
        if self.open.len() > MAX_OPEN {
            let oldest = self.open[0];
            self.seal(oldest);
        }
    }

    pub(super) fn seal(&mut self, page: PageIndex) {
        self.open.retain(|open| *open != page);
        if self.head == Some(page) {
            self.head = None;
        }
        let page = &mut self.pages[page.at()];
        page.usage = Use::Sealed;
        // Nothing is appended any more; growing has left up to half of the list unused.
        page.keys.shrink_to_fit();
    }

    pub(super) fn empty_page(&mut self, page: PageIndex) {
        self.seal(page);
        self.pages[page.at()].keys.clear();
        self.pages[page.at()].usage = Use::Free;
    }

    /// Gives the head's strip to new entries.
    pub(super) fn lift_head(&mut self) {
        if let Some(head) = self.head {
            self.lift_limit_of(head);
        }
    }

    pub(super) fn lift_limit_of(&mut self, page: PageIndex) {
        if let Some(skyline) = self.pages[page.at()].skyline_mut() {
            skyline.lift_limit();
        }
    }

    /// How far new entries fill the head: to the strip, or not at all while a whole page is kept spare.
    pub(super) fn head_limit(&self) -> u32 {
        if self.keeps_spare() { 0 } else { self.strip_limit() }
    }

    pub(super) fn strip_limit(&self) -> u32 {
        self.page_side - self.page_side / STRIP_DIVISOR
    }

    /// With much of the atlas protected, only an empty page surely takes what a victim holds.
    pub(super) fn keeps_spare(&self) -> bool {
        let protected = self.last_protected_texels.max(self.protected_texels());
        let all = self.page_texels() * u64::from(self.stats.pages);
        protected * SPARE_DIVISOR > all
    }

    pub(super) fn page_texels(&self) -> u64 {
        u64::from(self.page_side) * u64::from(self.page_side)
    }
}
