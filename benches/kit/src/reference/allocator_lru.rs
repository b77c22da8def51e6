//! What wgpu renderers do today: an atlas allocator per page, and LRU eviction of one entry at a time until the pixmap fits.
//!
//! The allocators are the `AtlasAllocator`s of etagere and guillotiere with their default options. Pages are tried in order.
//! After an eviction, only the pages with the freed space are tried again: the others have refused this size and haven't
//! changed.
//!
//! A pixmap with mip levels is one rectangle, 1.5 times as wide, as in pixmap-cache. One that no page can hold is cut into
//! pixmap-cache's tiles, all of which are placed, or none.

use etagere::euclid::default::Size2D;

use super::recency::Recency;
use crate::pages::Pages;
use crate::regions::{Cutting, Regions};
use crate::replay::{Counts, Replayed};
use crate::trace::Trace;
use pixmap_cache::Size;

/// The allocator of one page.
pub trait PageAllocator {
    type Id: Copy;

    fn new(side: u32) -> Self;
    fn allocate(&mut self, size: Size) -> Option<Self::Id>;
    fn deallocate(&mut self, id: Self::Id);
}

pub struct EtagerePage(etagere::AtlasAllocator);

impl PageAllocator for EtagerePage {
    type Id = etagere::AllocId;

    fn new(side: u32) -> EtagerePage {
        EtagerePage(etagere::AtlasAllocator::new(Size2D::new(
            side as i32,
            side as i32,
        )))
    }

    fn allocate(&mut self, size: Size) -> Option<etagere::AllocId> {
        self.0
            .allocate(Size2D::new(size.width as i32, size.height as i32))
            .map(|allocation| allocation.id)
    }

    fn deallocate(&mut self, id: etagere::AllocId) {
        self.0.deallocate(id);
    }
}

pub struct GuillotierePage(guillotiere::AtlasAllocator);

impl PageAllocator for GuillotierePage {
    type Id = guillotiere::AllocId;

    fn new(side: u32) -> GuillotierePage {
        GuillotierePage(guillotiere::AtlasAllocator::new(guillotiere::size2(
            side as i32,
            side as i32,
        )))
    }

    fn allocate(&mut self, size: Size) -> Option<guillotiere::AllocId> {
        self.0
            .allocate(guillotiere::size2(size.width as i32, size.height as i32))
            .map(|allocation| allocation.id)
    }

    fn deallocate(&mut self, id: guillotiere::AllocId) {
        self.0.deallocate(id);
    }
}

/// Page and id of each region of a pixmap.
enum Places<I> {
    Nowhere,
    Whole((u32, I)),
    Tiles(Vec<(u32, I)>),
}

impl<I> Places<I> {
    fn as_slice(&self) -> &[(u32, I)] {
        match self {
            Places::Nowhere => &[],
            Places::Whole(place) => std::slice::from_ref(place),
            Places::Tiles(places) => places,
        }
    }
}

pub struct AllocatorLru<A: PageAllocator> {
    regions: Regions,
    pages: Vec<A>,
    recency: Recency,
    /// By pixmap.
    places: Vec<Places<A::Id>>,
    counts: Counts,
}

impl<A: PageAllocator> AllocatorLru<A> {
    pub fn new(trace: &Trace, pages: Pages) -> AllocatorLru<A> {
        AllocatorLru {
            regions: Regions::new(trace, pages, Cutting::WhereNeeded),
            pages: (0..pages.count).map(|_| A::new(pages.side)).collect(),
            recency: Recency::new(trace.sizes().len()),
            places: trace.sizes().iter().map(|_| Places::Nowhere).collect(),
            counts: Counts::default(),
        }
    }

    /// Finds places for all regions of a pixmap, or for none.
    fn allocate(&mut self, pixmap: u32) -> Option<Places<A::Id>> {
        if let &[size] = self.regions.of(pixmap) {
            return self.allocate_one(size).map(Places::Whole);
        }
        let mut tiles = Vec::new();
        for index in 0..self.regions.of(pixmap).len() {
            let Some(tile) = self.allocate_one(self.regions.of(pixmap)[index]) else {
                self.free(&tiles);
                return None;
            };
            tiles.push(tile);
        }
        (!tiles.is_empty()).then_some(Places::Tiles(tiles))
    }

    fn allocate_one(&mut self, size: Size) -> Option<(u32, A::Id)> {
        self.allocate_anywhere(size)
            .or_else(|| self.evict_until_it_fits(size))
    }

    fn free(&mut self, places: &[(u32, A::Id)]) {
        for &(page, id) in places {
            self.pages[page as usize].deallocate(id);
        }
    }

    fn allocate_anywhere(&mut self, size: Size) -> Option<(u32, A::Id)> {
        self.pages
            .iter_mut()
            .zip(0..)
            .find_map(|(allocator, page)| Some((page, allocator.allocate(size)?)))
    }

    /// Returns `None` if everything left was used in this frame.
    fn evict_until_it_fits(&mut self, size: Size) -> Option<(u32, A::Id)> {
        loop {
            let oldest = self.recency.pop_oldest()?;
            let places = std::mem::replace(&mut self.places[oldest as usize], Places::Nowhere);
            self.counts.live_texels -= self.regions.texels(oldest);
            self.counts.evictions += 1;
            self.free(places.as_slice());
            for &(page, _) in places.as_slice() {
                if let Some(id) = self.pages[page as usize].allocate(size) {
                    return Some((page, id));
                }
            }
        }
    }
}

impl<A: PageAllocator> Replayed for AllocatorLru<A> {
    fn begin_frame(&mut self, frame: u64) {
        self.recency.begin_frame(frame);
    }

    fn touch(&mut self, pixmap: u32) -> bool {
        self.recency.touch(pixmap)
    }

    fn place(&mut self, pixmap: u32) -> bool {
        let Some(places) = self.allocate(pixmap) else {
            return false;
        };
        self.places[pixmap as usize] = places;
        self.recency.push(pixmap);
        self.counts.live_texels += self.regions.texels(pixmap);
        true
    }

    fn bytes(&self, pixmap: u32) -> u64 {
        self.regions.bytes(pixmap)
    }

    fn counts(&self) -> Counts {
        self.counts
    }
}
