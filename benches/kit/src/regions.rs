//! What the pixmaps of a trace take on pages: one region each, or tiles, with mip levels and the borders of tiles.
//!
//! Tiles are those of pixmap-cache, whoever places them. Invariant: the regions of each pixmap follow each other.

use pixmap_cache::Size;
use pixmap_cache::layout::{Footprint, Layout, LayoutDescriptor, MIN_PAGES};

use crate::pages::{BYTES_PER_TEXEL, Pages};
use crate::trace::Trace;

/// Which pixmaps are cut into tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cutting {
    /// Those that pixmap-cache cuts up: longer than half a page.
    AsCached,
    /// Those that no page can hold.
    WhereNeeded,
}

/// The regions of all pixmaps of a trace.
pub struct Regions {
    sizes: Vec<Size>,
    /// By pixmap: the end of its regions in `sizes`.
    ends: Vec<usize>,
    /// By pixmap: texels of its regions, or its own if it could never fit.
    texels: Vec<u64>,
}

impl Regions {
    pub fn new(trace: &Trace, pages: Pages, cutting: Cutting) -> Regions {
        let descriptor = LayoutDescriptor {
            page_side: pages.side,
            max_pages: pages.count.max(MIN_PAGES),
            ..Default::default()
        };
        let layout = Layout::new(&descriptor).expect("valid pages");
        let mut regions = Regions {
            sizes: Vec::new(),
            ends: Vec::new(),
            texels: Vec::new(),
        };
        for (pixmap, (&size, &levels)) in (0..).zip(trace.sizes().iter().zip(trace.levels())) {
            let whole = whole(size, levels);
            if cutting == Cutting::WhereNeeded && whole.longer_side() <= pages.side {
                regions.push(&[whole.into()], whole.texels());
                continue;
            }
            let footprints = layout.footprints(size, levels).unwrap_or_default();
            let texels: u64 = footprints.iter().map(|region| region.size.texels()).sum();
            if footprints.is_empty() || texels > pages.texels() {
                regions.push(&[], trace.texels_of(pixmap));
            } else {
                regions.push(&footprints, texels);
            }
        }
        regions
    }

    fn push(&mut self, footprints: &[Footprint], texels: u64) {
        self.sizes.extend(footprints.iter().map(|region| region.size));
        self.ends.push(self.sizes.len());
        self.texels.push(texels);
    }

    /// Returns the sizes of a pixmap's regions; none if it could never fit.
    pub fn of(&self, pixmap: u32) -> &[Size] {
        let pixmap = pixmap as usize;
        let start = pixmap.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.sizes[start..self.ends[pixmap]]
    }

    /// Returns the texels that a pixmap takes.
    pub fn texels(&self, pixmap: u32) -> u64 {
        self.texels[pixmap as usize]
    }

    /// Returns the bytes that a pixmap takes.
    pub fn bytes(&self, pixmap: u32) -> u64 {
        self.texels(pixmap) * BYTES_PER_TEXEL
    }

    /// Returns the number of regions of all pixmaps together.
    pub fn count(&self) -> usize {
        self.sizes.len()
    }
}

/// One region with all levels: 1.5 times as wide as the base.
fn whole(size: Size, levels: u8) -> Size {
    if levels > 1 {
        Size::new(size.width + size.width / 2, size.height)
    } else {
        size
    }
}
