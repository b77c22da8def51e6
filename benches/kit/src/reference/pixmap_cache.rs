//! pixmap-cache itself: its `Layout`, driven as the cache drives it, without a GPU to carry out what it
//! decides.
//!
//! All pages are committed from the start, as under `CommitPolicy::Upfront`, so that every cache of a replay has
//! the same bytes.

use pixmap_cache::PixmapKey;
use pixmap_cache::layout::{Layout, LayoutDescriptor};

use crate::pages::Pages;
use crate::replay::{Counts, Replayed};
use crate::trace::Trace;

/// Frames without a touch that are begun one by one; a longer gap makes nothing older.
const MAX_GAP_FRAMES: u64 = 1_000;

pub struct LayoutReplay<'t> {
    trace: &'t Trace,
    layout: Layout,
    /// For each pixmap, the key it got last. Dead once evicted.
    keys: Vec<PixmapKey>,
    frame: Option<u64>,
}

impl<'t> LayoutReplay<'t> {
    pub fn new(trace: &'t Trace, pages: Pages) -> LayoutReplay<'t> {
        let pixmaps = trace.sizes().len();
        let descriptor = LayoutDescriptor {
            page_side: pages.side,
            max_pages: pages.count,
            // Measured is the room on pages, not that in the table.
            max_entries: pixmaps as u32,
        };
        let mut layout = Layout::new(&descriptor).expect("pages that a layout can be made of");
        layout.commit_pages(0..pages.count);
        LayoutReplay {
            trace,
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
        let placed = self.layout.place(self.trace.sizes()[pixmap as usize]);
        placed.map(|key| self.keys[pixmap as usize] = key).is_ok()
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
