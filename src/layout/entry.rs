//! The record of a resident pixmap: where it lies and when it was used. 24 bytes, so that a scan is dense.

use super::evict_reason::EvictReason;
use super::op::LastUse;
use super::region::{PageIndex, Region};
use crate::geometry::{Rect, Size};
use crate::pixmap::chain;

/// A touch after more frames than this without one is a visit.
const UNSEEN_FRAMES: u64 = 2;

/// Visits are counted to this, in two bits; one bit measured the same.
const MAX_VISITS: u8 = 3;

/// The page of an entry that lies on none.
const NO_PAGE: PageIndex = PageIndex(u32::MAX);

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) last_frame: u64,
    pub(super) page: PageIndex,
    /// X, y, width and height; page sides are at most [`super::MAX_PAGE_SIDE`].
    rect: [u16; 4],
    visits: u8,
    pub(super) pinned: bool,
    /// Mip levels in the region.
    levels: u8,
    pub(super) part: Part,
}

/// What an entry is of a pixmap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// A tile: another entry has its key.
    Tile,
    /// A pixmap whose texels are in tiles. It lies on no page, and its rectangle is its size.
    Tiled,
}

impl Entry {
    pub(super) fn new(region: Region, levels: u8, part: Part, frame: u64) -> Self {
        Self {
            last_frame: frame,
            page: region.page,
            rect: packed(region.rect),
            visits: 0,
            pinned: false,
            levels,
            part,
        }
    }

    /// A pixmap whose tiles are still to come.
    pub(super) fn tiled(size: Size, levels: u8, frame: u64) -> Self {
        let region = Region {
            page: NO_PAGE,
            rect: Rect::new(0, 0, size),
        };
        Self::new(region, levels, Part::Tiled, frame)
    }

    pub(super) fn set_region(&mut self, region: Region) {
        self.page = region.page;
        self.rect = packed(region.rect);
    }

    pub(super) fn set_levels(&mut self, levels: u8) {
        self.levels = levels;
    }

    pub(super) fn levels(&self) -> u8 {
        self.levels
    }

    /// Takes over place and part of another entry, and keeps its own use.
    pub(super) fn set_body(&mut self, other: &Entry) {
        *self = Self {
            last_frame: self.last_frame,
            visits: self.visits,
            pinned: self.pinned,
            ..*other
        };
    }

    pub(super) fn size(&self) -> Size {
        self.region().rect.size()
    }

    pub(super) fn region(&self) -> Region {
        let [x, y, width, height] = self.rect.map(u32::from);
        Region {
            page: self.page,
            rect: Rect::new(x, y, Size::new(width, height)),
        }
    }

    /// Size of the pixmap, or of the part of it that a tile holds: without smaller levels.
    pub(super) fn base_size(&self) -> Size {
        if self.part == Part::Tiled {
            self.size()
        } else {
            chain::base(self.size(), self.levels.into())
        }
    }

    /// Texels on its page: none of a pixmap in tiles.
    #[inline]
    pub(super) fn texels(&self) -> u64 {
        if self.part == Part::Tiled {
            return 0;
        }
        // Every first touch in a frame comes here.
        let [_, _, width, height] = self.rect.map(u32::from);
        u64::from(width * height)
    }

    pub(super) fn visits(&self) -> u8 {
        self.visits
    }

    /// Whether it was touched in `frame` or is pinned.
    pub(super) fn is_protected(&self, frame: u64) -> bool {
        self.last_frame == frame || self.pinned
    }

    /// What is reported when it is evicted in `frame`.
    pub(super) fn last_use(&self, frame: u64, reason: EvictReason) -> LastUse {
        LastUse {
            reason,
            size: self.base_size(),
            age_frames: u32::try_from(frame - self.last_frame).unwrap_or(u32::MAX),
            visits: self.visits,
        }
    }

    /// Marks the entry as used in `frame`, and counts a visit if it went unseen for a few frames.
    #[inline]
    pub(super) fn touch(&mut self, frame: u64) {
        if frame - self.last_frame > UNSEEN_FRAMES && self.visits < MAX_VISITS {
            self.visits += 1;
        }
        self.last_frame = frame;
    }

    /// Frames since the last use, damped: entries of the last few frames count about the same.
    fn damped_age(&self, frame: u64) -> f32 {
        (frame - self.last_frame) as f32 + 4.0
    }

    /// What a page loses with this entry: area over age. The page with the least sum is the coldest.
    pub(super) fn heat(&self, frame: u64) -> f32 {
        self.texels() as f32 / self.damped_age(frame)
    }

    /// Worth of moving this entry, per texel: recent, often revisited and small ones first. Age to the power of three
    /// quarters: age itself uploads 1 % more objects and moves 5 % more bytes.
    pub(super) fn score(&self, frame: u64) -> f32 {
        let visits = 1.0 + 2.0 * f32::from(self.visits);
        let age = self.damped_age(frame);
        visits / (self.texels() as f32 * age * age.sqrt()).sqrt()
    }
}

fn packed(rect: Rect) -> [u16; 4] {
    [rect.x, rect.y, rect.width, rect.height].map(|side| side as u16)
}
