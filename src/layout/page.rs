//! A page of the atlas: its condition, what lies on it, and what that is worth.
//!
//! Only [`super::pages::Pages`] changes one. Invariant: the counts are those of the entries that arrived and haven't
//! left, and every one of these is listed.

use super::entries::Entries;
use super::region::PageIndex;
use super::skyline::Skyline;
use crate::key::PixmapKey;

/// Entries that stand for a whole page when it is measured. A page of large pixmaps has fewer, and is measured exactly;
/// a page of 2,048 full of glyphs has 14,000.
const SAMPLE: usize = 128;

/// What a page can take.
#[derive(Clone, Debug)]
pub(super) enum Condition {
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
    pub(super) condition: Condition,
    /// Every entry placed here since the page was empty; those that died or moved away may still be listed.
    pub(super) keys: Vec<PixmapKey>,
    /// Whether an entry may be listed twice: one moved away while the page was open, and may have come back.
    pub(super) lists_twice: bool,
    /// The layout's commit that brought its texture.
    pub(super) commit: u32,
    pub(super) counts: PageCounts,
    pub(super) measured: Measured,
}

/// What lies on a page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PageCounts {
    pub(super) entries: u32,
    pub(super) live_texels: u64,
    /// Left behind by entries that died or moved away; unused until the page is empty or rebuilt.
    pub(super) dead_texels: u64,
}

/// What a page's entries were worth when they were last measured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    texels: f32,
    /// Sum of the entries' areas over their ages, as in [`super::entry::Entry::heat`].
    pub(super) heat: f32,
    frame: u64,
}

impl Page {
    pub(super) fn uncommitted() -> Self {
        Self {
            condition: Condition::Uncommitted,
            keys: Vec::new(),
            lists_twice: false,
            commit: 0,
            counts: PageCounts::default(),
            measured: Measured::default(),
        }
    }

    pub(super) fn count(&mut self, texels: u64) {
        self.counts.entries += 1;
        self.counts.live_texels += texels;
    }

    /// Forgets which entries are listed: those that stay arrive again.
    pub(super) fn clear_list(&mut self) {
        self.keys.clear();
        self.lists_twice = false;
    }

    /// Counts an entry off, whose texels are then dead. Returns whether it was the last: then the page is free.
    pub(super) fn uncount(&mut self, texels: u64) -> bool {
        self.counts.entries -= 1;
        self.counts.live_texels -= texels;
        self.counts.dead_texels += texels;
        let is_empty = self.counts.entries == 0;
        if is_empty {
            self.condition = Condition::Free;
            self.clear_list();
            self.counts.dead_texels = 0;
        }
        is_empty
    }

    /// Looks at a sample of the page's entries.
    pub(super) fn measure(&mut self, index: PageIndex, entries: &Entries) {
        let frame = entries.frame();
        let (mut heat, mut texels) = (0.0, 0.0);
        for chunk in self.keys.chunks(self.keys.len().div_ceil(SAMPLE).max(1)) {
            if let Some(entry) = entries.on_page(chunk[0], index) {
                heat += entry.heat(frame);
                texels += entry.texels() as f32;
            }
        }
        let live_texels = self.counts.live_texels as f32;
        self.measured = Measured {
            texels: live_texels,
            heat: heat * live_texels / f32::max(texels, 1.0),
            frame,
        };
    }

    /// Estimates the heat from the last measurement, as if no entry had been used since and those that died were like
    /// the others: rarely more than the heat is. 0 for a page that was never measured.
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
        match &self.condition {
            Condition::Open(skyline) => Some(skyline),
            _ => None,
        }
    }

    pub(super) fn is_committed(&self) -> bool {
        !matches!(self.condition, Condition::Uncommitted)
    }

    /// Whether it holds regions or may hold some.
    pub(super) fn in_use(&self) -> bool {
        matches!(self.condition, Condition::Open(_) | Condition::Sealed)
    }
}
