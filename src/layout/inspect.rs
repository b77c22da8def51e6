//! A look at pages and regions, for inspectors and tests. Changes nothing.
//!
//! Texels here, as everywhere in a layout; what they are in bytes is known to `crate::inspect`.

use super::Layout;
use super::entry::Entry;
use super::page::{Page, Use};
use super::region::{PageIndex, Region};
use super::skyline::Skyline;
use super::survival::{Resident, Residents};
use crate::geometry::{Rect, Size};
use crate::key::PixmapKey;

/// What a page is good for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageCondition {
    /// Empty, and not opened yet.
    Free,
    /// Takes new regions.
    Open,
    /// Takes new regions, and the survivors of the page that is being drained.
    Head,
    /// Takes nothing until it is drained or rebuilt.
    Sealed,
    /// Gives its survivors to the head, a few with each insertion, and is free when the head is full.
    Draining,
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
    /// Texels of entries that were evicted, removed or moved away. Nobody's until the page is free or rebuilt.
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
        let pages = self.pages.iter().filter(committed);
        pages.map(|(index, page)| self.resident_page(index, page))
    }

    fn resident_page(&self, index: PageIndex, page: &Page) -> ResidentPage {
        let all = self.pages.texels();
        let free_texels = match &page.usage {
            Use::Uncommitted | Use::Free => all,
            Use::Open(skyline) => skyline.room(),
            Use::Sealed => 0,
        };
        let counts = &page.counts;
        ResidentPage {
            index,
            condition: self.condition(index, page),
            entries: counts.entries,
            live_texels: counts.live_texels,
            dead_texels: counts.dead_texels,
            waste_texels: all - free_texels - counts.live_texels - counts.dead_texels,
            free_texels,
        }
    }

    fn condition(&self, index: PageIndex, page: &Page) -> PageCondition {
        match &page.usage {
            Use::Uncommitted | Use::Free => PageCondition::Free,
            Use::Open(_) if self.head_page() == Some(index) => PageCondition::Head,
            Use::Open(_) => PageCondition::Open,
            Use::Sealed if self.victim() == Some(index) => PageCondition::Draining,
            Use::Sealed => PageCondition::Sealed,
        }
    }

    /// What of a page can still be taken: everything, or what lies below the skyline, or nothing.
    pub fn free_rects(&self, page: PageIndex) -> impl Iterator<Item = Rect> + '_ {
        let usage = self.pages.find(page).map(|page| &page.usage);
        let (whole, skyline) = match usage {
            Some(Use::Free) => (Some(self.pages.side()), None),
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
        entries.map(|(key, entry)| ResidentRegion::new(key, entry, self.frame()))
    }

    /// The living entries of one page. Looks at no other page.
    pub fn regions_on(&self, page: PageIndex) -> impl Iterator<Item = ResidentRegion> + '_ {
        let residents = self.pages.find(page).map(|_| self.residents(page));
        let frame = self.frame();
        let region = move |resident: Resident| {
            let entry = self.entries.get(resident.key)?;
            Some(ResidentRegion::new(resident.key, entry, frame))
        };
        let residents = residents
            .into_iter()
            .flat_map(|Residents { protected, others }| [protected, others]);
        residents.flatten().filter_map(region)
    }
}
