//! A look at pages and regions, for inspectors and tests. Changes nothing.
//!
//! Texels here, as everywhere in a layout; what they are in bytes is known to `crate::inspect`.

use super::Layout;
use super::entry::Entry;
use super::op::Region;
use super::page::{Page, PageIndex, Use};
use super::skyline::Skyline;
use crate::geometry::{Rect, Size};
use crate::key::PixmapKey;

/// What a page is good for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageCondition {
    /// Empty, and not opened yet.
    Free,
    /// Takes new regions.
    Open,
    /// The newest page: takes new regions above a strip that it keeps for survivors.
    Head,
    /// Empty or nearly so, and kept that way for survivors, since much of the atlas is in use.
    Spare,
    /// Takes nothing until it is evacuated.
    Sealed,
}

/// A page that has a texture. The four counts of texels sum up to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidentPage {
    /// Which one.
    pub index: PageIndex,
    /// What it is good for.
    pub condition: PageCondition,
    /// Living entries.
    pub entries: u32,
    /// Texels of living entries.
    pub live_texels: u64,
    /// Texels of entries that were evicted, removed or moved away. Nobody's until the page is evacuated.
    pub dead_texels: u64,
    /// Texels lost to packing: shut off between regions, and left over when the page was sealed.
    pub waste_texels: u64,
    /// Texels that new regions or survivors can still take.
    pub free_texels: u64,
}

/// An entry's place and use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidentRegion {
    /// The entry.
    pub key: PixmapKey,
    /// Where it lies.
    pub region: Region,
    /// Frames since it was last used; 0 when it was in this frame.
    pub age_frames: u64,
    /// How often it came back after having been out of sight, counted to 3.
    pub visits: u8,
    /// Whether it is pinned.
    pub pinned: bool,
}

impl ResidentRegion {
    fn new(key: PixmapKey, entry: &Entry, frame: u64) -> Self {
        Self {
            key,
            region: entry.region(),
            age_frames: frame - entry.last_frame,
            visits: entry.visits(),
            pinned: entry.pinned,
        }
    }

    /// Whether it was used in this frame or is pinned: it can't be evicted.
    pub fn is_protected(&self) -> bool {
        self.age_frames == 0 || self.pinned
    }
}

impl Layout {
    /// The committed pages, by number.
    pub fn pages(&self) -> impl Iterator<Item = ResidentPage> + '_ {
        let committed = |(_, page): &(PageIndex, &Page)| !matches!(page.usage, Use::Uncommitted);
        let pages = (0..).map(PageIndex).zip(&self.pages).filter(committed);
        pages.map(|(index, page)| self.resident_page(index, page))
    }

    fn resident_page(&self, index: PageIndex, page: &Page) -> ResidentPage {
        let all = self.page_texels();
        let (free, live, dead) = match &page.usage {
            Use::Uncommitted | Use::Free => (all, 0, 0),
            Use::Open(skyline) => (skyline.room(), page.tally.live_texels, page.tally.dead_texels),
            Use::Sealed => (0, page.tally.live_texels, page.tally.dead_texels),
        };
        ResidentPage {
            index,
            condition: self.condition(index, page),
            entries: page.tally.entries,
            live_texels: live,
            dead_texels: dead,
            waste_texels: all - free - live - dead,
            free_texels: free,
        }
    }

    fn condition(&self, index: PageIndex, page: &Page) -> PageCondition {
        match &page.usage {
            Use::Uncommitted | Use::Free => PageCondition::Free,
            Use::Open(skyline) if self.head == Some(index) && skyline.limit() == 0 => PageCondition::Spare,
            Use::Open(_) if self.head == Some(index) => PageCondition::Head,
            Use::Open(_) => PageCondition::Open,
            Use::Sealed => PageCondition::Sealed,
        }
    }

    /// What of a page can still be taken: everything, or what lies below the outline, or nothing.
    pub fn free_rects(&self, page: PageIndex) -> impl Iterator<Item = Rect> + '_ {
        let usage = self.pages.get(page.at()).map(|page| &page.usage);
        let (whole, skyline) = match usage {
            Some(Use::Free) => (Some(self.page_side), None),
            Some(Use::Open(skyline)) => (None, Some(skyline)),
            Some(Use::Uncommitted | Use::Sealed) | None => (None, None),
        };
        let whole = whole.map(|side| Rect::new(0, 0, Size::new(side, side)));
        whole
            .into_iter()
            .chain(skyline.into_iter().flat_map(Skyline::free_rects))
    }

    /// The living entries with place and use, by row of their keys.
    pub fn regions(&self) -> impl Iterator<Item = ResidentRegion> + '_ {
        let entries = self.entries.iter();
        entries.map(|(key, entry)| ResidentRegion::new(key, entry, self.frame))
    }

    /// The living entries of one page. Looks at no other page.
    pub fn regions_on(&self, page: PageIndex) -> impl Iterator<Item = ResidentRegion> + '_ {
        let keys = self.pages.get(page.at()).map_or(&[][..], |page| &page.keys);
        let living = keys.iter().filter_map(|&key| Some((key, self.entries.get(key)?)));
        let here = living.filter(move |(_, entry)| entry.page == page);
        here.map(|(key, entry)| ResidentRegion::new(key, entry, self.frame))
    }
}
