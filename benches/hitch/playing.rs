//! One playing of a stream: what each frame took, and what it did.

use std::time::{Duration, Instant};

use bench_kit::gpu::Gpu;
use pixmap_cache::{CacheDescriptor, CacheStats, CommitPolicy, PixmapCache, Size};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::content::{Content, Pixels, sizes};

const STEADY_FRAMES: usize = 300;
/// Pages' worth of insertions after the cache is full, before frames count as steady.
const SETTLING_PAGES: u64 = 3;
/// Growing frames insert so much more that the largest cache fills up in a few hundred.
const MIN_GROWING_FRAMES: u64 = 200;
/// Frames whose pixmaps are still on screen.
const SHOWN_FRAMES: u64 = 3;

/// What a frame did and the time it took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame {
    pub time: Duration,
    pub done: Done,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub moves: u64,
    pub moved_bytes: u64,
    pub uploaded_bytes: u64,
    pub evictions: u64,
    /// Whether a texture was committed.
    pub commits: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Frames {
    pub all: Vec<Frame>,
    pub page_side: u32,
    pub finds: u64,
    pub inserted: u64,
    /// Median of the playings' longest frames, interruptions included.
    pub longest_of_one: Duration,
}

impl Frames {
    pub fn longest(&self) -> Frame {
        let longest = self.all.iter().max_by_key(|frame| frame.time);
        *longest.expect("a stream has frames")
    }

    pub fn percentile(&self, percent: f64) -> Duration {
        let mut times: Vec<Duration> = self.all.iter().map(|frame| frame.time).collect();
        times.sort();
        times[((times.len() - 1) as f64 * percent / 100.0).round() as usize]
    }

    pub fn longest_to_median(&self) -> f64 {
        self.longest().time.as_secs_f64() / self.percentile(50.0).as_secs_f64()
    }

    /// The first of the playings, with the least of each frame's times.
    fn least(playings: &[&Frames]) -> Frames {
        let mut least = playings[0].clone();
        for playing in &playings[1..] {
            assert_eq!(playing.all.len(), least.all.len(), "the same frames");
            for (frame, again) in least.all.iter_mut().zip(&playing.all) {
                assert_eq!(frame.done, again.done, "the same stream gives the same layout");
                frame.time = frame.time.min(again.time);
            }
        }
        let mut longest: Vec<Duration> = playings.iter().map(|frames| frames.longest().time).collect();
        longest.sort();
        least.longest_of_one = longest[longest.len() / 2];
        least
    }
}

pub struct Playing {
    pub growing: Frames,
    pub steady: Frames,
}

impl Playing {
    pub fn least(playings: &[Playing]) -> Playing {
        let of = |frames: fn(&Playing) -> &Frames| {
            let all: Vec<&Frames> = playings.iter().map(frames).collect();
            Frames::least(&all)
        };
        Playing {
            growing: of(|playing| &playing.growing),
            steady: of(|playing| &playing.steady),
        }
    }
}

/// Plays a stream from an empty cache.
pub fn play(gpu: &Gpu, content: &Content, budget_mib: u64) -> Playing {
    let mut stream = Stream::new(gpu, content, budget_mib);
    let growing = stream.grow();
    stream.settle();
    let steady = stream.frames(STEADY_FRAMES);
    let stats = stream.cache.stats();
    assert!(stats.refused == 0, "a frame shows far less than the budget");
    assert!(
        steady.all.iter().any(|frame| frame.done.evictions > 0),
        "steady frames make room"
    );
    stream.check();
    Playing { growing, steady }
}

struct Stream<'g> {
    gpu: &'g Gpu,
    content: &'g Content,
    cache: PixmapCache<u64>,
    pixels: Pixels,
    sizes: Vec<Size>,
    random: Pcg64,
    /// Number of the next new pixmap.
    next: u64,
    new_per_frame: u64,
}

impl<'g> Stream<'g> {
    fn new(gpu: &'g Gpu, content: &'g Content, budget_mib: u64) -> Self {
        let descriptor = CacheDescriptor {
            budget_bytes: budget_mib << 20,
            format: content.format,
            commit: CommitPolicy::Stepwise,
            idle: None,
            ..Default::default()
        };
        Self {
            gpu,
            content,
            cache: PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache"),
            pixels: Pixels::new(content),
            sizes: sizes(content),
            random: Pcg64::seed_from_u64(3),
            next: 0,
            new_per_frame: content.new_per_frame.into(),
        }
    }

    /// Frames from an empty cache until the first eviction.
    fn grow(&mut self) -> Frames {
        let before = self.cache.stats();
        let all_bytes = u64::from(before.max_pages) * before.page_bytes;
        let side = u64::from(self.content.sides.start() + self.content.sides.end()) / 2;
        let bytes = side * side * u64::from(self.content.format.block_copy_size(None).expect("plain"));
        let most = all_bytes / bytes / MIN_GROWING_FRAMES;
        self.new_per_frame = most.max(self.content.new_per_frame.into());
        let mut frames = Frames::default();
        while self.cache.stats().evictions == 0 {
            frames.all.push(self.frame());
        }
        frames.all.pop();
        self.new_per_frame = self.content.new_per_frame.into();
        frames
    }

    fn settle(&mut self) {
        let stats = self.cache.stats();
        let until = stats.uploaded_bytes + SETTLING_PAGES * stats.page_bytes;
        while self.cache.stats().uploaded_bytes < until {
            self.frame();
        }
    }

    fn frames(&mut self, count: usize) -> Frames {
        Frames {
            all: (0..count).map(|_| self.frame()).collect(),
            page_side: self.cache.stats().page_side,
            finds: self.finds().len() as u64,
            inserted: self.new_per_frame,
            ..Default::default()
        }
    }

    /// What a frame looks for: all that the last frames have shown, and some that are older, recent ones more often.
    fn finds(&mut self) -> Vec<u64> {
        let shown = self.next.saturating_sub(SHOWN_FRAMES * self.new_per_frame)..self.next;
        let mut finds: Vec<u64> = shown.collect();
        for _ in 0..self.content.finds_of_older.min(self.next as u32) {
            let share: f64 = self.random.random();
            let age = (share.powi(3) * self.next as f64) as u64;
            finds.push(self.next - 1 - age.min(self.next - 1));
        }
        finds
    }

    fn frame(&mut self) -> Frame {
        let finds = self.finds();
        self.gpu.wait();
        let before = self.cache.stats();
        let start = Instant::now();
        self.cache.begin_frame();
        for number in finds {
            std::hint::black_box(self.cache.find(&number));
        }
        for _ in 0..self.new_per_frame {
            let pixmap = self.pixels.of(self.next, self.size(self.next));
            self.cache.insert_named(self.next, pixmap).expect("room");
            self.next += 1;
        }
        self.cache.flush();
        let time = start.elapsed();
        let done = Done::between(&before, &self.cache.stats());
        Frame { time, done }
    }

    fn size(&self, number: u64) -> Size {
        self.sizes[number as usize % self.sizes.len()]
    }

    /// Compares some of what is resident with what went in. The noop backend holds no texels.
    fn check(&mut self) {
        if self.gpu.backend == wgpu::Backend::Noop {
            return;
        }
        let mut checked = 0;
        for number in (0..self.next).rev().step_by(17).take(2_000) {
            let Some(key) = self.cache.find(&number) else {
                continue;
            };
            let back = self.cache.read_back(key).expect("resident");
            let pixmap = self.pixels.of(number, self.size(number));
            assert!(back.bytes == pixmap.bytes, "pixmap {number} has other texels");
            checked += 1;
            if checked == 20 {
                break;
            }
        }
        assert!(checked > 0, "something is resident");
    }
}

impl Done {
    fn between(before: &CacheStats, after: &CacheStats) -> Self {
        Self {
            moves: after.moves - before.moves,
            moved_bytes: after.moved_bytes - before.moved_bytes,
            uploaded_bytes: after.uploaded_bytes - before.uploaded_bytes,
            evictions: after.evictions - before.evictions,
            commits: after.pages > before.pages,
        }
    }
}
