//! The naive model: what every call must have done, and pages of ids on which the ops are replayed.

use std::collections::{BTreeSet, HashMap};

use pixmap_cache::layout::{EvictReason, Layout, LayoutDescriptor, Op, PlaceError, ReleaseTerms};
use pixmap_cache::{PageIndex, PixmapKey, Rect, Region, Size};

use crate::step::Step;

pub(crate) const PAGE_SIDE: u32 = 32;

/// What the model knows of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    /// How many tiles it has; none if it lies in one region.
    tiles: usize,
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
    /// Where entries and tiles lie, by their keys.
    regions: HashMap<PixmapKey, Region>,
    /// The pixmap of each tile.
    owners: HashMap<PixmapKey, PixmapKey>,
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
            ..Default::default()
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
            regions: HashMap::new(),
            owners: HashMap::new(),
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
            Step::PlacePixmap(size, levels) => self.place_pixmap(size, levels),
            Step::ResizePixmap(which, size, levels) => self.resize_pixmap(which, size, levels),
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
                assert!(
                    self.alive.is_empty() && self.regions.is_empty(),
                    "clear left entries alive"
                );
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
                assert_eq!(self.regions[&key], region, "the ops say another region");
                self.keys.push(key);
            }
            Err(error) => self.check_refusal(size, error),
        }
    }

    fn place_pixmap(&mut self, size: Size, levels: u8) {
        let placed = self.layout.place_pixmap(size, levels);
        self.replay();
        match placed {
            Ok(key) => {
                assert!(!self.keys.contains(&key), "a key was used twice");
                assert_eq!(self.layout.size(key), Some(size), "placed with another size");
                assert_eq!(self.layout.levels(key), Some(levels), "placed with other levels");
                self.keys.push(key);
            }
            Err(error) => self.check_refusal_of_tiles(error),
        }
    }

    fn resize_pixmap(&mut self, which: usize, size: Size, levels: u8) {
        let Some(key) = self.choose(which) else { return };
        let (was_alive, before) = (self.alive.contains_key(&key), self.layout.size(key));
        let resized = self.layout.resize_pixmap(key, size, levels);
        if let Some(known) = self.alive.get_mut(&key) {
            known.last_frame = self.frame;
        }
        self.replay();
        match resized {
            Ok(alive) => {
                assert_eq!(alive, was_alive, "resize and model differ");
                assert_eq!(
                    self.layout.size(key),
                    alive.then_some(size),
                    "resized to another size"
                );
            }
            Err(error) => {
                assert_eq!(
                    self.layout.size(key),
                    before,
                    "a resize that was refused changed the size"
                );
                self.check_refusal_of_tiles(error);
            }
        }
    }

    /// Tiles keep the promise for small sides.
    fn check_refusal_of_tiles(&self, error: PlaceError) {
        match error {
            PlaceError::Full { needed_texels, .. } => self.check_full(needed_texels),
            PlaceError::NextFrame { .. } => {
                assert_eq!(self.committed_frame, self.frame, "no page is new in this frame");
            }
            PlaceError::TooManyEntries { .. } => {
                let entries = self.alive.len() + self.owners.len();
                assert!(self.max_entries < 1_000, "{entries} of {}", self.max_entries);
            }
            PlaceError::TooManyTiles {
                needed_tiles,
                max_tiles,
            } => {
                let protected = self.alive.values().filter(|known| self.protected(known));
                let tiles = protected.map(|known| known.tiles).sum::<usize>() + needed_tiles as usize;
                assert!(tiles > max_tiles as usize, "{tiles} of {max_tiles} tiles");
            }
            _ => panic!("a refusal that the model doesn't know: {error:?}"),
        }
    }

    /// Sides of at most a quarter page in at least two pages have room up to 70 %.
    fn check_full(&self, needed_texels: u64) {
        let all = self.committed.len() as u64 * u64::from(PAGE_SIDE * PAGE_SIDE);
        let settled = self.committed.len() >= 3 && self.committed_frame != self.frame;
        if settled && self.only_small() {
            let after = self.protected_texels() + needed_texels;
            assert!(after * 10 > all * 7, "full at {after} of {all} texels");
        }
    }

    fn check_refusal(&self, size: Size, error: PlaceError) {
        match error {
            PlaceError::Empty { .. } => assert!(size.is_empty(), "{size} has texels"),
            PlaceError::TooLarge { .. } => assert!(size.longer_side() > PAGE_SIDE, "{size} fits a page"),
            PlaceError::TooManyEntries { .. } => {
                assert_eq!(
                    self.alive.len() + self.owners.len(),
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
        let mut protected = self.protected_regions();
        protected.all(|region| region.rect.size().longer_side() <= PAGE_SIDE / 4)
    }

    fn protected_regions(&self) -> impl Iterator<Item = &Region> {
        let of_protected = |(key, _): &(&PixmapKey, &Region)| {
            let owner = self.owners.get(*key).unwrap_or(key);
            self.alive.get(owner).is_some_and(|known| self.protected(known))
        };
        self.regions.iter().filter(of_protected).map(|(_, region)| region)
    }

    /// Texels of an entry, or of its tiles.
    fn texels_of(&self, key: PixmapKey) -> u64 {
        let is_part =
            |(part, _): &(&PixmapKey, &Region)| **part == key || self.owners.get(*part) == Some(&key);
        let parts = self.regions.iter().filter(is_part);
        parts.map(|(_, region)| region.rect.size().texels()).sum()
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
        let size_before = self.layout.size(key);
        let resized = self.layout.resize(key, size);
        if let (Some(known), false) = (self.alive.get_mut(&key), resized.is_err() && bad(size)) {
            known.last_frame = self.frame;
        }
        self.replay();
        match resized {
            Ok(alive) => {
                assert_eq!(alive, before.is_some(), "resize and model differ");
                if alive {
                    assert_eq!(self.regions[&key].rect.size(), size, "resized to another size");
                }
            }
            Err(error) => {
                self.check_refusal(size, error);
                let after = self.layout.size(key);
                assert_eq!(after, size_before, "a resize that was refused changed the size");
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
        let before = (self.alive.clone(), self.regions.clone());
        let texels: HashMap<PixmapKey, u64> = self
            .alive
            .keys()
            .map(|key| (*key, self.texels_of(*key)))
            .collect();
        let released = self.layout.release_pages(pages.clone(), &terms);
        self.replay();
        if !released {
            let after = (self.alive.clone(), self.regions.clone());
            assert!(before == after, "a release that failed changed something");
            return;
        }
        self.committed.retain(|page| !pages.contains(page));
        let lost = before.0.iter().filter(|(key, _)| !self.alive.contains_key(key));
        let mut evicted_texels = 0;
        for (key, known) in lost {
            assert!(
                known.last_frame < terms.keep_since_frame,
                "evicted what the terms keep"
            );
            evicted_texels += texels[key];
        }
        assert!(
            evicted_texels <= terms.max_evicted_texels,
            "evicted more than the terms allow"
        );
        let on_released = |region: &Region| pages.contains(&region.page.0);
        assert!(
            !self.regions.values().any(on_released),
            "an entry on a page without a texture"
        );
        self.releases += 1;
    }

    fn protected(&self, known: &Known) -> bool {
        known.pinned || known.last_frame == self.frame
    }

    fn protected_texels(&self) -> u64 {
        self.protected_regions()
            .map(|region| region.rect.size().texels())
            .sum()
    }

    /// Carries the ops out on the fake pages, in order, as the GPU would.
    fn replay(&mut self) {
        let ops: Vec<Op> = self.layout.drain_ops().collect();
        let mut ops = ops.into_iter();
        while let Some(op) = ops.next() {
            match op {
                Op::Place {
                    key, region, tile, ..
                } => {
                    self.write(key, region);
                    match tile {
                        Some(tile) => assert!(self.alive.contains_key(&tile.key), "a tile of a dead pixmap"),
                        None => self.meet(key, 0),
                    }
                    self.owners.extend(tile.map(|tile| (key, tile.key)));
                }
                Op::Tile { key, tiles, .. } => self.meet(key, tiles as usize),
                Op::Adopt { key, from } => self.adopt(key, from),
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
                    if known.tiles == 0 {
                        assert_eq!(
                            self.regions.remove(&key),
                            Some(from),
                            "evicted from where it isn't"
                        );
                    }
                }
                Op::Remove { key, from } => {
                    let is_tile = self.owners.remove(&key).is_some();
                    let is_entry = self.alive.remove(&key).is_some();
                    assert!(is_tile != is_entry, "removed a dead entry");
                    assert_eq!(self.regions.remove(&key), from, "removed from where it isn't");
                }
                _ => panic!("an op that the model doesn't know: {op:?}"),
            }
        }
    }

    fn meet(&mut self, key: PixmapKey, tiles: usize) {
        let frame = self.frame;
        let known = self.alive.entry(key).or_insert(Known {
            tiles,
            last_frame: frame,
            pinned: false,
        });
        known.tiles = tiles;
    }

    /// An entry gets what another one has; the texels stay where they are.
    fn adopt(&mut self, key: PixmapKey, from: PixmapKey) {
        let body = self.alive.remove(&from).expect("adopted a dead entry");
        self.alive.get_mut(&key).expect("a dead entry adopts").tiles = body.tiles;
        self.regions.remove(&key);
        if let Some(region) = self.regions.remove(&from) {
            self.regions.insert(key, region);
            for index in texels(region.rect) {
                self.pages[region.page.0 as usize][index] = key;
            }
        }
        self.owners
            .values_mut()
            .filter(|owner| **owner == from)
            .for_each(|owner| *owner = key);
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
            self.regions.get_mut(key).expect("moved a dead entry").page = PageIndex(u32::MAX);
        }
        for (key, to) in moved {
            self.write(key, to);
        }
        self.rebuilds += 1;
    }

    fn read(&mut self, key: PixmapKey, from: Region) {
        assert_eq!(self.regions[&key], from, "moved from where it isn't");
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
            let overwritten = self.regions.get(&owner).filter(|_| owner != key);
            assert!(
                overwritten.is_none_or(|region| !covers(region, page, index)),
                "{region:?} of {key:?} overwrites {owner:?}"
            );
            self.pages[page.0 as usize][index] = key;
        }
        self.regions.insert(key, region);
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
        let live: u64 = self
            .regions
            .values()
            .map(|region| region.rect.size().texels())
            .sum();
        assert_eq!(stats.live_texels, live, "live texels");
        assert_eq!(
            stats.protected_texels,
            self.protected_texels(),
            "protected texels"
        );
        for (&key, known) in &self.alive {
            let region = self.regions.get(&key).copied();
            assert_eq!(self.layout.region(key), region, "region and model differ");
            let tiles = self.owners.values().filter(|owner| **owner == key).count();
            assert_eq!(tiles, known.tiles, "a pixmap is never half there");
            assert_eq!(
                self.layout.tiles(key).len(),
                known.tiles,
                "tiles and model differ"
            );
        }
        for (&key, region) in &self.regions {
            self.check_texels(key, *region);
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

fn covers(region: &Region, page: PageIndex, index: usize) -> bool {
    let (x, y) = (index as u32 % PAGE_SIDE, index as u32 / PAGE_SIDE);
    region.page == page && region.rect.contains(Rect::new(x, y, Size::new(1, 1)))
}
