//! A page of the atlas and the regions appended to it since it was last emptied.

use super::skyline::Skyline;
use crate::key::PixmapKey;

/// Number of a page. Each array texture has a stretch of them; there may be gaps between the stretches, so that
/// numbers may exceed the count of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageIndex(pub u32);

impl PageIndex {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// What a page is good for.
#[derive(Clone, Debug)]
pub(crate) enum Use {
    /// No texture holds it yet.
    Uncommitted,
    /// Empty; not packed.
    Free,
    /// Takes new regions.
    Open(Skyline),
    /// Takes nothing until it is evacuated.
    Sealed,
}

#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) usage: Use,
    /// Every entry placed here since the page was empty, once; those that died or moved away may still be listed.
    pub(crate) keys: Vec<PixmapKey>,
    /// Frame in which its texture was committed. Nothing that was drawn before moves here in that frame: a pass may
    /// have been recorded with a bind group that lacks the texture.
    pub(crate) committed_frame: u64,
    /// For a guess at what the page is worth without a look at its entries.
    pub(crate) measured: Measured,
    pub(crate) tally: Tally,
}

/// What lies on a page since it was last empty, counted as it comes and goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) entries: u32,
    pub(crate) live_texels: u64,
    /// Left behind by entries that died or moved away; nobody's until the page is emptied.
    pub(crate) dead_texels: u64,
}

impl Tally {
    pub(crate) fn arrive(&mut self, texels: u64) {
        self.entries += 1;
        self.live_texels += texels;
    }

    pub(crate) fn leave(&mut self, texels: u64) {
        self.entries -= 1;
        self.live_texels -= texels;
        self.dead_texels += texels;
    }

    /// Arrives where others were: what a region covers of the dead and what of the waste is not known, so that the dead
    /// are taken first.
    pub(crate) fn arrive_in_gap(&mut self, texels: u64) {
        self.arrive(texels);
        self.dead_texels -= texels.min(self.dead_texels);
    }
}

/// What a page's entries were worth when they were last looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) texels: f32,
    /// Sum of the entries' areas over their ages, as in [`super::entry::Entry::heat`].
    pub(crate) heat: f32,
    pub(crate) frame: u64,
}

impl Measured {
    /// The heat by now if no entry has been used since: hardly ever more than it is.
    pub(crate) fn guess(&self, frame: u64) -> f32 {
        let cooled = self.texels + self.heat * (frame - self.frame) as f32;
        self.heat * self.texels / cooled.max(1.0)
    }
}

impl Page {
    pub(crate) fn uncommitted() -> Self {
        Self {
            usage: Use::Uncommitted,
            keys: Vec::new(),
            committed_frame: 0,
            measured: Measured::default(),
            tally: Tally::default(),
        }
    }

    pub(crate) fn skyline(&self) -> Option<&Skyline> {
        match &self.usage {
            Use::Open(skyline) => Some(skyline),
            _ => None,
        }
    }

    pub(crate) fn skyline_mut(&mut self) -> Option<&mut Skyline> {
        match &mut self.usage {
            Use::Open(skyline) => Some(skyline),
            _ => None,
        }
    }

    pub(crate) fn is_free(&self) -> bool {
        matches!(self.usage, Use::Free)
    }

    /// Holds regions, or may.
    pub(crate) fn in_use(&self) -> bool {
        matches!(self.usage, Use::Open(_) | Use::Sealed)
    }
}
