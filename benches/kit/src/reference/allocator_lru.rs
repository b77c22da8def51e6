//! What wgpu renderers do today: an atlas allocator per page, and LRU eviction of one entry at a time until the pixmap fits.
//!
//! The allocators are the `AtlasAllocator`s of etagere and guillotiere with their default options. Pages are tried in order.
//! After an eviction, only the page with the freed space is tried again: the others have refused this size and haven't
//! changed.

use etagere::euclid::default::Size2D;

use super::recency::Recency;
use crate::pages::Pages;
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

pub struct AllocatorLru<'t, A: PageAllocator> {
    trace: &'t Trace,
    page_side: u32,
    pages: Vec<A>,
    recency: Recency,
    /// The page and id of each resident pixmap.
    places: Vec<Option<(u32, A::Id)>>,
    counts: Counts,
}

impl<'t, A: PageAllocator> AllocatorLru<'t, A> {
    pub fn new(trace: &'t Trace, pages: Pages) -> AllocatorLru<'t, A> {
        AllocatorLru {
            trace,
            page_side: pages.side,
            pages: (0..pages.count).map(|_| A::new(pages.side)).collect(),
            recency: Recency::new(trace.sizes().len()),
            places: vec![None; trace.sizes().len()],
            counts: Counts::default(),
        }
    }

    fn size(&self, pixmap: u32) -> Size {
        self.trace.sizes()[pixmap as usize]
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
            let (page, id) = self.places[oldest as usize]
                .take()
                .expect("BUG: linked without a place");
            self.counts.live_texels -= self.size(oldest).texels();
            self.counts.evictions += 1;
            let allocator = &mut self.pages[page as usize];
            allocator.deallocate(id);
            if let Some(id) = allocator.allocate(size) {
                return Some((page, id));
            }
        }
    }
}

impl<A: PageAllocator> Replayed for AllocatorLru<'_, A> {
    fn begin_frame(&mut self, frame: u64) {
        self.recency.begin_frame(frame);
    }

    fn touch(&mut self, pixmap: u32) -> bool {
        self.recency.touch(pixmap)
    }

    fn place(&mut self, pixmap: u32) -> bool {
        let size = self.size(pixmap);
        if size.width > self.page_side || size.height > self.page_side {
            return false;
        }
        let Some(place) = self
            .allocate_anywhere(size)
            .or_else(|| self.evict_until_it_fits(size))
        else {
            return false;
        };
        self.places[pixmap as usize] = Some(place);
        self.recency.push(pixmap);
        self.counts.live_texels += size.texels();
        true
    }

    fn counts(&self) -> Counts {
        self.counts
    }
}
