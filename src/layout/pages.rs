//! The pages: which are free, open or sealed, and room on the open ones.
//!
//! Looks at no entry: what has to go when there is no room is decided elsewhere. Invariants: `open` and `free` list
//! exactly the pages of that use, and a page in use without a living entry becomes free.

use super::MAX_OPEN;
use super::entry::Entry;
use super::page::{Page, PageCounts, PageTouches, Use};
use super::region::{PageIndex, Region};
use super::skyline::{Placement, Skyline};
use crate::geometry::Size;
use crate::key::PixmapKey;

/// How recent a texture may be for a pixmap to go there: the number of its commit. What passes of this frame may draw
/// already can't go to a texture that their bind group lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reach(u32);

impl Reach {
    /// For what nobody has drawn yet.
    pub(super) const EVERYWHERE: Reach = Reach(u32::MAX);
}

#[derive(Clone, Debug)]
pub(super) struct Pages {
    side: u32,
    /// By index; grown to the highest page ever committed.
    pages: Vec<Page>,
    /// One for each of `pages`.
    touches: Vec<PageTouches>,
    /// Oldest first.
    open: Vec<PageIndex>,
    /// By number.
    free: Vec<PageIndex>,
    committed: u32,
    commits: u32,
    /// What `commits` was when the frame began.
    commits_before_frame: u32,
    frame: u64,
}

impl Pages {
    pub(super) fn new(side: u32) -> Self {
        Self {
            side,
            pages: Vec::new(),
            touches: Vec::new(),
            open: Vec::new(),
            free: Vec::new(),
            committed: 0,
            commits: 0,
            commits_before_frame: 0,
            frame: 1,
        }
    }

    pub(super) fn begin_frame(&mut self) {
        self.frame += 1;
        self.commits_before_frame = self.commits;
    }

    /// Makes the pages of one texture free, as far as they aren't committed already.
    pub(super) fn commit(&mut self, pages: impl Iterator<Item = PageIndex>) {
        self.commits += 1;
        for page in pages {
            if self.pages.len() <= page.at() {
                self.pages.resize(page.at() + 1, Page::uncommitted());
                self.touches.resize(page.at() + 1, PageTouches::default());
            }
            let committed = &mut self.pages[page.at()];
            if matches!(committed.usage, Use::Uncommitted) {
                committed.usage = Use::Free;
                committed.commit = self.commits;
                self.committed += 1;
                self.set_free(page);
            }
        }
    }

    /// Gives up a free page.
    pub(super) fn uncommit(&mut self, page: PageIndex) {
        self.take_free(page).expect("BUG: gave up a page that isn't free");
        self.pages[page.at()].usage = Use::Uncommitted;
        self.committed -= 1;
    }

    /// Whether there is such a page, with a texture.
    pub(super) fn is_committed(&self, page: PageIndex) -> bool {
        let page = self.pages.get(page.at());
        page.is_some_and(|page| !matches!(page.usage, Use::Uncommitted))
    }

    pub(super) fn reach_of(&self, page: PageIndex) -> Reach {
        Reach(self.pages[page.at()].commit.max(self.commits_before_frame))
    }

    pub(super) fn reaches(&self, reach: Reach, page: PageIndex) -> bool {
        Reach(self.pages[page.at()].commit) <= reach
    }

    /// Opens a page, with what stands on it already, and seals the oldest open one when there are too many; `head` never
    /// is.
    pub(super) fn open(&mut self, page: PageIndex, skyline: Skyline, head: Option<PageIndex>) {
        let _ = self.take_free(page);
        if !self.open.contains(&page) {
            self.open.push(page);
        }
        self.pages[page.at()].usage = Use::Open(skyline);
        let oldest = self.open.iter().copied().find(|open| Some(*open) != head);
        if self.open.len() > MAX_OPEN
            && let Some(oldest) = oldest
        {
            self.seal(oldest);
        }
    }

    pub(super) fn seal(&mut self, page: PageIndex) {
        self.open.retain(|open| *open != page);
        let page = &mut self.pages[page.at()];
        page.usage = Use::Sealed;
        // Nothing is appended any more; growing has left up to half of the list unused.
        page.keys.shrink_to_fit();
    }

    /// Room on an open page.
    pub(super) fn place_on(&mut self, page: PageIndex, size: Size) -> Option<(Region, Placement)> {
        let Use::Open(skyline) = &mut self.pages[page.at()].usage else {
            return None;
        };
        let (rect, placement) = skyline.place(size)?;
        Some((Region { page, rect }, placement))
    }

    /// Lists and counts an entry on its page.
    pub(super) fn arrive(&mut self, key: PixmapKey, entry: &Entry) {
        self.pages[entry.page.at()].keys.push(key);
        self.count(entry);
    }

    /// Counts an entry that its page lists already.
    pub(super) fn count(&mut self, entry: &Entry) {
        let counts = &mut self.pages[entry.page.at()].counts;
        counts.entries += 1;
        counts.live_texels += entry.texels();
        counts.pinned_texels += entry.texels() * u64::from(entry.pinned);
        if entry.touched(self.frame) {
            self.touch(entry.page, entry.texels());
        }
    }

    /// Its texels are then dead.
    fn uncount(&mut self, entry: &Entry) {
        let counts = &mut self.pages[entry.page.at()].counts;
        counts.entries -= 1;
        counts.live_texels -= entry.texels();
        counts.dead_texels += entry.texels();
        counts.pinned_texels -= entry.texels() * u64::from(entry.pinned);
        if entry.touched(self.frame) {
            self.touches[entry.page.at()].texels -= entry.texels();
        }
    }

    /// Counts an entry off the page where it was; the last one leaves it free.
    pub(super) fn leave(&mut self, entry: &Entry) {
        self.uncount(entry);
        let left = &mut self.pages[entry.page.at()];
        if left.counts.entries == 0 {
            left.usage = Use::Free;
            left.keys.clear();
            left.lists_twice = false;
            left.counts = PageCounts::default();
            self.open.retain(|open| *open != entry.page);
            self.set_free(entry.page);
        }
    }

    /// Counts an entry otherwise that stays in its place, with its old texels or fewer.
    pub(super) fn change(&mut self, before: &Entry, after: &Entry) {
        self.uncount(before);
        self.count(after);
        self.pages[after.page.at()].counts.dead_texels -= after.texels();
    }

    #[inline]
    pub(super) fn touch(&mut self, page: PageIndex, texels: u64) {
        self.touches[page.at()].add(texels, self.frame);
    }

    fn set_free(&mut self, page: PageIndex) {
        let index = self.free.partition_point(|free| *free < page);
        self.free.insert(index, page);
    }

    fn take_free(&mut self, page: PageIndex) -> Option<PageIndex> {
        let index = self.free.binary_search(&page).ok()?;
        Some(self.free.remove(index))
    }

    pub(super) fn is_free(&self, page: PageIndex) -> bool {
        matches!(self.pages[page.at()].usage, Use::Free)
    }

    pub(super) fn get(&self, page: PageIndex) -> &Page {
        &self.pages[page.at()]
    }

    pub(super) fn get_mut(&mut self, page: PageIndex) -> &mut Page {
        &mut self.pages[page.at()]
    }

    /// The page, if there ever was one of that number.
    pub(super) fn find(&self, page: PageIndex) -> Option<&Page> {
        self.pages.get(page.at())
    }

    /// Touched in this frame, of entries that aren't pinned, on all pages. Not summed up with each touch: that would cost every
    /// touch a second wait for a number that the touch before has just written.
    pub(super) fn touched_texels(&self) -> u64 {
        self.touches
            .iter()
            .map(|touches| touches.texels(self.frame))
            .sum()
    }

    pub(super) fn protected_texels(&self, page: PageIndex) -> u64 {
        let pinned_texels = self.pages[page.at()].counts.pinned_texels;
        pinned_texels + self.touches[page.at()].texels(self.frame)
    }

    /// All pages, by number, those without a texture among them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PageIndex, &Page)> + '_ {
        (0..).map(PageIndex).zip(&self.pages)
    }

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

    /// How many pages have a texture.
    pub(super) fn committed(&self) -> u32 {
        self.committed
    }

    pub(super) fn side(&self) -> u32 {
        self.side
    }

    /// Texels of one page.
    pub(super) fn texels(&self) -> u64 {
        u64::from(self.side) * u64::from(self.side)
    }
}
