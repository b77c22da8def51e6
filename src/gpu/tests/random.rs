//! Uploads, moves, rebuilds and flushes at random.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

use super::adapters::each_gpu;
use super::scene::{FORMATS, PAGE_SIDE, Scene, region, ways};
use crate::descriptor::CommitPolicy;
use crate::geometry::Size;
use crate::key::PixmapKey;
use crate::layout::{PageIndex, Placement, Region};

const PAGES: u32 = 6;

/// Rows of entries, each as tall as its first one.
#[derive(Clone, Copy, Default)]
struct Shelves {
    x: u32,
    y: u32,
    height: u32,
}

impl Shelves {
    fn place(&mut self, page: u32, size: Size) -> Option<Region> {
        if self.x + size.width > PAGE_SIDE || size.height > self.height && self.x > 0 {
            self.y += self.height;
            (self.x, self.height) = (0, 0);
        }
        if self.y + size.height > PAGE_SIDE {
            return None;
        }
        let region = region(page, self.x, self.y, (size.width, size.height));
        self.x += size.width;
        self.height = self.height.max(size.height);
        Some(region)
    }
}

struct Play {
    scene: Scene,
    shelves: [Shelves; PAGES as usize],
    rng: Pcg32,
    rebuilds: u32,
}

impl Play {
    fn on_page(&self, page: u32) -> Vec<PixmapKey> {
        let entries = self.scene.entries.iter();
        let here = entries.filter(|(_, entry)| entry.region.page.0 == page);
        here.map(|(key, _)| key).collect()
    }

    fn size_of(&self, key: PixmapKey) -> Size {
        self.scene.entries[key].region.rect.size()
    }

    fn insert(&mut self) {
        let page = self.rng.random_range(0..PAGES);
        let side = |rng: &mut Pcg32| [8, 8, 16, 16, 13, 40][rng.random_range(0..6)];
        let size = Size::new(side(&mut self.rng), side(&mut self.rng));
        match self.shelves[page as usize].place(page, size) {
            Some(at) => drop(self.scene.place(at, Placement::Skyline)),
            None => self.empty(page),
        }
    }

    /// Moves some entries of a page to other pages, removes the rest, and starts the page over.
    fn empty(&mut self, page: u32) {
        for key in self.on_page(page) {
            let to = self.rng.random_range(0..PAGES);
            let size = self.size_of(key);
            let kept = to != page && self.rng.random_bool(0.4);
            let place = kept.then(|| self.shelves[to as usize].place(to, size)).flatten();
            match place {
                Some(place) => self.scene.move_to(key, place),
                None => self.scene.forget(key),
            }
        }
        self.shelves[page as usize] = Shelves::default();
    }

    fn move_one(&mut self) {
        let page = self.rng.random_range(0..PAGES);
        let to = (page + self.rng.random_range(1..PAGES)) % PAGES;
        let keys = self.on_page(page);
        if let Some(key) = keys.get(self.rng.random_range(0..keys.len().max(1))) {
            let place = self.shelves[to as usize].place(to, self.size_of(*key));
            if let Some(place) = place {
                self.scene.move_to(*key, place);
            }
        }
    }

    /// Packs a page from scratch, tallest first, together with some entries of another page.
    fn rebuild(&mut self) {
        let page = self.rng.random_range(0..PAGES);
        let mut own = self.on_page(page);
        let other = (page + self.rng.random_range(1..PAGES)) % PAGES;
        own.extend(self.on_page(other).into_iter().step_by(4));
        own.sort_by_key(|key| std::cmp::Reverse(self.size_of(*key).height));
        let mut shelves = Shelves::default();
        let mut moves = Vec::new();
        for key in own {
            let at = self.scene.entries[key].region;
            let wanted = at.page.0 != page || self.rng.random_bool(0.8);
            let place = wanted.then(|| shelves.place(page, at.rect.size())).flatten();
            match place {
                Some(place) if place != at => moves.push((key, place)),
                Some(_) => {}
                None if at.page.0 == page => self.scene.forget(key),
                None => {}
            }
        }
        self.shelves[page as usize] = shelves;
        self.scene.rebuild(PageIndex(page), &moves);
        self.rebuilds += u32::from(!moves.is_empty());
    }

    fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..70 => self.insert(),
            70..90 => self.move_one(),
            90..95 => self.rebuild(),
            95..97 => self.empty(0),
            _ => assert!(self.scene.atlas.flush(), "memory"),
        }
    }
}

#[test]
fn every_entry_keeps_its_texels_when_uploads_moves_and_rebuilds_share_a_flush() {
    each_gpu(|gpu| {
        for (seed, format) in FORMATS.into_iter().enumerate() {
            for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
                for &way in ways(gpu) {
                    let mut scene = Scene::new(gpu, format, commit);
                    scene.atlas.uploads.copy_as_on(way);
                    let mut play = Play {
                        scene,
                        shelves: Default::default(),
                        rng: Pcg32::seed_from_u64(seed as u64),
                        rebuilds: 0,
                    };
                    for _ in 0..30 {
                        for _ in 0..40 {
                            play.step();
                        }
                        play.scene
                            .check(&format!("{format:?}, {commit:?}, as on {way:?}"));
                    }
                    assert!(play.rebuilds > 30, "{} rebuilds", play.rebuilds);
                }
            }
        }
    });
}
