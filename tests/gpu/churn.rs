//! Random work on a cache beside a record of what went in.

use pixmap_cache::{CacheDescriptor, InsertError, PixelFormat, PixmapBuf, PixmapCache, ReplaceError};
use rand::RngExt;
use rand_pcg::Pcg32;

use crate::adapters::Gpu;
use crate::draw::Painter;
use crate::noise::{self, noise};
use crate::record::Record;
use crate::target::Target;

pub struct Churn {
    pub cache: PixmapCache,
    rng: Pcg32,
    record: Record,
}

impl Churn {
    pub fn new(gpu: &Gpu, descriptor: &CacheDescriptor, seed: u64) -> Self {
        Self {
            cache: PixmapCache::new(&gpu.device, &gpu.queue, descriptor).expect("a cache"),
            rng: noise::rng(seed),
            record: Record::default(),
        }
    }

    /// Makes one random call.
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
            Ok(key) => self.record.alive.push((key, pixmap)),
            Err(error) => assert!(matches!(error, InsertError::Full { .. }), "{error}"),
        }
        self.bury();
    }

    fn touch(&mut self) {
        if let Some(index) = self.any() {
            let touched = self.cache.touch(self.record.alive[index].0);
            assert!(touched, "a living key can be touched");
        }
    }

    fn replace(&mut self) {
        let Some(index) = self.any() else { return };
        let (key, before) = &self.record.alive[index];
        let (key, size) = (*key, before.size);
        let pixmap = if self.rng.random() {
            noise(&mut self.rng, PixelFormat::Rgba8, size)
        } else {
            self.pixmap()
        };
        match self.cache.replace(key, &pixmap) {
            Ok(()) => self.record.alive[index].1 = pixmap,
            Err(ReplaceError::Insert(InsertError::Full { .. })) => {}
            Err(error) => panic!("a living key can be replaced: {error}"),
        }
        self.bury();
    }

    fn remove(&mut self) {
        if let Some(index) = self.any() {
            let key = self.record.alive[index].0;
            assert!(self.cache.remove(key), "a living key can be removed");
            self.bury();
        }
    }

    fn any(&mut self) -> Option<usize> {
        let count = self.record.alive.len();
        (count > 0).then(|| self.rng.random_range(0..count))
    }

    /// Records what the last call evicted.
    fn bury(&mut self) {
        self.record.bury(&self.cache);
    }

    /// Checks that every resident pixmap, on its page and drawn, is what went in, and that every dead id draws
    /// transparent.
    pub async fn check(&mut self, gpu: &Gpu, painter: &Painter, target: &Target) {
        self.cache.flush();
        self.record.check_pages(&mut self.cache).await;
        self.record.check_drawn(gpu, &self.cache, (painter, target)).await;
    }

    /// Reads back every resident pixmap and compares.
    pub async fn check_read_back(&mut self) {
        self.record.check_read_back(&mut self.cache).await;
    }

    pub fn dead(&self) -> usize {
        self.record.dead.len()
    }

    pub fn alive(&self) -> usize {
        self.record.alive.len()
    }
}
