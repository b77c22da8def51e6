//! What can be read of one page and of one entry.
//!
//! `inspect.rs` and the iterators make these values; nothing here changes a layout.

use super::entry::Entry;
use super::region::{PageIndex, Region};
use crate::key::PixmapKey;

/// Describes what a page can take at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PageCondition {
    /// Empty, and not opened yet.
    Free,
    /// Takes new regions.
    Open,
    /// Takes new regions, and the survivors of the page that is being drained.
    Head,
    /// Takes nothing until it is drained or rebuilt.
    Sealed,
    /// Gives its survivors to the head, a few with each insertion, and is free when the head is full.
    Draining,
}

/// A page that has a texture. Its live, dead, waste and free texels add up to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResidentPage {
    /// The page's number.
    pub index: PageIndex,
    /// What it can take.
    pub condition: PageCondition,
    /// Number of living entries.
    pub entries: u32,
    /// Texels of living entries.
    pub live_texels: u64,
    /// Texels of entries that were evicted, removed or moved away. Unused until the page is free or rebuilt.
    pub dead_texels: u64,
    /// Texels lost to packing: shut off between regions, and left over when the page was sealed.
    pub waste_texels: u64,
    /// Texels that new regions or survivors can still take.
    pub free_texels: u64,
}

/// An entry's place and use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResidentRegion {
    /// The entry's key.
    pub key: PixmapKey,
    /// Where it lies.
    pub region: Region,
    /// Frames since its last use; 0 if it was used in this frame.
    pub age_frames: u64,
    /// How often it was used again after a few frames without use, counted to 3.
    pub visits: u8,
    /// Whether it is pinned.
    pub pinned: bool,
}

impl ResidentRegion {
    pub(super) fn new(key: PixmapKey, entry: &Entry, frame: u64) -> Self {
        Self {
            key,
            region: entry.region(),
            age_frames: frame - entry.last_frame,
            visits: entry.visits(),
            pinned: entry.pinned,
        }
    }

    /// Returns whether it was used in this frame or is pinned: then it can't be evicted.
    pub fn is_protected(&self) -> bool {
        self.age_frames == 0 || self.pinned
    }
}
