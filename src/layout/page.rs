//! A page of the atlas: what it is good for, what lies on it, and what that is worth.

use super::skyline::Skyline;
use crate::key::PixmapKey;

/// What a page is good for.
#[derive(Clone, Debug)]
pub(super) enum Use {
    /// No texture holds it yet.
    Uncommitted,
    /// Empty; not packed.
    Free,
    /// Takes new regions.
    Open(Skyline),
    /// Takes nothing until it is empty or rebuilt.
    Sealed,
}

#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) usage: Use,
    /// Every entry placed here since the page was empty; those that died or moved away may still be listed.
    pub(super) keys: Vec<PixmapKey>,
    /// Whether an entry may be listed twice: one went elsewhere with another size, and may have come back.
    pub(super) lists_twice: bool,
    /// Which commit of the layout brought its texture.
    pub(super) commit: u32,
    pub(super) counts: PageCounts,
    pub(super) measured: Measured,
}

/// What lies on a page, counted as it comes and goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PageCounts {
    pub(super) entries: u32,
    pub(super) live_texels: u64,
    /// Left behind by entries that died or moved away; nobody's until the page is empty or rebuilt.
    pub(super) dead_texels: u64,
    pub(super) pinned_texels: u64,
}

/// Texels of a page's entries that were touched in a frame and aren't pinned: beside the other counts, since every touch
/// comes here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PageTouches {
    frame: u64,
    pub(super) texels: u64,
}

impl PageTouches {
    #[inline]
    pub(super) fn add(&mut self, texels: u64, frame: u64) {
        if self.frame == frame {
            self.texels += texels;
        } else {
            *self = Self { frame, texels };
        }
    }

    pub(super) fn texels(&self, frame: u64) -> u64 {
        if self.frame == frame { self.texels } else { 0 }
    }
}

/// What a page's entries were worth when they were last looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    pub(super) texels: f32,
    /// Sum of the entries' areas over their ages, as in [`super::entry::Entry::heat`].
    pub(super) heat: f32,
    pub(super) frame: u64,
}

impl Page {
    pub(super) fn uncommitted() -> Self {
        Self {
            usage: Use::Uncommitted,
            keys: Vec::new(),
            lists_twice: false,
            commit: 0,
            counts: PageCounts::default(),
            measured: Measured::default(),
        }
    }

    /// The heat by now if no entry was used since it was measured, and those that died were like the others: hardly ever
    /// more than it is. Nothing for a page that was never measured.
    pub(super) fn guessed_heat(&self, frame: u64) -> f32 {
        let Measured {
            texels,
            heat,
            frame: then,
        } = self.measured;
        let cooled = texels + heat * (frame - then) as f32;
        heat * self.counts.live_texels as f32 / cooled.max(1.0)
    }

    pub(super) fn skyline(&self) -> Option<&Skyline> {
        match &self.usage {
            Use::Open(skyline) => Some(skyline),
            _ => None,
        }
    }

    /// Holds regions, or may.
    pub(super) fn in_use(&self) -> bool {
        matches!(self.usage, Use::Open(_) | Use::Sealed)
    }
}
