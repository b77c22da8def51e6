//! What went into a cache, and the check that the cache agrees texel by texel.

use pixmap_cache::{PageIndex, PixmapBuf, PixmapCache, PixmapKey, Rect, Region, Size};

use crate::adapters::Gpu;
use crate::draw::{Painter, sprite};
use crate::noise;
use crate::target::{TARGET_SIDE, Target};

/// Number of dead ids that a check draws, the latest ones.
const DEAD_DRAWN: usize = 4096;

/// Invariant after [`Record::bury`]: exactly the entries alive here are resident.
#[derive(Default)]
pub struct Record {
    pub alive: Vec<(PixmapKey, PixmapBuf)>,
    pub dead: Vec<PixmapKey>,
}

impl Record {
    /// Records which entries have died.
    pub fn bury(&mut self, cache: &PixmapCache) {
        let dead = &mut self.dead;
        self.alive.retain(|(key, _)| {
            let alive = cache.contains(*key);
            if !alive {
                dead.push(*key);
            }
            alive
        });
    }

    /// Checks that every resident pixmap is on its page as it went in.
    pub async fn check_pages(&self, cache: &mut PixmapCache) {
        assert_eq!(cache.len(), self.alive.len(), "what is resident");
        let mut pages: Vec<PixmapBuf> = Vec::new();
        for page in (0..cache.page_count()).map(PageIndex) {
            pages.push(cache.read_page_async(page).await.expect("a committed page"));
        }
        for (key, pixmap) in &self.alive {
            for (stored, region) in pieces(cache, *key) {
                let there = crop(&pages[region.page.0 as usize], region.rect);
                let went_in = crop(pixmap, stored);
                assert!(there == went_in, "{key:?} on its page at {region:?}");
            }
        }
    }

    /// Draws from a flushed cache, and checks that every resident pixmap is what went in and every dead id transparent.
    pub async fn check_drawn(&self, gpu: &Gpu, cache: &PixmapCache, (painter, target): (&Painter, &Target)) {
        if self.alive.is_empty() {
            return self.check_dead(gpu, cache, (painter, target)).await;
        }
        let places = noise::places(self.alive.iter().map(|(_, pixmap)| pixmap.size));
        let keys = self.alive.iter().map(|(key, _)| *key);
        let sprites: Vec<_> = keys.zip(&places).map(|(k, at)| sprite(k, *at)).collect();
        let drawn = painter.drawn(gpu, cache, &sprites, target).await;
        for ((key, pixmap), at) in self.alive.iter().zip(&places) {
            let region = cache.region(*key);
            assert!(drawn.rect(*at) == pixmap.bytes, "{key:?} drawn from {region:?}");
        }
        self.check_dead(gpu, cache, (painter, target)).await;
    }

    async fn check_dead(&self, gpu: &Gpu, cache: &PixmapCache, (painter, target): (&Painter, &Target)) {
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
        let drawn = painter.drawn(gpu, cache, &sprites, target).await;
        for index in 0..sprites.len() as u32 {
            let at = place(index);
            let is_transparent = drawn.texel(at.x, at.y).iter().all(|byte| *byte == 0);
            assert!(is_transparent, "a dead id draws transparent");
        }
    }

    /// Reads back every resident pixmap and compares.
    pub async fn check_read_back(&self, cache: &mut PixmapCache) {
        for (key, pixmap) in &self.alive {
            let back = cache.read_back_async(*key).await.expect("resident");
            assert!(back == *pixmap, "{key:?} read back");
        }
    }
}

/// What of a resident pixmap lies where: all of it in one region, or its tiles.
fn pieces(cache: &PixmapCache, key: PixmapKey) -> Vec<(Rect, Region)> {
    let whole = Rect::new(0, 0, cache.size(key).expect("resident"));
    match cache.region(key) {
        Some(region) => vec![(whole, region)],
        None => cache.tiles(key).map(|tile| (tile.stored, tile.region)).collect(),
    }
}

/// The bytes of a rectangle of a page or pixmap.
pub fn crop(page: &PixmapBuf, rect: Rect) -> Vec<u8> {
    let texel_bytes = page.format.bytes_per_texel();
    let row = |y: u32| {
        let start = (y * page.bytes_per_row + rect.x * texel_bytes) as usize;
        &page.bytes[start..start + (rect.width * texel_bytes) as usize]
    };
    (rect.y..rect.bottom()).flat_map(row).copied().collect()
}
