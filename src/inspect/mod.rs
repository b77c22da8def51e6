//! Shows what is in a cache: which entry is where, where the bytes are, and why entries were evicted.
//!
//! Only reads. `layout/` places and evicts; `overlay/` draws what is found here. Invariant: the bytes of an inspection
//! add up to the video memory held.

mod age;
mod bytes;
pub(crate) mod bytes_bar;
mod evictions;
pub(crate) mod figures;
pub(crate) mod legend;
#[cfg(feature = "image")]
mod page_image;
pub(crate) mod palette;
mod read_back;
mod regions;
pub(crate) mod summary;
mod svg;

use std::hash::Hash;

pub use self::age::age_color;
pub use self::bytes::VramBytes;
pub(crate) use self::evictions::{Departure, EvictionLog};
pub use self::evictions::{Eviction, Evictions};
#[cfg(feature = "image")]
pub use self::page_image::PageImage;
pub(crate) use self::read_back::Piece;
pub use self::read_back::ReadBack;
pub use self::regions::{InspectedRegion, Regions};

use crate::geometry::Rect;
use crate::layout::{Layout, PageCondition, PageIndex};
use crate::names::Names;
use crate::stats::CacheStats;

/// A borrowed view into a cache, from [`PixmapCache::inspect`](crate::PixmapCache::inspect).
///
/// ```
/// # fn log(cache: &pixmap_cache::PixmapCache) {
/// let inspection = cache.inspect();
/// // Recorded if the descriptor's `record_evictions` is set.
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
    /// Bytes of region table and placeholder.
    pub(crate) fixed_bytes: u64,
}

/// A page that has a texture, with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InspectedPage {
    /// Index of the page.
    pub index: PageIndex,
    /// What the page is used for at the moment.
    pub condition: PageCondition,
    /// Number of resident entries on the page.
    pub entries: u32,
    /// Where the page's bytes are. `table` and `releasing` are 0.
    pub bytes: VramBytes,
}

impl<'c, N: Hash + Eq> Inspection<'c, N> {
    /// Returns the counters, and the sums as of now.
    pub fn stats(&self) -> &CacheStats {
        &self.stats
    }

    /// Returns the pages that have a texture, by index. Indices may have gaps.
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

    /// Returns the resident entries of one page. Looks at no other page.
    pub fn regions_on(&self, page: PageIndex) -> impl Iterator<Item = InspectedRegion<'c, N>> + '_ {
        let regions = self.layout.regions_on(page);
        regions.map(|region| InspectedRegion::new(self.names, region))
    }

    /// Returns the parts of a page that new entries can still take, as rectangles that don't overlap.
    pub fn free_rects(&self, page: PageIndex) -> impl Iterator<Item = Rect> + '_ {
        self.layout.free_rects(page)
    }

    /// Returns where the bytes are. They sum up to [`CacheStats::vram_bytes`].
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
