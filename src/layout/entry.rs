//! The record of a resident pixmap: where it lies and when it was used. 24 bytes, so that a scan is dense.

use super::evict_reason::EvictReason;
use super::op::LastUse;
use super::region::{PageIndex, Region};
use crate::geometry::{Rect, Size};

/// A touch after more frames than this without one is a visit.
const UNSEEN_FRAMES: u64 = 2;

/// Visits are counted to this, in two bits; one bit measured the same.
const MAX_VISITS: u8 = 3;

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) last_frame: u64,
    pub(super) page: PageIndex,
    /// X, y, width and height; page sides are at most [`super::MAX_PAGE_SIDE`].
    rect: [u16; 4],
    visits: u8,
    pub(super) pinned: bool,
}

impl Entry {
    pub(super) fn new(region: Region, frame: u64) -> Self {
        Self {
            last_frame: frame,
            page: region.page,
            rect: packed(region.rect),
            visits: 0,
            pinned: false,
        }
    }

    pub(super) fn set_region(&mut self, region: Region) {
        self.page = region.page;
        self.rect = packed(region.rect);
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

    #[inline]
    pub(super) fn texels(&self) -> u64 {
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
