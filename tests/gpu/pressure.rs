//! Churn on a few pages that are mostly in use: pages are rebuilt and drained among uploads, and every texel stays
//! right.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pixmap_cache::{
    CacheDescriptor, CacheStats, CommitPolicy, InsertError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey,
    ReplaceError, Size,
};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg32;

use crate::adapters::{Gpu, each_gpu};
use crate::draw::Painter;
use crate::noise::{self, noise, rgba_pages};
use crate::record::Record;
use crate::target::Target;

/// A cache of few pages.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    pub count: u64,
    pub side: u32,
    pub pixels: PixelFormat,
}

impl Pages {
    pub const fn color(count: u64, side: u32) -> Self {
        let pixels = PixelFormat::Rgba8;
        Self { count, side, pixels }
    }

    pub const fn masks(count: u64, side: u32) -> Self {
        let pixels = PixelFormat::R8;
        Self { count, side, pixels }
    }

    pub fn descriptor(self, commit: CommitPolicy) -> CacheDescriptor<'static> {
        let color = rgba_pages(commit, self.count, self.side);
        let texels = self.count * u64::from(self.side * self.side);
        let saved_bytes = texels * u64::from(4 - self.pixels.bytes_per_texel());
        CacheDescriptor {
            format: texture_format(self.pixels),
            budget_bytes: color.budget_bytes - saved_bytes,
            ..color
        }
    }
}

/// Rows of masks on pages of 64 and 128 are shorter than the alignment of rows in a buffer copy.
const CASES: [Pages; 8] = [
    Pages::color(2, 128),
    Pages::masks(2, 256),
    Pages::color(3, 64),
    Pages::masks(3, 128),
    Pages::color(4, 128),
    Pages::masks(5, 64),
    Pages::color(7, 64),
    Pages::masks(4, 256),
];

/// Steps in each case: 20,000 in total.
const STEPS: u32 = 2500;

/// Shares of the pages' bytes in view when a frame starts: pages are drained in calm frames and rebuilt in tight ones.
const CALM: Range<f64> = 0.0..0.2;
const TIGHT: Range<f64> = 0.4..0.7;

/// Frames of each kind in a row, on average. Pages are drained more slowly than they are rebuilt.
const CALM_FRAMES: u32 = 24;
const TIGHT_FRAMES: u32 = 8;

/// Frames, on average, until the view jumps.
const FRAMES_PER_JUMP: u32 = 4;

/// Few enough names that most insertions replace an entry of the same name.
const NAMES: u32 = 24;

pub struct Pressure {
    pub cache: PixmapCache,
    rng: Pcg32,
    pub record: Record,
    pixels: PixelFormat,
    /// Seen in every frame, as long as the view doesn't jump.
    view: Vec<PixmapKey>,
    /// Touched or inserted in this frame.
    in_use: HashSet<PixmapKey>,
    names: HashMap<String, PixmapKey>,
    /// Share of the pages' bytes in view at the start of a frame.
    pub share: f64,
}

impl Pressure {
    /// Work on a cache of such pixels.
    pub fn new(cache: PixmapCache, pixels: PixelFormat, seed: u64) -> Self {
        Self {
            cache,
            rng: noise::rng(seed),
            record: Record::default(),
            pixels,
            view: Vec::new(),
            in_use: HashSet::new(),
            names: HashMap::new(),
            share: 0.5,
        }
    }

    /// Makes one random call; a new frame touches what is in view.
    pub fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..42 => self.insert(),
            42..54 => self.insert_named(),
            54..68 => self.replace(),
            68..72 => self.remove(),
            72..87 => self.touch(),
            87..92 => self.cache.flush(),
            _ => self.begin_frame(),
        }
        self.record.bury(&self.cache);
        for key in &self.in_use {
            assert!(self.cache.contains(*key), "{key:?} is in use and stays");
        }
    }

    fn pixmap(&mut self) -> PixmapBuf {
        let page_side = self.cache.page_side();
        let size = match self.rng.random_range(0..10) {
            0..3 => noise::random_size(&mut self.rng, page_side / 2),
            3..5 => noise::random_size(&mut self.rng, page_side / 4),
            // Few sizes, so that these lie side by side and are uploaded together.
            _ => Size::new(page_side / 16, page_side / 16 * self.rng.random_range(1..=2)),
        };
        noise(&mut self.rng, self.pixels, size)
    }

    fn insert(&mut self) {
        let pixmap = self.pixmap();
        match self.cache.insert(&pixmap) {
            Ok(key) => self.arrive(key, pixmap),
            Err(error) => check_refusal(error),
        }
    }

    fn insert_named(&mut self) {
        let name = self.rng.random_range(0..NAMES).to_string();
        let pixmap = self.pixmap();
        let previous = self.names.get(&name).copied();
        let previous = previous.filter(|previous| self.cache.contains(*previous));
        match self.cache.insert_named(name.clone(), &pixmap) {
            Ok(key) => {
                if let Some(previous) = previous {
                    assert!(!self.cache.contains(previous), "its name has gone to {key:?}");
                    self.in_use.remove(&previous);
                }
                self.names.insert(name, key);
                self.arrive(key, pixmap);
            }
            Err(error) => {
                check_refusal(error);
                self.in_use.extend(previous);
            }
        }
    }

    fn arrive(&mut self, key: PixmapKey, pixmap: PixmapBuf) {
        self.record.alive.push((key, pixmap));
        self.in_use.insert(key);
    }

    /// Pixels of any size; smaller ones, which keep their place, half of the time.
    fn replace(&mut self) {
        let Some(index) = self.any() else { return };
        let key = self.record.alive[index].0;
        let pixmap = self.pixmap();
        match self.cache.replace(key, &pixmap) {
            Ok(()) => self.record.alive[index].1 = pixmap,
            Err(ReplaceError::Insert(error)) => check_refusal(error),
            Err(error) => panic!("a living key can be replaced: {error}"),
        }
        self.in_use.insert(key);
    }

    fn remove(&mut self) {
        let Some(index) = self.any() else { return };
        let key = self.record.alive[index].0;
        assert!(self.cache.remove(key), "a living key can be removed");
        self.in_use.remove(&key);
    }

    fn touch(&mut self) {
        let Some(index) = self.any() else { return };
        let key = self.record.alive[index].0;
        assert!(self.cache.touch(key), "a living key can be touched");
        self.in_use.insert(key);
    }

    fn any(&mut self) -> Option<usize> {
        let count = self.record.alive.len();
        (count > 0).then(|| self.rng.random_range(0..count))
    }

    /// The view stays mostly as it was, or jumps to others all over the pages.
    fn begin_frame(&mut self) {
        self.cache.begin_frame();
        self.in_use.clear();
        let is_calm = self.share < TIGHT.start;
        let (frames, next) = if is_calm {
            (CALM_FRAMES, TIGHT)
        } else {
            (TIGHT_FRAMES, CALM)
        };
        if self.rng.random_range(0..frames) == 0 {
            self.share = self.rng.random_range(next);
        }
        if self.rng.random_range(0..FRAMES_PER_JUMP) == 0 {
            self.view.clear();
        } else if !self.view.is_empty() {
            let left = self.rng.random_range(0..self.view.len());
            self.view.swap_remove(left);
        }
        self.record.alive.shuffle(&mut self.rng);
        let others = self.record.alive.iter().map(|(key, _)| *key);
        let view: Vec<PixmapKey> = std::mem::take(&mut self.view).into_iter().chain(others).collect();
        for key in view {
            let stats = self.cache.stats();
            let pages_bytes = u64::from(stats.pages) * stats.page_bytes;
            if stats.protected_bytes as f64 > self.share * pages_bytes as f64 {
                return;
            }
            if self.cache.touch(key) && self.in_use.insert(key) {
                self.view.push(key);
            }
        }
    }

    /// Makes steps and checks all texels now and then; at the end also what is drawn.
    fn run(&mut self, gpu: &Gpu, steps: u32) {
        let mut next_check = 0;
        for step in 0..steps {
            self.step();
            if step == next_check {
                pollster::block_on(gpu.run(self.record.check_pages(&mut self.cache)));
                next_check += self.rng.random_range(10..80);
            }
        }
        self.cache.flush();
        let format = texture_format(self.pixels);
        let target = Target::new(gpu, format);
        let painter = Painter::of_cache(gpu, &self.cache, format);
        pollster::block_on(gpu.run(self.record.check_pages(&mut self.cache)));
        pollster::block_on(self.record.check_drawn(gpu, &self.cache, (&painter, &target)));
        pollster::block_on(gpu.run(self.record.check_read_back(&mut self.cache)));
    }
}

fn check_refusal(error: InsertError) {
    let for_room = matches!(error, InsertError::Full { .. } | InsertError::NextFrame { .. });
    assert!(for_room, "{error}");
}

pub fn texture_format(pixels: PixelFormat) -> wgpu::TextureFormat {
    match pixels {
        PixelFormat::R8 => wgpu::TextureFormat::R8Unorm,
        _ => wgpu::TextureFormat::Rgba8Unorm,
    }
}

fn check_under_pressure(commit: CommitPolicy, seed: u64) {
    each_gpu(|gpu| {
        let run = |(case, seed): (Pages, u64)| {
            let descriptor = case.descriptor(commit);
            let cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache");
            let mut pressure = Pressure::new(cache, case.pixels, seed);
            pressure.run(gpu, STEPS);
            pressure.cache.stats()
        };
        let stats: Vec<CacheStats> = CASES.into_iter().zip(seed..).map(run).collect();
        let sum = |of: fn(&CacheStats) -> u64| stats.iter().map(of).sum::<u64>();
        let (rebuilds, evacuations) = (sum(|s| s.rebuilds), sum(|s| s.evacuations));
        assert!(rebuilds >= 200, "{rebuilds} rebuilds: {stats:?}");
        assert!(evacuations >= 200, "{evacuations} evacuations: {stats:?}");
        for stats in &stats {
            assert!(stats.rebuilds > 0, "rebuilds in each case: {stats:?}");
            assert_eq!(stats.pages, stats.max_pages, "every texture was committed");
        }
    });
}

#[test]
fn rebuilt_and_drained_pages_keep_every_texel_under_upfront() {
    check_under_pressure(CommitPolicy::Upfront, 31);
}

#[test]
fn rebuilt_and_drained_pages_keep_every_texel_while_textures_are_committed() {
    check_under_pressure(CommitPolicy::Stepwise, 47);
}
