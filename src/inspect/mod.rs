//! Looking inside a cache: what lies where, where the bytes are, and why entries went.
//!
//! Only reads. Placing and evicting are `layout/`; drawing what is seen here is `overlay/`. Invariant: the bytes of an
//! inspection sum up to the video memory that is held.

mod age;
mod bytes;
pub(crate) mod bytes_bar;
mod evictions;
pub(crate) mod figures;
pub(crate) mod legend;
#[cfg(feature = "image")]
mod page_image;
pub(crate) mod palette;
pub(crate) mod summary;
mod svg;

use std::hash::Hash;
use std::iter::FusedIterator;
use std::ops::Deref;

pub use self::age::age_color;
pub use self::bytes::VramBytes;
pub(crate) use self::evictions::{Departure, EvictionLog};
pub use self::evictions::{Eviction, Evictions};
#[cfg(feature = "image")]
pub use self::page_image::PageImage;
#[cfg(feature = "image")]
pub(crate) use self::page_image::to_image;

use crate::geometry::Rect;
use crate::layout::{self, Layout, PageCondition, PageIndex, ResidentRegion};
use crate::names::Names;
use crate::stats::CacheStats;

/// A borrowed view into a cache, as [`PixmapCache::inspect`](crate::PixmapCache::inspect) gives it.
///
/// ```
/// # fn log(cache: &pixmap_cache::PixmapCache) {
/// let inspection = cache.inspect();
/// for eviction in inspection.evictions().take(10) {
///     println!("{:?} of {}: {}", eviction.name, eviction.size, eviction.reason);
/// }
/// let bytes = inspection.bytes();
/// println!("{} live, {} dead, {} lost to packing", bytes.live, bytes.dead, bytes.waste);
/// # }
/// ```
pub struct Inspection<'c, N = String> {
    pub(crate) layout: &'c Layout,
    pub(crate) names: &'c Names<N>,
    /// The last evictions, if the cache records them.
    pub(crate) evictions: Option<&'c EvictionLog<N>>,
    pub(crate) stats: CacheStats,
    /// Of region table and placeholder.
    pub(crate) fixed_bytes: u64,
}

/// A page that has a texture, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InspectedPage {
    /// Which one.
    pub index: PageIndex,
    /// What it is good for.
    pub condition: PageCondition,
    /// Resident entries on it.
    pub entries: u32,
    /// Where its bytes are; neither table nor placeholder among them.
    pub bytes: VramBytes,
}

/// A resident entry: its [`ResidentRegion`], and its name.
pub struct InspectedRegion<'c, N> {
    resident: ResidentRegion,
    names: &'c Names<N>,
}

impl<'c, N: Hash + Eq> Inspection<'c, N> {
    /// Counters and sums, as of now.
    pub fn stats(&self) -> &CacheStats {
        &self.stats
    }

    /// The pages that have a texture, by number. Numbers may have gaps.
    pub fn pages(&self) -> impl Iterator<Item = InspectedPage> + '_ {
        let texel_bytes = self.texel_bytes();
        let pages = self.layout.pages();
        pages.map(move |page| InspectedPage {
            index: page.index,
            condition: page.condition,
            entries: page.entries,
            bytes: VramBytes::of_page(&page, texel_bytes),
        })
    }

    /// Returns the resident entries of all pages, by row of the region table.
    pub fn regions(&self) -> Regions<'c, N> {
        Regions {
            regions: self.layout.regions(),
            names: self.names,
        }
    }

    /// The resident entries of one page. Looks at no other page.
    pub fn regions_on(&self, page: PageIndex) -> impl Iterator<Item = InspectedRegion<'c, N>> + '_ {
        let regions = self.layout.regions_on(page);
        regions.map(|region| InspectedRegion::new(self.names, region))
    }

    /// What of a page can still be taken, as rectangles that don't overlap.
    pub fn free_rects(&self, page: PageIndex) -> impl Iterator<Item = Rect> + '_ {
        self.layout.free_rects(page)
    }

    /// Where the bytes are. They sum up to [`CacheStats::vram_bytes`].
    pub fn bytes(&self) -> VramBytes {
        let pages: VramBytes = self.pages().map(|page| page.bytes).sum();
        VramBytes {
            table: self.fixed_bytes,
            releasing: self.stats.releasing_bytes,
            ..pages
        }
    }

    /// Returns the last entries that the cache evicted, the latest first: at most 256, and none unless
    /// [`CacheDescriptor::record_evictions`](crate::CacheDescriptor::record_evictions) is set.
    ///
    /// Entries that were removed, cleared or replaced by name are not among them, nor are those lost with a device.
    pub fn evictions(&self) -> Evictions<'c, N> {
        self.evictions.map(EvictionLog::newest_first).unwrap_or_default()
    }

    fn texel_bytes(&self) -> u64 {
        let side = u64::from(self.stats.page_side);
        self.stats.page_bytes / (side * side)
    }
}

impl<N> std::fmt::Debug for Inspection<'_, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspection")
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

/// An iterator over the resident entries of a cache with their places and names, from [`Inspection::regions`].
pub struct Regions<'c, N> {
    regions: layout::Regions<'c>,
    names: &'c Names<N>,
}

impl<'c, N: Hash + Eq> Iterator for Regions<'c, N> {
    type Item = InspectedRegion<'c, N>;

    fn next(&mut self) -> Option<InspectedRegion<'c, N>> {
        let resident = self.regions.next()?;
        Some(InspectedRegion::new(self.names, resident))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.regions.size_hint()
    }
}

impl<N: Hash + Eq> ExactSizeIterator for Regions<'_, N> {}
impl<N: Hash + Eq> FusedIterator for Regions<'_, N> {}

impl<N> std::fmt::Debug for Regions<'_, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Regions")
            .field("regions", &self.regions)
            .finish_non_exhaustive()
    }
}

// Not derived: names need be neither.
impl<N> Clone for InspectedRegion<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for InspectedRegion<'_, N> {}

impl<N> Deref for InspectedRegion<'_, N> {
    type Target = ResidentRegion;

    fn deref(&self) -> &ResidentRegion {
        &self.resident
    }
}

impl<N: Hash + Eq + std::fmt::Debug> std::fmt::Debug for InspectedRegion<'_, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InspectedRegion")
            .field("name", &self.name())
            .field("resident", &self.resident)
            .finish_non_exhaustive()
    }
}

impl<'c, N: Hash + Eq> InspectedRegion<'c, N> {
    fn new(names: &'c Names<N>, resident: ResidentRegion) -> Self {
        Self { resident, names }
    }

    /// Its name, if it has one. One hash lookup.
    pub fn name(&self) -> Option<&'c N> {
        self.names.name_of(self.key)
    }
}
