//! pixmap-cache itself: its `Layout`, driven as the cache drives it, without a GPU.
//!
//! All pages are committed from the start, as under `CommitPolicy::Upfront`, so that every cache of a replay has the same
//! bytes.

use pixmap_cache::PixmapKey;
use pixmap_cache::layout::{Layout, LayoutDescriptor};

use crate::pages::Pages;
use crate::regions::{Cutting, Regions};
use crate::replay::{Counts, Replayed};
use crate::trace::Trace;

/// A gap between frames is replayed as at most this many. A longer one makes no difference to the layout.
const MAX_GAP_FRAMES: u64 = 1_000;

pub struct LayoutReplay<'t> {
    trace: &'t Trace,
    regions: Regions,
    layout: Layout,
    /// The latest key of each pixmap, dead once evicted.
    keys: Vec<PixmapKey>,
    frame: Option<u64>,
}

impl<'t> LayoutReplay<'t> {
    pub fn new(trace: &'t Trace, pages: Pages) -> LayoutReplay<'t> {
        let pixmaps = trace.sizes().len();
        let regions = Regions::new(trace, pages, Cutting::AsCached);
        // A replay measures the room on pages: the table never fills up.
        let max_tiles = u32::try_from(regions.count()).unwrap_or(u32::MAX);
        let descriptor = LayoutDescriptor {
            page_side: pages.side,
            max_pages: pages.count,
            max_entries: max_tiles.saturating_add(pixmaps as u32),
            max_tiles,
        };
        let mut layout = Layout::new(&descriptor).expect("valid pages");
        layout.commit_pages(0..pages.count);
        LayoutReplay {
            trace,
            regions,
            layout,
            keys: vec![PixmapKey::default(); pixmaps],
            frame: None,
        }
    }
}

impl Replayed for LayoutReplay<'_> {
    fn begin_frame(&mut self, frame: u64) {
        let passed = self.frame.map_or(1, |last| frame - last);
        for _ in 0..passed.min(MAX_GAP_FRAMES) {
            self.layout.begin_frame();
        }
        drop(self.layout.drain_ops());
        self.frame = Some(frame);
    }

    fn touch(&mut self, pixmap: u32) -> bool {
        self.layout.touch(self.keys[pixmap as usize])
    }

    fn place(&mut self, pixmap: u32) -> bool {
        let number = pixmap as usize;
        let (size, levels) = (self.trace.sizes()[number], self.trace.levels()[number]);
        let placed = self.layout.place_pixmap(size, levels);
        placed.map(|key| self.keys[pixmap as usize] = key).is_ok()
    }

    fn bytes(&self, pixmap: u32) -> u64 {
        self.regions.bytes(pixmap)
    }

    fn counts(&self) -> Counts {
        let stats = self.layout.stats();
        Counts {
            live_texels: stats.live_texels,
            evictions: stats.evictions,
            moved_texels: stats.moved_texels,
        }
    }
}
