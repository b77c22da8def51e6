//! The naive model: what every call must have done, and pages of ids on which the ops are replayed.

use std::collections::{BTreeSet, HashMap};

use pixmap_cache::layout::{EvictReason, Layout, LayoutDescriptor, Op, PlaceError, ReleaseTerms};
use pixmap_cache::{PageIndex, PixmapKey, Rect, Region, Size};

use crate::step::Step;

pub(crate) const PAGE_SIDE: u32 = 32;

/// What the model knows of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    region: Region,
    last_frame: u64,
    pinned: bool,
}

pub(crate) struct Model {
    pub(crate) layout: Layout,
    max_entries: u32,
    max_pages: u32,
    committed: BTreeSet<u32>,
    frame: u64,
    alive: HashMap<PixmapKey, Known>,
    /// Every key that was ever returned; steps choose among them.
    keys: Vec<PixmapKey>,
    /// By page and texel: the entry that wrote it last.
    pages: Vec<Vec<PixmapKey>>,
    moves: u64,
    rebuilds: u64,
    /// Releases that succeeded.
    pub(crate) releases: u64,
    /// Frame of the last commit; entries don't move to its pages in that frame.
    committed_frame: u64,
}

impl Model {
    pub(crate) fn new(pages: u32, max_entries: u32, committed: u32) -> Self {
        let descriptor = LayoutDescriptor {
            page_side: PAGE_SIDE,
            max_pages: pages,
            max_entries,
        };
        let mut layout = Layout::new(&descriptor).expect("the descriptor is sound");
        layout.commit_pages(0..committed);
        let frame = layout.stats().frame;
        let page = vec![PixmapKey::default(); (PAGE_SIDE * PAGE_SIDE) as usize];
        Self {
            layout,
            max_entries,
            max_pages: pages,
            committed: (0..committed).collect(),
            frame,
            alive: HashMap::new(),
            keys: Vec::new(),
            pages: vec![page; pages as usize],
            moves: 0,
            rebuilds: 0,
            releases: 0,
            committed_frame: frame,
        }
    }

    pub(crate) fn run(&mut self, step: Step) {
        match step {
            Step::Place(size) => self.place(size),
            Step::Touch(which) => self.touch(which),
            Step::Remove(which) => self.remove(which),
            Step::Resize(which, size) => self.resize(which, size),
            Step::Pin(which, pinned) => self.pin(which, pinned),
            Step::BeginFrame => {
                self.layout.begin_frame();
                self.frame += 1;
            }
            Step::CommitPages => {
                let Some(missing) = (0..self.max_pages).find(|page| !self.committed.contains(page)) else {
                    return;
                };
                let more = missing..(missing + 2).min(self.max_pages);
                self.layout.commit_pages(more.clone());
                self.committed.extend(more);
                self.committed_frame = self.frame;
            }
            Step::Release { which, count, loss } => self.release(which, count, loss),
            Step::Clear => {
                self.layout.clear();
                self.replay();
                assert!(self.alive.is_empty(), "clear left entries alive");
            }
        }
        self.check_counters();
    }

    fn place(&mut self, size: Size) {
        let placed = self.layout.place(size);
        self.replay();
        match placed {
            Ok(key) => {
                assert!(!self.keys.contains(&key), "a key was used twice");
                let region = self.layout.region(key).expect("a placed key is alive");
                assert_eq!(region.rect.size(), size, "placed with another size");
                assert_eq!(self.alive[&key].region, region, "the ops say another region");
                self.keys.push(key);
            }
            Err(error) => self.check_refusal(size, error),
        }
    }

    fn check_refusal(&self, size: Size, error: PlaceError) {
        match error {
            PlaceError::Empty { .. } => assert!(size.is_empty(), "{size} has texels"),
            PlaceError::TooLarge { .. } => assert!(size.longer_side() > PAGE_SIDE, "{size} fits a page"),
            PlaceError::TooManyEntries { .. } => {
                assert_eq!(
                    self.alive.len(),
                    self.max_entries as usize,
                    "the table isn't full"
                );
                let all_protected = self.alive.values().all(|known| self.protected(known));
                assert!(all_protected, "an entry could have made room");
            }
            PlaceError::NextFrame { .. } => {
                assert_eq!(self.committed_frame, self.frame, "no page is new in this frame");
            }
            PlaceError::Full { .. } => {
                let all = self.committed.len() as u64 * u64::from(PAGE_SIDE * PAGE_SIDE);
                // Sides of at most a quarter page in at least two pages have room up to 70 %.
                let settled = self.committed.len() >= 2 && self.committed_frame != self.frame;
                if settled && size.longer_side() <= PAGE_SIDE / 4 && self.only_small() {
                    let after = self.protected_texels() + size.texels();
                    assert!(after * 10 > all * 7, "full at {after} of {all} texels");
                }
            }
            _ => panic!("a refusal that the model doesn't know: {error:?}"),
        }
    }

    /// Whether no protected entry has a side longer than a quarter page.
    fn only_small(&self) -> bool {
        let small = |known: &Known| known.region.rect.size().longer_side() <= PAGE_SIDE / 4;
        let mut protected = self.alive.values().filter(|known| self.protected(known));
        protected.all(small)
    }

    fn choose(&self, which: usize) -> Option<PixmapKey> {
        (!self.keys.is_empty()).then(|| self.keys[which % self.keys.len()])
    }

    fn touch(&mut self, which: usize) {
        let Some(key) = self.choose(which) else { return };
        let known = self.alive.get_mut(&key);
        assert_eq!(self.layout.touch(key), known.is_some(), "touch and model differ");
        if let Some(known) = known {
            known.last_frame = self.frame;
        }
    }

    fn remove(&mut self, which: usize) {
        let Some(key) = self.choose(which) else { return };
        let was_alive = self.alive.contains_key(&key);
        assert_eq!(self.layout.remove(key), was_alive, "remove and model differ");
        self.replay();
        assert!(!self.alive.contains_key(&key), "no op says that it was removed");
        assert!(!self.layout.contains(key), "removed and still there");
    }

    fn resize(&mut self, which: usize, size: Size) {
        let Some(key) = self.choose(which) else { return };
        let before = self.alive.get(&key).copied();
        let resized = self.layout.resize(key, size);
        if let (Some(known), false) = (self.alive.get_mut(&key), resized.is_err() && bad(size)) {
            known.last_frame = self.frame;
        }
        self.replay();
        match resized {
            Ok(alive) => {
                assert_eq!(alive, before.is_some(), "resize and model differ");
                if alive {
                    assert_eq!(
                        self.alive[&key].region.rect.size(),
                        size,
                        "resized to another size"
                    );
                }
            }
            Err(error) => {
                self.check_refusal(size, error);
                let after = self.alive.get(&key).map(|known| known.region.rect.size());
                let before = before.map(|known| known.region.rect.size());
                assert_eq!(after, before, "a resize that was refused changed the size");
            }
        }
    }

    fn pin(&mut self, which: usize, pinned: bool) {
        let Some(key) = self.choose(which) else { return };
        let known = self.alive.get_mut(&key);
        let alive = self.layout.set_pinned(key, pinned);
        assert_eq!(alive, known.is_some(), "set_pinned and model differ");
        if let Some(known) = known {
            known.pinned = pinned;
        }
    }

    fn release(&mut self, which: usize, count: u32, loss: u32) {
        let first = (which % self.max_pages as usize) as u32;
        let pages = first..first + count;
        let page_texels = u64::from(PAGE_SIDE * PAGE_SIDE);
        let terms = ReleaseTerms {
            reason: EvictReason::Budget,
            keep_since_frame: self.frame.saturating_sub(u64::from(loss)),
            max_evicted_texels: u64::from(loss) * page_texels / 2,
        };
        let before = self.alive.clone();
        let released = self.layout.release_pages(pages.clone(), &terms);
        self.replay();
        if !released {
            assert_eq!(before, self.alive, "a release that failed changed something");
            return;
        }
        self.committed.retain(|page| !pages.contains(page));
        let lost = before.iter().filter(|(key, _)| !self.alive.contains_key(key));
        let mut evicted_texels = 0;
        for (_, known) in lost {
            assert!(
                known.last_frame < terms.keep_since_frame,
                "evicted what the terms keep"
            );
            evicted_texels += known.region.rect.size().texels();
        }
        assert!(
            evicted_texels <= terms.max_evicted_texels,
            "evicted more than the terms allow"
        );
        let on_released = |known: &Known| pages.contains(&known.region.page.0);
        assert!(
            !self.alive.values().any(on_released),
            "an entry on a page without a texture"
        );
        self.releases += 1;
    }

    fn protected(&self, known: &Known) -> bool {
        known.pinned || known.last_frame == self.frame
    }

    fn protected_texels(&self) -> u64 {
        let protected = self.alive.values().filter(|known| self.protected(known));
        protected.map(|known| known.region.rect.size().texels()).sum()
    }

    /// Carries the ops out on the fake pages, in order, as the GPU would.
    fn replay(&mut self) {
        let ops: Vec<Op> = self.layout.drain_ops().collect();
        let mut ops = ops.into_iter();
        while let Some(op) = ops.next() {
            match op {
                Op::Place { key, region, .. } => self.write(key, region),
                Op::Rebuild { page, moves } => {
                    let batch: Vec<Op> = ops.by_ref().take(moves as usize).collect();
                    self.rebuild(page, &batch);
                }
                Op::Move { key, from, to } => {
                    assert_ne!(from.page, to.page, "a move inside one page, outside of a rebuild");
                    self.read(key, from);
                    self.write(key, to);
                }
                Op::Evict { key, from, .. } => {
                    let known = self.alive.remove(&key).expect("evicted a dead entry");
                    assert!(!self.protected(&known), "evicted a protected entry");
                    assert_eq!(known.region, from, "evicted from where it isn't");
                }
                Op::Remove { key, from } => {
                    let known = self.alive.remove(&key).expect("removed a dead entry");
                    assert_eq!(known.region, from, "removed from where it isn't");
                }
                _ => panic!("an op that the model doesn't know: {op:?}"),
            }
        }
    }

    /// Reads everything before it writes anything.
    fn rebuild(&mut self, page: PageIndex, batch: &[Op]) {
        let mut moved = Vec::new();
        for op in batch {
            let &Op::Move { key, from, to } = op else {
                panic!("{op:?} in a batch of moves");
            };
            assert_eq!(to.page, page, "a move to another page in the batch of one");
            assert_ne!(from, to, "a move that goes nowhere");
            self.read(key, from);
            moved.push((key, to));
        }
        for (key, _) in &moved {
            // While the batch is carried out, its entries lie nowhere.
            self.alive.get_mut(key).expect("moved a dead entry").region.page = PageIndex(u32::MAX);
        }
        for (key, to) in moved {
            self.write(key, to);
        }
        self.rebuilds += 1;
    }

    fn read(&mut self, key: PixmapKey, from: Region) {
        assert_eq!(self.alive[&key].region, from, "moved from where it isn't");
        self.check_texels(key, from);
        self.moves += 1;
    }

    /// Writes an entry's texels; none of another living entry may be there.
    fn write(&mut self, key: PixmapKey, region: Region) {
        let Region { page, rect } = region;
        assert!(self.committed.contains(&page.0), "a page that isn't committed");
        assert!(
            rect.right() <= PAGE_SIDE && rect.bottom() <= PAGE_SIDE,
            "outside the page"
        );
        for index in texels(rect) {
            let owner = self.pages[page.0 as usize][index];
            let overwritten = self.alive.get(&owner).filter(|_| owner != key);
            assert!(
                overwritten.is_none_or(|known| !covers(known, page, index)),
                "{region:?} of {key:?} overwrites {owner:?}"
            );
            self.pages[page.0 as usize][index] = key;
        }
        let frame = self.frame;
        let known = self.alive.entry(key).or_insert(Known {
            region,
            last_frame: frame,
            pinned: false,
        });
        known.region = region;
    }

    fn check_texels(&self, key: PixmapKey, region: Region) {
        let page = &self.pages[region.page.0 as usize];
        let own = texels(region.rect).all(|index| page[index] == key);
        assert!(own, "{key:?} has texels of others at {region:?}");
    }

    fn check_counters(&self) {
        let stats = self.layout.stats();
        assert_eq!(stats.entries as usize, self.alive.len(), "entries");
        assert_eq!(stats.moves, self.moves, "moves");
        assert_eq!(stats.pages as usize, self.committed.len(), "pages");
        assert_eq!(stats.rebuilds, self.rebuilds, "rebuilds");
        assert!(self.layout.len() <= self.max_entries as usize, "too many entries");
    }

    pub(crate) fn check_all(&self) {
        let stats = self.layout.stats();
        let live: u64 = self.alive.values().map(|k| k.region.rect.size().texels()).sum();
        assert_eq!(stats.live_texels, live, "live texels");
        assert_eq!(
            stats.protected_texels,
            self.protected_texels(),
            "protected texels"
        );
        for (&key, known) in &self.alive {
            assert_eq!(
                self.layout.region(key),
                Some(known.region),
                "region and model differ"
            );
            self.check_texels(key, known.region);
        }
        let dead = self.keys.iter().filter(|key| !self.alive.contains_key(key));
        for &key in dead {
            assert!(!self.layout.contains(key), "a dead key is alive again");
            assert!(self.layout.region(key).is_none(), "a dead key has a region");
        }
        assert_eq!(
            self.layout.keys().count(),
            self.alive.len(),
            "keys and model differ"
        );
    }
}

/// Refused before the entry is looked at.
fn bad(size: Size) -> bool {
    size.is_empty() || size.longer_side() > PAGE_SIDE
}

fn texels(rect: Rect) -> impl Iterator<Item = usize> {
    let row = move |y: u32| (rect.x..rect.right()).map(move |x| (y * PAGE_SIDE + x) as usize);
    (rect.y..rect.bottom()).flat_map(row)
}

fn covers(known: &Known, page: PageIndex, index: usize) -> bool {
    let (x, y) = (index as u32 % PAGE_SIDE, index as u32 / PAGE_SIDE);
    known.region.page == page && known.region.rect.contains(Rect::new(x, y, Size::new(1, 1)))
}
