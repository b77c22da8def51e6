//! The pages: which are free, open or sealed, which one is the head, and room on the open ones.
//!
//! Evicts nothing: what has to go when there is no room is decided elsewhere. Invariants: `open` and `free` list
//! exactly the pages in that condition; a page in use without a living entry becomes free; the head is open, its victim
//! sealed.

use super::demand::{Demand, Reach};
use super::entries::Entries;
use super::entry::Entry;
use super::error::PlaceError;
use super::head::{Drain, Head};
use super::page::{Condition, Page};
use super::region::{PageIndex, Region};
use super::skyline::{Placement, Skyline};
use crate::geometry::Size;
use crate::key::PixmapKey;

/// Maximum number of open pages. A fourth and the waste lists together are worth 0.3 to 0.7 % of the uploaded bytes.
const MAX_OPEN: usize = 4;

#[derive(Clone, Debug)]
pub(super) struct Pages {
    side: u32,
    max_pages: u32,
    /// By index; grown to the highest page ever committed.
    pages: Vec<Page>,
    /// Oldest first.
    open: Vec<PageIndex>,
    /// By number.
    free: Vec<PageIndex>,
    /// None as long as a page is free.
    head: Option<Head>,
    committed: u32,
    commits: u32,
    /// What `commits` was when the frame began.
    commits_before_frame: u32,
}

impl Pages {
    pub(super) fn new(side: u32, max_pages: u32) -> Self {
        Self {
            side,
            max_pages,
            pages: Vec::new(),
            open: Vec::new(),
            free: Vec::new(),
            head: None,
            committed: 0,
            commits: 0,
            commits_before_frame: 0,
        }
    }

    pub(super) fn begin_frame(&mut self) {
        self.commits_before_frame = self.commits;
    }

    pub(super) fn set_max_pages(&mut self, max_pages: u32) {
        self.max_pages = max_pages;
    }

    /// Makes the pages of one texture free, except for those that are committed already.
    pub(super) fn commit(&mut self, pages: impl Iterator<Item = PageIndex>) {
        self.commits += 1;
        for index in pages {
            if self.pages.len() <= index.at() {
                self.pages.resize(index.at() + 1, Page::uncommitted());
            }
            let page = &mut self.pages[index.at()];
            if !page.is_committed() {
                page.condition = Condition::Free;
                page.commit = self.commits;
                self.committed += 1;
                self.set_free(index);
            }
        }
    }

    /// Gives up a free page.
    pub(super) fn uncommit(&mut self, page: PageIndex) {
        self.take_free(page).expect("BUG: gave up a page that isn't free");
        self.pages[page.at()].condition = Condition::Uncommitted;
        self.committed -= 1;
    }

    pub(super) fn reach_of(&self, page: PageIndex) -> Reach {
        Reach::up_to_commit(self.get(page).commit.max(self.commits_before_frame))
    }

    pub(super) fn reaches(&self, reach: Reach, page: PageIndex) -> bool {
        Reach::up_to_commit(self.get(page).commit) <= reach
    }

    /// Checks a size. The entry may go everywhere.
    pub(super) fn demand(&self, size: Size) -> Result<Demand, PlaceError> {
        let limit = self.side;
        if size.is_empty() {
            return Err(PlaceError::Empty { size });
        }
        if size.longer_side() > limit {
            return Err(PlaceError::TooLarge { size, limit });
        }
        let reach = Reach::EVERYWHERE;
        Ok(Demand { size, reach })
    }

    /// Texels of all pages that may be committed.
    pub(super) fn all_texels(&self) -> u64 {
        self.texels() * u64::from(self.max_pages.max(self.committed))
    }

    /// Returns why so many texels found no room.
    pub(super) fn refusal(&self, needed_texels: u64, protected_texels: u64) -> PlaceError {
        // Free pages are then out of reach: they were committed in this frame.
        if !self.free.is_empty() {
            return PlaceError::NextFrame { needed_texels };
        }
        self.full(needed_texels, protected_texels)
    }

    pub(super) fn full(&self, needed_texels: u64, protected_texels: u64) -> PlaceError {
        PlaceError::Full {
            needed_texels,
            protected_texels,
            page_texels: self.committed_texels(),
        }
    }

    /// Finds room on an open page, oldest first, or else on a free one.
    pub(super) fn find_room(&mut self, demand: Demand) -> Option<(Region, Placement)> {
        for index in 0..self.open.len() {
            let page = self.open[index];
            if self.reaches(demand.reach, page)
                && let Some(room) = self.place_on(page, demand.size)
            {
                return Some(room);
            }
        }
        let mut free = self.free.iter().copied();
        let page = free.find(|page| self.reaches(demand.reach, *page))?;
        let is_last = self.free.len() == 1 && self.committed >= self.max_pages;
        self.open(page, Skyline::new(self.side));
        if is_last {
            self.head = Some(Head::new(page));
        }
        self.place_on(page, demand.size)
    }

    /// Takes a place on an open page.
    pub(super) fn place_on(&mut self, page: PageIndex, size: Size) -> Option<(Region, Placement)> {
        let Condition::Open(skyline) = &mut self.pages[page.at()].condition else {
            return None;
        };
        let (rect, placement) = skyline.place(size)?;
        Some((Region { page, rect }, placement))
    }

    /// Opens a page with everything on it, and seals the oldest open one when there are too many, but not the head.
    pub(super) fn open(&mut self, page: PageIndex, skyline: Skyline) {
        let _ = self.take_free(page);
        if !self.open.contains(&page) {
            self.open.push(page);
        }
        self.pages[page.at()].condition = Condition::Open(skyline);
        let head = self.head_page();
        let oldest = self.open.iter().copied().find(|open| Some(*open) != head);
        if self.open.len() > MAX_OPEN
            && let Some(oldest) = oldest
        {
            self.seal(oldest);
        }
    }

    fn seal(&mut self, page: PageIndex) {
        self.open.retain(|open| *open != page);
        let page = &mut self.pages[page.at()];
        page.condition = Condition::Sealed;
        // Nothing is appended any more; growing has left up to half of the list unused.
        page.keys.shrink_to_fit();
    }

    /// Opens a page that is packed from scratch. What stays on it arrives again; then comes [`Pages::finish_rebuild`].
    pub(super) fn begin_rebuild(&mut self, page: PageIndex, skyline: Skyline) {
        self.end_roles_of(page);
        self.open(page, skyline);
        self.pages[page.at()].clear_list();
    }

    pub(super) fn finish_rebuild(&mut self, page: PageIndex) {
        self.pages[page.at()].counts.dead_texels = 0;
    }

    /// Lists and counts an entry on its page.
    pub(super) fn arrive(&mut self, key: PixmapKey, entry: &Entry) {
        let page = &mut self.pages[entry.page.at()];
        page.keys.push(key);
        page.count(entry.texels());
    }

    /// Lists an entry that its page counts already, under another key.
    pub(super) fn list_again(&mut self, key: PixmapKey, page: PageIndex) {
        let page = &mut self.pages[page.at()];
        page.keys.push(key);
        page.lists_twice = true;
    }

    /// Counts an entry off the page where it was, which is free after the last one.
    pub(super) fn leave(&mut self, entry: &Entry) {
        if self.pages[entry.page.at()].uncount(entry.texels()) {
            self.open.retain(|open| *open != entry.page);
            self.set_free(entry.page);
            self.end_roles_of(entry.page);
        }
    }

    /// Counts an entry where it is, instead of where it was with another size.
    pub(super) fn relocate(&mut self, key: PixmapKey, before: &Entry, after: &Entry) {
        if before.page == after.page {
            self.pages[after.page.at()].count(after.texels());
        } else {
            self.arrive(key, after);
            self.pages[before.page.at()].lists_twice = true;
        }
        self.leave(before);
    }

    /// Counts an entry that keeps a part of its region.
    pub(super) fn shrink(&mut self, before: &Entry, after: &Entry) {
        let counts = &mut self.pages[after.page.at()].counts;
        let dead_texels = before.texels() - after.texels();
        counts.live_texels -= dead_texels;
        counts.dead_texels += dead_texels;
    }

    pub(super) fn measure(&mut self, page: PageIndex, entries: &Entries) {
        self.pages[page.at()].measure(page, entries);
    }

    /// Shortens the list of a page to what lives there, since it may be looked through again and again.
    pub(super) fn unlist_dead(&mut self, page: PageIndex, entries: &Entries) {
        let keys = &mut self.pages[page.at()].keys;
        keys.retain(|key| entries.on_page(*key, page).is_some());
    }

    pub(super) fn head_page(&self) -> Option<PageIndex> {
        self.head.as_ref().map(Head::page)
    }

    /// The page that is being drained.
    pub(super) fn victim(&self) -> Option<PageIndex> {
        self.head.as_ref()?.victim()
    }

    pub(super) fn head_mut(&mut self) -> Option<&mut Head> {
        self.head.as_mut()
    }

    /// Seals the victim, whose entries then go to the head.
    pub(super) fn begin_drain(&mut self, drain: Drain) {
        self.seal(drain.victim);
        if let Some(head) = &mut self.head {
            head.begin_drain(drain);
        }
    }

    pub(super) fn end_drain(&mut self) -> Option<Drain> {
        self.head.as_mut()?.end_drain()
    }

    /// Makes an open page the head, if it has more room.
    pub(super) fn offer_head(&mut self, page: PageIndex) {
        let room = |page: PageIndex| self.get(page).skyline().map(Skyline::room);
        let Some(offered) = room(page) else {
            return;
        };
        let head = self.head_page();
        if head == Some(page) || head.and_then(room).is_none_or(|room| offered > room) {
            self.head = Some(Head::new(page));
        }
    }

    /// A page that is rebuilt or free is neither head nor victim.
    fn end_roles_of(&mut self, page: PageIndex) {
        if self.victim() == Some(page) {
            let _ = self.end_drain();
        }
        if self.head_page() == Some(page) {
            self.head = None;
        }
    }

    fn set_free(&mut self, page: PageIndex) {
        let index = self.free.partition_point(|free| *free < page);
        self.free.insert(index, page);
    }

    fn take_free(&mut self, page: PageIndex) -> Option<PageIndex> {
        let index = self.free.binary_search(&page).ok()?;
        Some(self.free.remove(index))
    }

    pub(super) fn get(&self, page: PageIndex) -> &Page {
        &self.pages[page.at()]
    }

    /// Returns the page, if there ever was one of that number.
    pub(super) fn find(&self, page: PageIndex) -> Option<&Page> {
        self.pages.get(page.at())
    }

    pub(super) fn is_free(&self, page: PageIndex) -> bool {
        matches!(self.get(page).condition, Condition::Free)
    }

    /// The committed pages, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PageIndex, &Page)> + '_ {
        let pages = (0..).map(PageIndex).zip(&self.pages);
        pages.filter(|(_, page)| page.is_committed())
    }

    /// Open and sealed pages, by number.
    pub(super) fn in_use(&self) -> impl Iterator<Item = (PageIndex, &Page)> + '_ {
        self.iter().filter(|(_, page)| page.in_use())
    }

    /// Open pages, oldest first.
    pub(super) fn opened(&self) -> &[PageIndex] {
        &self.open
    }

    /// Free pages, by number.
    pub(super) fn free(&self) -> &[PageIndex] {
        &self.free
    }

    /// The number of pages that have a texture.
    pub(super) fn committed(&self) -> u32 {
        self.committed
    }

    pub(super) fn committed_texels(&self) -> u64 {
        self.texels() * u64::from(self.committed)
    }

    /// Texels that open and free pages can still take, at most.
    pub(super) fn free_texels(&self) -> u64 {
        let open = self.open.iter().filter_map(|page| self.get(*page).skyline());
        let open: u64 = open.map(Skyline::room).sum();
        open + self.texels() * self.free.len() as u64
    }

    pub(super) fn max_pages(&self) -> u32 {
        self.max_pages
    }

    pub(super) fn side(&self) -> u32 {
        self.side
    }

    /// Texels of one page.
    pub(super) fn texels(&self) -> u64 {
        u64::from(self.side) * u64::from(self.side)
    }
}
