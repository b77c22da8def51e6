//! Which page is given up next, and which of its entries are worth keeping.
//!
//! The scores and constants measured best among more than a hundred variants on two families of traces; the design
//! notes give the figures. Nothing here changes an entry, and nothing looks at more entries than those of a few pages.

use super::Layout;
use super::entry::Entry;
use super::page::{Measured, Page};
use super::pages::Pages;
use super::region::PageIndex;
use crate::geometry::Size;
use crate::key::PixmapKey;

/// Pages whose entries are looked at in the search for the coldest. Guesses from earlier looks choose them.
const MAX_MEASURED: usize = 8;

/// Entries that stand for a whole page when it is measured. A page of large pixmaps has fewer, and is measured exactly; a
/// page of 2,048 full of glyphs has 14,000.
const SAMPLE: usize = 128;

/// An open page still takes regions: better leave it that.
const OPEN_WEIGHT: f32 = 4.0;

/// What decides over an entry: 16 bytes, since pages full of them are sorted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resident {
    pub(super) key: PixmapKey,
    width: u16,
    height: u16,
    score: f32,
}

impl Resident {
    fn new(key: PixmapKey, entry: &Entry, frame: u64) -> Self {
        let size = entry.size();
        Self {
            key,
            width: size.width as u16,
            height: size.height as u16,
            score: entry.score(frame),
        }
    }

    pub(super) fn size(&self) -> Size {
        Size::new(self.width.into(), self.height.into())
    }

    pub(super) fn texels(&self) -> u64 {
        self.size().texels()
    }

    /// Tallest first, then widest; ties by row, so that every machine agrees.
    pub(super) fn packing_order(&self) -> u64 {
        let size = u32::from(self.height) << 16 | u32::from(self.width);
        u64::from(!size) << 32 | u64::from(self.key.id().row())
    }

    /// The ones most worth keeping first; ties by row. Scores are positive, and then ordered as their bits are.
    pub(super) fn worth_order(&self) -> u64 {
        u64::from(!self.score.to_bits()) << 32 | u64::from(self.key.id().row())
    }
}

/// Entries of one page, told apart.
pub(super) struct Residents {
    /// Must be kept; in packing order.
    pub(super) protected: Vec<Resident>,
    /// In no order.
    pub(super) others: Vec<Resident>,
}

impl Layout {
    /// The page with the least heat among those that `may` be chosen. Measures the pages that should be coldest by now,
    /// until no other can be colder.
    pub(super) fn coldest_page(&mut self, may: impl Fn(&Pages, PageIndex) -> bool) -> Option<PageIndex> {
        let frame = self.entries.frame();
        let pages = self.pages.in_use().filter(|(index, _)| may(&self.pages, *index));
        let guess = |page: &Page| weigh(page, page.guessed_heat(frame));
        let mut guesses: Vec<(f32, PageIndex)> = pages.map(|(index, page)| (guess(page), index)).collect();
        take_least(&mut guesses, MAX_MEASURED, |a, b| {
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
        });
        let mut coldest: Option<(f32, PageIndex)> = None;
        for (guess, index) in guesses {
            if coldest.is_some_and(|(weight, _)| weight <= guess) {
                break;
            }
            self.measure(index);
            let page = self.pages.get(index);
            let weight = weigh(page, page.measured.heat);
            if coldest.is_none_or(|(least, _)| weight < least) {
                coldest = Some((weight, index));
            }
        }
        coldest.map(|(_, page)| page)
    }

    fn measure(&mut self, index: PageIndex) {
        let frame = self.entries.frame();
        let (mut heat, mut texels) = (0.0, 0.0);
        let keys = &self.pages.get(index).keys;
        for chunk in keys.chunks(keys.len().div_ceil(SAMPLE).max(1)) {
            if let Some(entry) = self.entries.on_page(chunk[0], index) {
                heat += entry.heat(frame);
                texels += entry.texels() as f32;
            }
        }
        let page = self.pages.get_mut(index);
        let live_texels = page.counts.live_texels as f32;
        page.measured = Measured {
            texels: live_texels,
            heat: heat * live_texels / f32::max(texels, 1.0),
            frame,
        };
    }

    /// The living entries of a page.
    pub(super) fn residents(&self, page: PageIndex) -> Residents {
        let frame = self.entries.frame();
        let listed = self.pages.get(page);
        let mut protected = Vec::new();
        let mut others = Vec::with_capacity(listed.counts.entries as usize);
        for &key in &listed.keys {
            if let Some(entry) = self.entries.on_page(key, page) {
                let list = if entry.protected(frame) {
                    &mut protected
                } else {
                    &mut others
                };
                list.push(Resident::new(key, &entry, frame));
            }
        }
        protected.sort_unstable_by_key(Resident::packing_order);
        protected.dedup_by_key(|resident| resident.key);
        if listed.lists_twice {
            others.sort_unstable_by_key(|resident| resident.key);
            others.dedup_by_key(|resident| resident.key);
        }
        Residents { protected, others }
    }
}

/// The less, the sooner a page is given up.
fn weigh(page: &Page, heat: f32) -> f32 {
    if page.skyline().is_some() {
        heat * OPEN_WEIGHT
    } else {
        heat
    }
}

/// Keeps the `count` least, in order, without sorting the others.
pub(super) fn take_least<T>(items: &mut Vec<T>, count: usize, order: impl Fn(&T, &T) -> std::cmp::Ordering) {
    if items.len() > count {
        items.select_nth_unstable_by(count, &order);
        items.truncate(count);
    }
    items.sort_unstable_by(order);
}
