//! The record of a resident pixmap: where it lies and when it was used. 24 bytes, so that a scan is dense.

use super::region::{PageIndex, Region};
use crate::geometry::{Rect, Size};

/// An unseen stretch of more frames than this makes the next touch a visit.
const UNSEEN_FRAMES: u64 = 2;

/// Visits are counted to this; two bits measured no better than one, and no worse.
const MAX_VISITS: u8 = 3;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) last_frame: u64,
    pub(crate) page: PageIndex,
    x: u16,
    y: u16,
    width: u16,
    height: u16,
    visits: u8,
    pub(crate) pinned: bool,
}

impl Entry {
    pub(crate) fn new(region: Region, frame: u64) -> Self {
        let mut entry = Self {
            last_frame: frame,
            page: region.page,
            x: 0,
            y: 0,
            width: 0,
            height: 0,
            visits: 0,
            pinned: false,
        };
        entry.set_region(region);
        entry
    }

    /// Page sides are at most [`super::MAX_PAGE_SIDE`], so coordinates fit 16 bits.
    pub(crate) fn set_region(&mut self, region: Region) {
        self.page = region.page;
        self.x = region.rect.x as u16;
        self.y = region.rect.y as u16;
        self.width = region.rect.width as u16;
        self.height = region.rect.height as u16;
    }

    pub(crate) fn size(&self) -> Size {
        Size::new(self.width.into(), self.height.into())
    }

    pub(crate) fn region(&self) -> Region {
        Region {
            page: self.page,
            rect: Rect::new(self.x.into(), self.y.into(), self.size()),
        }
    }

    #[inline]
    pub(crate) fn texels(&self) -> u64 {
        u64::from(u32::from(self.width) * u32::from(self.height))
    }

    pub(crate) fn visits(&self) -> u8 {
        self.visits
    }

    /// Whether its texels count as touched: those of pinned ones count as pinned.
    pub(crate) fn touched(&self, frame: u64) -> bool {
        self.last_frame == frame && !self.pinned
    }

    pub(crate) fn protected(&self, frame: u64) -> bool {
        self.last_frame == frame || self.pinned
    }

    /// Marks the entry as used in `frame`; a touch after an unseen stretch counts as a visit.
    #[inline]
    pub(crate) fn touch(&mut self, frame: u64) {
        if frame - self.last_frame > UNSEEN_FRAMES && self.visits < MAX_VISITS {
            self.visits += 1;
        }
        self.last_frame = frame;
    }

    /// Frames since the last use, damped: entries of the last few frames count alike.
    fn damped_age(&self, frame: u64) -> f32 {
        (frame - self.last_frame) as f32 + 4.0
    }

    /// What a page loses with this entry: area over age. Summed over a page, the coldest page is the victim.
    pub(crate) fn heat(&self, frame: u64) -> f32 {
        self.texels() as f32 / self.damped_age(frame)
    }

    /// Worth of moving this entry, per texel: recent, often revisited and small ones first. Age to the power of three
    /// quarters: age itself uploads 1 % more objects and moves 5 % more bytes.
    pub(crate) fn score(&self, frame: u64) -> f32 {
        let visits = 1.0 + 2.0 * f32::from(self.visits);
        let age = self.damped_age(frame);
        visits / (self.texels() as f32 * age * age.sqrt()).sqrt()
    }
}
