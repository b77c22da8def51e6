//! What can be read of a layout: its promise, counters, entries and pages. Changes nothing.
//!
//! In texels, as everywhere in a layout; bytes are known to `crate::inspect`.

use super::Layout;
use super::descriptor::MIN_PAGES;
use super::entry::{Entry, Part};
use super::iter::{Keys, Regions};
use super::page::{Condition, Page};
use super::region::{PageIndex, Region};
use super::resident::{PageCondition, ResidentPage, ResidentRegion};
use super::skyline::Skyline;
use super::stats::LayoutStats;
use super::survival::Residents;
use crate::geometry::{Rect, Size};
use crate::key::PixmapKey;
use crate::pixmap::tiling::TileSides;

impl Layout {
    /// Returns how many texels one frame may use, with sides up to `max_side`, without a refusal as
    /// [`Full`](super::PlaceError::Full).
    ///
    /// Of the texels of all pages that may be committed, this is 70 % for sides up to a quarter of a page (65 % of two
    /// pages), and 50 % for longer sides (45 % of two or three). It counts all protected entries, none of which may have a
    /// region with a longer side. Pixmaps longer than half a page are in tiles of at most a quarter of a page
    /// ([`Layout::place_pixmap`]): beside sides up to a quarter of a page, they have 70 % as well.
    ///
    /// Holds whatever was protected before, and also when the entries in use are spread over all pages and the new ones
    /// come in one frame. Measured: 8,000 runs of each case without a refusal below.
    pub fn promised_texels(&self, max_side: u32) -> u64 {
        let (side, pages) = (self.pages.side(), self.pages.max_pages());
        let percent = match max_side {
            _ if pages < MIN_PAGES => 0,
            _ if max_side <= side / 4 => 65 + 5 * u64::from(pages >= 3),
            _ if max_side <= side / 2 || self.tile_sides().whole < side => 45 + 5 * u64::from(pages >= 4),
            _ => 0,
        };
        self.pages.texels() * u64::from(pages) * percent / 100
    }

    /// How pixmaps that are too large for one region are cut up.
    pub(crate) fn tile_sides(&self) -> TileSides {
        TileSides::new(self.pages.side(), self.entries.max_tiles())
    }

    /// Returns whether the key is alive. Does not touch.
    pub fn contains(&self, key: PixmapKey) -> bool {
        self.entries.get(key).is_some()
    }

    /// Returns the pixmap that a tile is of; any other key is its own.
    pub(crate) fn owner_of(&self, key: PixmapKey) -> PixmapKey {
        self.entries.tilings().owner_of(key)
    }

    /// Returns where an entry lies. `None` also for a pixmap in tiles. Does not touch.
    pub fn region(&self, key: PixmapKey) -> Option<Region> {
        let entry = self.entries.get(key)?;
        (entry.part != Part::Tiled).then(|| entry.region())
    }

    /// Returns where the tiles of a pixmap lie, in the order in which their sizes were given. None for a pixmap in one
    /// region. Does not touch.
    pub fn tiles(&self, key: PixmapKey) -> impl ExactSizeIterator<Item = Region> + '_ {
        let tiles = self.entries.tilings().of(key).iter();
        tiles.map(|tile| {
            self.entries
                .get(*tile)
                .map(Entry::region)
                .expect("BUG: a tile died before its pixmap")
        })
    }

    /// Returns the tiles of a pixmap, with their own keys.
    pub(crate) fn tiles_with_keys(&self, key: PixmapKey) -> impl Iterator<Item = (PixmapKey, Region)> + '_ {
        self.entries
            .tilings()
            .of(key)
            .iter()
            .copied()
            .zip(self.tiles(key))
    }

    /// Returns width and height of a pixmap, without smaller mip levels. Does not touch.
    pub fn size(&self, key: PixmapKey) -> Option<Size> {
        self.entries.get(key).map(Entry::base_size)
    }

    /// Returns the number of mip levels of a pixmap. Does not touch.
    pub fn levels(&self, key: PixmapKey) -> Option<u8> {
        self.entries.get(key).map(Entry::levels)
    }

    /// Returns the frame of an entry's last touch.
    pub fn last_frame(&self, key: PixmapKey) -> Option<u64> {
        self.entries.get(key).map(|entry| entry.last_frame)
    }

    /// Returns whether there are decisions not yet drained.
    pub(crate) fn has_ops(&self) -> bool {
        !self.ops.is_empty()
    }

    /// Returns whether another entry needs the row of one that is there.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.is_full()
    }

    pub(crate) fn frame(&self) -> u64 {
        self.entries.frame()
    }

    /// Returns the living keys, by row.
    pub fn keys(&self) -> Keys<'_> {
        Keys {
            entries: self.entries.iter(),
            left: self.len(),
        }
    }

    /// Returns the number of living entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the counters, and the sums as of now.
    pub fn stats(&self) -> LayoutStats {
        LayoutStats {
            frame: self.entries.frame(),
            entries: self.entries.len() as u32,
            pages: self.pages.committed(),
            live_texels: self.entries.live_texels(),
            protected_texels: self.entries.protected_texels(),
            ..self.stats
        }
    }

    /// Returns the committed pages, by number.
    pub fn pages(&self) -> impl Iterator<Item = ResidentPage> + '_ {
        let pages = self.pages.iter();
        pages.map(|(index, page)| self.resident_page(index, page))
    }

    fn resident_page(&self, index: PageIndex, page: &Page) -> ResidentPage {
        let all = self.pages.texels();
        let (free_texels, condition) = match &page.condition {
            Condition::Uncommitted | Condition::Free => (all, PageCondition::Free),
            Condition::Open(skyline) if self.pages.head_page() == Some(index) => {
                (skyline.room(), PageCondition::Head)
            }
            Condition::Open(skyline) => (skyline.room(), PageCondition::Open),
            Condition::Sealed if self.pages.victim() == Some(index) => (0, PageCondition::Draining),
            Condition::Sealed => (0, PageCondition::Sealed),
        };
        let counts = &page.counts;
        ResidentPage {
            index,
            condition,
            entries: counts.entries,
            live_texels: counts.live_texels,
            dead_texels: counts.dead_texels,
            waste_texels: all - free_texels - counts.live_texels - counts.dead_texels,
            free_texels,
        }
    }

    /// Returns the free rectangles of a page: everything, or what lies below the skyline, or nothing.
    pub fn free_rects(&self, page: PageIndex) -> impl Iterator<Item = Rect> + '_ {
        let (whole, skyline) = match self.pages.find(page).map(|page| &page.condition) {
            Some(Condition::Free) => (Some(self.pages.side()), None),
            Some(Condition::Open(skyline)) => (None, Some(skyline)),
            Some(Condition::Uncommitted | Condition::Sealed) | None => (None, None),
        };
        let whole = whole.map(|side| Rect::new(0, 0, Size::new(side, side)));
        let below = skyline.into_iter().flat_map(Skyline::free_rects);
        whole.into_iter().chain(below)
    }

    /// Returns the living entries with their place and use, by row of their keys. A pixmap in tiles comes
    /// once for each tile.
    pub fn regions(&self) -> Regions<'_> {
        Regions {
            entries: self.entries.iter(),
            tilings: self.entries.tilings(),
            frame: self.entries.frame(),
            left: self.entries.regions(),
        }
    }

    /// Returns the living entries of one page. Looks at no other page.
    pub fn regions_on(&self, page: PageIndex) -> impl Iterator<Item = ResidentRegion> + '_ {
        let known = self.pages.find(page);
        let residents = known.map(|_| Residents::of(&self.entries, &self.pages, page));
        let residents = residents
            .into_iter()
            .flat_map(|Residents { protected, others }| protected.into_iter().chain(others));
        let frame = self.entries.frame();
        residents.filter_map(move |resident| {
            let entry = self.entries.get(resident.key)?;
            let owner = self.entries.tilings().owner_of(resident.key);
            Some(ResidentRegion::new(owner, entry, frame))
        })
    }
}
