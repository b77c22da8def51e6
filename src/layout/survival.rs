//! Which page is evacuated next, and which of its entries are worth keeping.
//!
//! The scores and constants measured best among more than a hundred variants on two families of traces; the design
//! notes give the figures. Nothing here changes an entry, and nothing looks at more entries than those of a few pages.

use super::entries::Entries;
use super::entry::Entry;
use super::page::Page;
use super::pages::Pages;
use super::region::PageIndex;
use crate::geometry::Size;
use crate::key::PixmapKey;

/// Pages whose entries are looked at in the search for the coldest. Guesses from earlier looks choose them.
const MAX_MEASURED: usize = 8;

/// Factor on the heat of an open page: it still takes regions, and is given up late.
const OPEN_WEIGHT: f32 = 4.0;

/// What decides about an entry. 16 bytes, since pages full of them are sorted.
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

    /// Sort key: tallest first, then widest; ties by row, so that every machine agrees.
    pub(super) fn packing_order(&self) -> u64 {
        let size = u32::from(self.height) << 16 | u32::from(self.width);
        u64::from(!size) << 32 | u64::from(self.key.id().row())
    }

    /// Sort key: most worth keeping first; ties by row.
    pub(super) fn worth_order(&self) -> u64 {
        u64::from(!in_order(self.score)) << 32 | u64::from(self.key.id().row())
    }
}

/// The living entries of one page.
pub(super) struct Residents {
    /// Must be kept; in packing order.
    pub(super) protected: Vec<Resident>,
    /// In no order.
    pub(super) others: Vec<Resident>,
}

impl Residents {
    pub(super) fn of(entries: &Entries, pages: &Pages, index: PageIndex) -> Self {
        let frame = entries.frame();
        let page = pages.get(index);
        let mut protected = Vec::new();
        let mut others = Vec::with_capacity(page.counts.entries as usize);
        for &key in &page.keys {
            if let Some(entry) = entries.on_page(key, index) {
                let list = if entry.is_protected(frame) {
                    &mut protected
                } else {
                    &mut others
                };
                list.push(Resident::new(key, &entry, frame));
            }
        }
        protected.sort_unstable_by_key(Resident::packing_order);
        protected.dedup_by_key(|resident| resident.key);
        if page.lists_twice {
            others.sort_unstable_by_key(|resident| resident.key);
            others.dedup_by_key(|resident| resident.key);
        }
        Self { protected, others }
    }

    /// Like [`Residents::of`], with the others in order of their worth.
    pub(super) fn by_worth(entries: &Entries, pages: &Pages, index: PageIndex) -> Self {
        let mut residents = Self::of(entries, pages, index);
        residents.others.sort_unstable_by_key(Resident::worth_order);
        residents
    }
}

/// Finds the page with the least heat among those that `may` be chosen. Measures the pages that should be coldest by
/// now, until no other can be colder.
pub(super) fn coldest_page(
    entries: &Entries,
    pages: &mut Pages,
    may: impl Fn(PageIndex, &Page) -> bool,
) -> Option<PageIndex> {
    let frame = entries.frame();
    let eligible = pages.in_use().filter(|(index, page)| may(*index, page));
    let guess = |(index, page): (PageIndex, &Page)| (weigh(page, page.guessed_heat(frame)), index);
    let mut guesses: Vec<(u32, PageIndex)> = eligible.map(guess).collect();
    take_least(&mut guesses, MAX_MEASURED);
    let mut coldest: Option<(u32, PageIndex)> = None;
    for (guess, index) in guesses {
        if coldest.is_some_and(|(weight, _)| weight <= guess) {
            break;
        }
        pages.measure(index, entries);
        let page = pages.get(index);
        let weight = weigh(page, page.measured.heat);
        if coldest.is_none_or(|(least, _)| weight < least) {
            coldest = Some((weight, index));
        }
    }
    coldest.map(|(_, page)| page)
}

/// Chooses the half of the coldest page's entries that is least worth keeping. Protected entries aren't among them.
pub(super) fn coldest_half(entries: &Entries, pages: &mut Pages) -> Option<(PageIndex, Vec<PixmapKey>)> {
    let page = coldest_page(entries, pages, |index, page| {
        page.counts.live_texels > entries.protected_texels_on(index)
    })?;
    let others = Residents::by_worth(entries, pages, page).others;
    let worse = others.iter().skip(others.len() / 2);
    Some((page, worse.map(|resident| resident.key).collect()))
}

/// Sort key: the page with the lowest weight is given up first.
fn weigh(page: &Page, heat: f32) -> u32 {
    let is_open = page.skyline().is_some();
    in_order(if is_open { heat * OPEN_WEIGHT } else { heat })
}

/// Sort key of what is never negative: then the bits are in the same order.
pub(super) fn in_order(value: f32) -> u32 {
    value.to_bits()
}

/// Keeps the `count` least, in order, without sorting the others.
pub(super) fn take_least<T: Ord>(items: &mut Vec<T>, count: usize) {
    if items.len() > count {
        items.select_nth_unstable(count);
        items.truncate(count);
    }
    items.sort_unstable();
}
