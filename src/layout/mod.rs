//! Where every pixmap lies, who is evicted and who is moved: the atlas without its GPU.
//!
//! Pure and deterministic: no clock, no device, no hash-map order; the same calls give the same layout on every
//! machine. Every change is also written down as an [`Op`], in order, for whoever holds the texels.
//!
//! The atlas is log-structured, after Rosenblum and Ousterhout's file system (1992): regions are appended to open
//! pages and never freed one by one; when no page has room, one is evacuated and starts over.

mod entry;
mod error;
mod evacuation;
mod evict_reason;
mod gaps;
mod inspect;
mod op;
mod page;
mod population;
mod release;
mod room;
mod skyline;
mod stats;
mod survival;

use std::ops::Range;

use slotmap::SlotMap;

pub use self::error::{LayoutError, PlaceError};
pub use self::evict_reason::EvictReason;
pub use self::inspect::{PageCondition, ResidentPage, ResidentRegion};
pub use self::op::{LastUse, Op, Region};
pub use self::page::PageIndex;
pub use self::skyline::Footing;
pub use self::stats::LayoutStats;

use self::entry::Entry;
use self::page::{Page, Use};
use crate::geometry::Size;
use crate::key::PixmapKey;

/// Longest side of a page; coordinates are kept in 16 bits.
pub const MAX_PAGE_SIDE: u32 = 32_768;

/// Fewest pages: an evacuation goes from one page to another.
pub const MIN_PAGES: u32 = 2;

/// Open pages at most. A fourth and the waste lists together are worth 0.3 to 0.7 % of the uploaded bytes.
const MAX_OPEN: usize = 4;

/// When the table is full, one entry in this many is evicted at once, so that the scan is paid for by many insertions.
const ENTRIES_PER_EVICTED: u32 = 8;

/// What a [`Layout`] is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutDescriptor {
    /// Side of a page in texels, `1..=MAX_PAGE_SIDE`. Nothing longer than that can be placed.
    pub page_side: u32,
    /// Pages that may be committed at the same time, at least [`MIN_PAGES`]. With fewer than 8, evacuations are costly.
    pub max_pages: u32,
    /// Entries at most, at least 1. A row of an entry's key is never above this.
    pub max_entries: u32,
}

/// Whether texels that may be on screen already go to the place that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// A new entry: nothing drawn before knows it.
    New,
    /// New pixels of an entry that recorded passes may draw.
    Known,
}

/// Entries, pages and the rule between them.
///
/// ```
/// use pixmap_cache::Size;
/// use pixmap_cache::layout::{Layout, LayoutDescriptor, Op};
///
/// let descriptor = LayoutDescriptor { page_side: 256, max_pages: 16, max_entries: 1024 };
/// let mut layout = Layout::new(&descriptor)?;
/// layout.commit_pages(0..16);
/// layout.begin_frame();
/// let key = layout.place(Size::new(48, 48))?;
/// assert!(matches!(layout.drain_ops().next(), Some(Op::Place { .. })));
/// assert!(layout.touch(key));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Layout {
    page_side: u32,
    max_entries: u32,
    /// Pages that may be committed at the same time.
    max_pages: u32,
    entries: SlotMap<PixmapKey, Entry>,
    /// By index; grown to the highest page ever committed.
    pages: Vec<Page>,
    /// Pages that are `Use::Open`, oldest first.
    open: Vec<PageIndex>,
    /// The open page that keeps a strip for survivors; none until the last free page is opened.
    head: Option<PageIndex>,
    frame: u64,
    /// Of pinned entries, and of the others touched in this frame: together what is protected.
    pinned_texels: u64,
    touched_texels: u64,
    /// Pages that are about to be given up: neither victims nor destinations.
    leaving: Range<u32>,
    /// What was protected at the end of the last frame.
    last_protected_texels: u64,
    /// Sizes refused in this frame; whatever covers one is refused without another search.
    refused: Vec<Size>,
    ops: Vec<Op>,
    stats: LayoutStats,
}

impl Layout {
    /// A layout without pages; [`Layout::commit_pages`] brings them.
    ///
    /// # Errors
    ///
    /// A page side, page count or entry count outside what [`LayoutDescriptor`] allows.
    pub fn new(descriptor: &LayoutDescriptor) -> Result<Self, LayoutError> {
        let &LayoutDescriptor {
            page_side,
            max_pages,
            max_entries,
        } = descriptor;
        if page_side == 0 || page_side > MAX_PAGE_SIDE {
            return Err(LayoutError::PageSide { page_side });
        }
        if max_pages < MIN_PAGES {
            return Err(LayoutError::TooFewPages { max_pages });
        }
        if max_entries == 0 {
            return Err(LayoutError::NoEntries);
        }
        Ok(Self {
            page_side,
            max_entries,
            max_pages,
            entries: SlotMap::with_key(),
            pages: Vec::new(),
            open: Vec::new(),
            head: None,
            frame: 1,
            pinned_texels: 0,
            touched_texels: 0,
            leaving: 0..0,
            last_protected_texels: 0,
            refused: Vec::new(),
            ops: Vec::new(),
            stats: LayoutStats::default(),
        })
    }

    /// Makes pages usable. Pages of the range that are so already stay as they are.
    pub fn commit_pages(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        if self.pages.len() < range.end as usize {
            self.pages.resize(range.end as usize, Page::uncommitted());
        }
        for page in &mut self.pages[range.start as usize..range.end as usize] {
            if matches!(page.usage, Use::Uncommitted) {
                page.usage = Use::Free;
                page.committed_frame = self.frame;
                self.stats.pages += 1;
            }
        }
        self.refused.clear();
    }

    /// Changes how many pages may be committed at the same time. Pages beyond are given up by
    /// [`Layout::release_pages`], not by this.
    pub fn set_max_pages(&mut self, max_pages: u32) {
        self.max_pages = max_pages;
    }

    /// Starts a frame: what was touched in the last one is no longer protected.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        self.last_protected_texels = self.protected_texels();
        self.touched_texels = 0;
        self.refused.clear();
    }

    /// Places a new entry where there is room, without evicting or moving anything.
    ///
    /// `None` also for what [`Layout::place`] would refuse with an error.
    pub fn try_place(&mut self, size: Size) -> Option<PixmapKey> {
        if self.check(size).is_err() || self.entries.len() >= self.max_entries as usize {
            return None;
        }
        let (region, footing) = self.find_room(size, Purpose::New)?;
        Some(self.admit(region, footing))
    }

    /// Places a new entry; when no page has room, evacuates pages until one has.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]; entries that aren't protected may have been evicted in the attempt, nothing else has changed.
    pub fn place(&mut self, size: Size) -> Result<PixmapKey, PlaceError> {
        self.check(size)?;
        self.make_entry_room()?;
        let (region, footing) = self.room_for(size, Purpose::New)?;
        Ok(self.admit(region, footing))
    }

    /// Gives an entry another size, and room for new texels; its key stays. Counts as a touch. `Ok(false)` when the
    /// key is dead. The same size keeps its region.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]; the entry is as it was.
    pub fn resize(&mut self, key: PixmapKey, size: Size) -> Result<bool, PlaceError> {
        self.check(size)?;
        if !self.touch(key) {
            return Ok(false);
        }
        let entry = self.entries[key];
        if entry.size() == size {
            let region = entry.region();
            let footing = Footing::Gap;
            self.ops.push(Op::Place { key, region, footing });
            return Ok(true);
        }
        let (region, footing) = self.room_for(size, Purpose::Known)?;
        let pinned = entry.pinned;
        self.uncount(entry.texels(), pinned, true);
        self.count(size.texels(), pinned, true);
        // It may have been moved in the search for room.
        self.leave(self.entries[key].region());
        self.arrive(region, footing);
        self.relist(key, region.page);
        self.refused.clear();
        self.entries[key].set_region(region);
        self.ops.push(Op::Place { key, region, footing });
        Ok(true)
    }

    /// Marks an entry as used in this frame, which protects it until the next. False when the key is dead.
    #[inline]
    pub fn touch(&mut self, key: PixmapKey) -> bool {
        let Some(entry) = self.entries.get_mut(key) else {
            return false;
        };
        if entry.last_frame != self.frame {
            entry.touch(self.frame);
            if !entry.pinned {
                self.touched_texels += entry.texels();
            }
        }
        true
    }

    /// Protects an entry across frames, or ends that. False when the key is dead.
    pub fn set_pinned(&mut self, key: PixmapKey, pinned: bool) -> bool {
        let Some(entry) = self.entries.get_mut(key) else {
            return false;
        };
        let (before, touched) = (entry.pinned, entry.last_frame == self.frame);
        entry.pinned = pinned;
        let texels = entry.texels();
        self.uncount(texels, before, touched);
        self.count(texels, pinned, touched);
        self.refused.clear();
        true
    }

    /// Forgets an entry; its texels become waste of its page. False when the key is dead.
    pub fn forget(&mut self, key: PixmapKey) -> bool {
        let Some(entry) = self.drop_entry(key) else {
            return false;
        };
        let from = entry.region();
        self.ops.push(Op::Forget { key, from });
        self.refused.clear();
        true
    }

    /// Forgets every entry and empties every page; pages stay committed.
    pub fn clear(&mut self) {
        let keys: Vec<PixmapKey> = self.entries.keys().collect();
        for key in keys {
            self.forget(key);
        }
        for page in &mut self.pages {
            page.keys.clear();
            if page.in_use() {
                page.usage = Use::Free;
            }
        }
        self.open.clear();
        self.head = None;
    }

    /// What was decided since the last call, in order. Whoever holds texels carries it out from first to last.
    pub fn drain_ops(&mut self) -> impl Iterator<Item = Op> + '_ {
        self.ops.drain(..)
    }

    /// Whether there are decisions not yet drained.
    pub(crate) fn has_ops(&self) -> bool {
        !self.ops.is_empty()
    }

    /// Whether the key is alive. Does not touch.
    pub fn contains(&self, key: PixmapKey) -> bool {
        self.entries.contains_key(key)
    }

    /// Where an entry lies. Does not touch.
    pub fn region(&self, key: PixmapKey) -> Option<Region> {
        self.entries.get(key).map(Entry::region)
    }

    /// Frame of an entry's last touch.
    pub fn last_frame(&self, key: PixmapKey) -> Option<u64> {
        self.entries.get(key).map(|entry| entry.last_frame)
    }

    pub(crate) fn frame(&self) -> u64 {
        self.frame
    }

    /// Living keys, by row.
    pub fn keys(&self) -> impl Iterator<Item = PixmapKey> + '_ {
        self.entries.keys()
    }

    /// Living entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Counters and sums, as of now.
    pub fn stats(&self) -> LayoutStats {
        LayoutStats {
            frame: self.frame,
            entries: self.entries.len() as u32,
            protected_texels: self.protected_texels(),
            ..self.stats
        }
    }

    fn check(&self, size: Size) -> Result<(), PlaceError> {
        if size.is_empty() {
            return Err(PlaceError::Empty { size });
        }
        if size.longer_side() > self.page_side {
            let limit = self.page_side;
            return Err(PlaceError::TooLarge { size, limit });
        }
        Ok(())
    }
}
