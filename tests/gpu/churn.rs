//! Random work on a cache beside a record of what went in, and the check that both agree texel by texel.

use pixmap_cache::{
    CacheDescriptor, InsertError, PageIndex, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Rect, Size,
};
use rand::RngExt;
use rand_pcg::Pcg32;

use crate::adapters::Gpu;
use crate::draw::{Painter, sprite};
use crate::noise::{self, noise};
use crate::target::{TARGET_SIDE, Target};

/// Dead ids drawn by a check, the latest.
const DEAD_DRAWN: usize = 4096;

pub struct Churn {
    pub cache: PixmapCache,
    rng: Pcg32,
    alive: Vec<(PixmapKey, PixmapBuf)>,
    dead: Vec<PixmapKey>,
}

impl Churn {
    pub fn new(gpu: &Gpu, descriptor: &CacheDescriptor, seed: u64) -> Self {
        Self {
            cache: PixmapCache::new(&gpu.device, &gpu.queue, descriptor).expect("a cache"),
            rng: noise::rng(seed),
            alive: Vec::new(),
            dead: Vec::new(),
        }
    }

    /// One random call.
    pub fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..50 => self.insert(),
            50..75 => self.touch(),
            75..85 => self.replace(),
            85..88 => self.remove(),
            88..96 => self.cache.begin_frame(),
            _ => self.cache.flush(),
        }
    }

    fn pixmap(&mut self) -> PixmapBuf {
        let page_side = self.cache.page_side();
        let longest = match self.rng.random_range(0..50) {
            0 => page_side,
            1..5 => page_side / 2,
            _ => page_side / 4,
        };
        let size = noise::random_size(&mut self.rng, longest);
        noise(&mut self.rng, PixelFormat::Rgba8, size)
    }

    fn insert(&mut self) {
        let pixmap = self.pixmap();
        match self.cache.insert(&pixmap) {
            Ok(key) => self.alive.push((key, pixmap)),
            Err(error) => assert!(matches!(error, InsertError::Full { .. }), "{error}"),
        }
        self.bury();
    }

    fn touch(&mut self) {
        if let Some(index) = self.any() {
            let touched = self.cache.touch(self.alive[index].0);
            assert!(touched, "a living key can be touched");
        }
    }

    fn replace(&mut self) {
        let Some(index) = self.any() else { return };
        let (key, before) = &self.alive[index];
        let (key, size) = (*key, before.size);
        let pixmap = match self.rng.random() {
            true => noise(&mut self.rng, PixelFormat::Rgba8, size),
            false => self.pixmap(),
        };
        match self.cache.replace(key, &pixmap) {
            Ok(alive) => {
                assert!(alive, "a living key can be replaced");
                self.alive[index].1 = pixmap;
            }
            Err(error) => assert!(matches!(error, InsertError::Full { .. }), "{error}"),
        }
        self.bury();
    }

    fn remove(&mut self) {
        if let Some(index) = self.any() {
            let (key, _) = self.alive.swap_remove(index);
            assert!(self.cache.remove(key), "a living key can be removed");
            self.dead.push(key);
        }
    }

    fn any(&mut self) -> Option<usize> {
        let count = self.alive.len();
        (count > 0).then(|| self.rng.random_range(0..count))
    }

    /// Whatever the last call evicted.
    fn bury(&mut self) {
        let (cache, dead) = (&self.cache, &mut self.dead);
        self.alive.retain(|(key, _)| {
            let alive = cache.contains(*key);
            if !alive {
                dead.push(*key);
            }
            alive
        });
    }

    /// Every resident pixmap, on its page and drawn, is what went in, and every dead id draws transparent.
    pub fn check(&mut self, gpu: &Gpu, painter: &Painter, target: &Target) {
        self.cache.flush();
        assert_eq!(self.cache.len(), self.alive.len(), "what is resident");
        self.check_pages();
        self.check_drawn(gpu, painter, target);
        self.check_dead(gpu, painter, target);
    }

    fn check_pages(&mut self) {
        let pages = (0..self.cache.page_count()).map(PageIndex);
        let pages: Vec<PixmapBuf> = pages
            .map(|page| self.cache.read_page(page).expect("a committed page"))
            .collect();
        for (key, pixmap) in &self.alive {
            let region = self.cache.region(*key).expect("resident");
            let page = &pages[region.page.0 as usize];
            let there = crop(page, region.rect);
            assert!(there == pixmap.bytes, "{key:?} on its page at {region:?}");
        }
    }

    fn check_drawn(&self, gpu: &Gpu, painter: &Painter, target: &Target) {
        let sizes = self.alive.iter().map(|(_, pixmap)| pixmap.size);
        let places = noise::places(sizes);
        let keys = self.alive.iter().map(|(key, _)| *key);
        let sprites: Vec<_> = keys.zip(&places).map(|(k, at)| sprite(k, *at)).collect();
        let drawn = painter.draw(gpu, &self.cache, &sprites, target);
        for ((key, pixmap), at) in self.alive.iter().zip(&places) {
            let region = self.cache.region(*key);
            assert!(drawn.rect(*at) == pixmap.bytes, "{key:?} drawn from {region:?}");
        }
    }

    fn check_dead(&self, gpu: &Gpu, painter: &Painter, target: &Target) {
        let latest = self.dead.iter().rev().take(DEAD_DRAWN);
        let place = |index: u32| {
            let (x, y) = (index % TARGET_SIDE, index / TARGET_SIDE);
            Rect::new(x, y, Size::new(1, 1))
        };
        let places = (0..).map(place);
        let sprites: Vec<_> = latest.zip(places).map(|(k, at)| sprite(*k, at)).collect();
        if sprites.is_empty() {
            return;
        }
        let drawn = painter.draw(gpu, &self.cache, &sprites, target);
        for index in 0..sprites.len() as u32 {
            let at = place(index);
            assert!(drawn.texel(at.x, at.y) == [0; 4], "a dead id draws transparent");
        }
    }

    /// Every resident pixmap comes back, one by one.
    pub fn check_read_back(&mut self) {
        for (key, pixmap) in &self.alive {
            let back = self.cache.read_back(*key).expect("resident");
            assert!(back == *pixmap, "{key:?} read back");
        }
    }

    pub fn dead(&self) -> usize {
        self.dead.len()
    }

    pub fn alive(&self) -> usize {
        self.alive.len()
    }
}

/// The bytes of a rectangle of a page.
pub fn crop(page: &PixmapBuf, rect: Rect) -> Vec<u8> {
    let texel_bytes = page.format.bytes_per_texel();
    let row = |y: u32| {
        let start = (y * page.bytes_per_row + rect.x * texel_bytes) as usize;
        &page.bytes[start..start + (rect.width * texel_bytes) as usize]
    };
    (rect.y..rect.bottom()).flat_map(row).copied().collect()
}
