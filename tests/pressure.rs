//! The whole cache under pressure and over time, against a simple model: entries that every frame shows, idle steps,
//! budget cuts, few pages, tiny and page-sized pixmaps, refusals in series, and an owner that moves between threads.
//!
//! `api_model.rs` drives the whole public surface; here time passes, and what may go is known. On wgpu's noop device.
//! `PROPTEST_CASES=100000 cargo test --release --test pressure` runs it for longer.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, IdlePolicy, InsertError, Pin, PixelFormat, PixmapBuf, PixmapCache,
    PixmapKey, ReplaceError, Size, Trim, UploadDescriptor, Uploader,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

const CASES: u32 = 1_000;
const STEPS: usize = 60;
const NAMES: u8 = 60;
const PAGE_SIDE: u32 = 64;
const PAGE_BYTES: u64 = (PAGE_SIDE * PAGE_SIDE * 4) as u64;
/// Four rows of the region table, and a placeholder.
const FIXED_BYTES: u64 = 4 * 1024 * 16 + 512;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Frames of so many seconds, each of which finds what is shown.
    Frames {
        count: u8,
        seconds: u64,
    },
    /// From now on every frame finds these names.
    Show {
        first: u8,
        count: u8,
    },
    Insert(u8, Size),
    /// Insertions of one size, until one is refused three times.
    Flood(Size),
    Replace(u8, Size),
    Upload(u8, Size),
    SetBudget {
        pages: u64,
    },
    Trim(Trim),
    Pin(u8),
    UnpinAll,
    /// What follows runs on another thread.
    Move,
}

fn size() -> impl Strategy<Value = Size> {
    let tiny = (1u32..=4, 1u32..=4);
    let middle = (8u32..=32, 8u32..=32);
    let large = (33u32..=64, 33u32..=64);
    let page = (Just(64u32), Just(64u32));
    let sides = prop_oneof![3 => tiny, 4 => middle, 2 => large, 1 => page];
    sides.prop_map(|(width, height)| Size::new(width, height))
}

fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES;
    let trim = prop_oneof![
        (0u64..4).prop_map(|for_frames| Trim::Unused { for_frames }),
        (0u64..12).prop_map(|pages| Trim::To(FIXED_BYTES + pages * PAGE_BYTES)),
        Just(Trim::All),
    ];
    prop_oneof![
        8 => (1u8..=8, prop_oneof![Just(0u64), 1u64..=20, Just(45), Just(100)])
            .prop_map(|(count, seconds)| Step::Frames { count, seconds }),
        4 => (name(), 0u8..=12).prop_map(|(first, count)| Step::Show { first, count }),
        12 => (name(), size()).prop_map(|(name, size)| Step::Insert(name, size)),
        2 => size().prop_map(Step::Flood),
        2 => (name(), size()).prop_map(|(name, size)| Step::Replace(name, size)),
        3 => (name(), size()).prop_map(|(name, size)| Step::Upload(name, size)),
        2 => (0u64..12).prop_map(|pages| Step::SetBudget { pages }),
        1 => trim.prop_map(Step::Trim),
        2 => name().prop_map(Step::Pin),
        1 => Just(Step::UnpinAll),
        1 => Just(Step::Move),
    ]
}

fn descriptor() -> impl Strategy<Value = CacheDescriptor<'static>> {
    let commit = prop_oneof![Just(CommitPolicy::Stepwise), Just(CommitPolicy::Upfront)];
    let pages = prop_oneof![3 => 2u64..=4, 2 => 5u64..=16];
    let after = prop_oneof![Just(5u64), Just(30), Just(90)];
    let every = prop_oneof![Just(10u64), Just(60)];
    (commit, pages, after, every).prop_map(|(commit, pages, after, every)| CacheDescriptor {
        budget_bytes: FIXED_BYTES + pages * PAGE_BYTES,
        commit,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(4095),
        idle: Some(IdlePolicy {
            after: Duration::from_secs(after),
            every: Duration::from_secs(every),
        }),
        uploads: UploadDescriptor {
            queue_bytes: 4 * PAGE_BYTES,
            upload_bytes_per_frame: 2 * PAGE_BYTES,
            ..Default::default()
        },
        ..Default::default()
    })
}

fn pixmap(size: Size) -> PixmapBuf {
    PixmapBuf::new(PixelFormat::Rgba8, size, vec![3; size.texels() as usize * 4])
}

/// What the runs met: one that met nothing of it would check nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    refusals: u64,
    entries_trimmed: u64,
    frames_over_budget: u64,
    deliveries_set_aside: u64,
    threads: u64,
}

impl Met {
    fn and(self, more: Self) -> Self {
        Self {
            refusals: self.refusals + more.refusals,
            entries_trimmed: self.entries_trimmed + more.entries_trimmed,
            frames_over_budget: self.frames_over_budget + more.frames_over_budget,
            deliveries_set_aside: self.deliveries_set_aside + more.deliveries_set_aside,
            threads: self.threads + more.threads,
        }
    }

    fn is_enough(self) -> bool {
        self.refusals > 100
            && self.entries_trimmed > 100
            && self.frames_over_budget > 100
            && self.deliveries_set_aside > 100
            && self.threads > 100
    }
}

struct Model {
    met: Met,
    cache: PixmapCache<u8>,
    uploader: Uploader<u8>,
    idle: IdlePolicy,
    now: Instant,
    shown: Vec<u8>,
    /// When each entry was surely seen last.
    seen: HashMap<PixmapKey, Instant>,
    /// Used in this frame.
    touched: HashSet<PixmapKey>,
    pins: Vec<(PixmapKey, Pin)>,
    /// When something was last taken in, and how many were then.
    uploaded: Instant,
    uploads: u64,
    /// Steps of this rest that took something.
    spent: u64,
}

impl Model {
    fn new(descriptor: &CacheDescriptor) -> Self {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
        let cache = PixmapCache::new(&device, &queue, descriptor).expect("the descriptor is sound");
        let now = Instant::now();
        Self {
            met: Met::default(),
            uploader: cache.uploader(),
            cache,
            idle: descriptor.idle.expect("idle is what is tested"),
            now,
            shown: Vec::new(),
            seen: HashMap::new(),
            touched: HashSet::new(),
            pins: Vec::new(),
            uploaded: now,
            uploads: 0,
            spent: 0,
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Frames { count, seconds } => (0..count).for_each(|_| self.frame(seconds)),
            Step::Show { first, count } => self.shown = (first..first.saturating_add(count)).collect(),
            Step::Insert(name, size) => drop(self.insert(name, size)),
            Step::Flood(size) => self.flood(size),
            Step::Replace(name, size) => self.replace(name, size),
            Step::Upload(name, size) => drop(self.uploader.upload(name, pixmap(size))),
            Step::SetBudget { pages } => {
                // Over the budget for what is in use: released later.
                let _ = self.cache.set_budget(FIXED_BYTES + pages * PAGE_BYTES);
            }
            Step::Trim(trim) => {
                self.cache.trim(trim);
            }
            Step::Pin(name) => {
                if let Some(key) = self.cache.find(&name) {
                    self.use_now(key);
                    self.pins.extend(self.cache.pin(key).map(|pin| (key, pin)));
                }
            }
            Step::UnpinAll => self.pins.clear(),
            Step::Move => {}
        }
        self.check_in_use("after the step");
    }

    /// Begins a frame, checks what went with it, and finds what is shown.
    fn frame(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        let before = self.cache.stats();
        let sizes: Vec<(PixmapKey, u64)> = self
            .cache
            .keys()
            .map(|key| (key, self.cache.size(key).map_or(0, Size::texels) * 4))
            .collect();
        self.cache.begin_frame_at(self.now);
        let is_at_rest = before.queued == 0 && before.set_aside == 0;
        let is_within_budget = before.vram_bytes <= before.budget_bytes;
        self.met.frames_over_budget += u64::from(!is_within_budget);
        self.met.deliveries_set_aside += u64::from(self.cache.stats().set_aside);
        if is_within_budget {
            self.check_in_use("at the end of the frame that used it");
        }
        if is_at_rest && is_within_budget {
            self.check_idle(&sizes, before.live_bytes);
        }
        self.touched.clear();
        for name in self.shown.clone() {
            if let Some(key) = self.cache.find(&name) {
                self.use_now(key);
            }
        }
        self.cache.flush();
        self.note_uploads();
    }

    fn check_idle(&mut self, sizes: &[(PixmapKey, u64)], live_bytes: u64) {
        let gone = || sizes.iter().filter(|(key, _)| !self.cache.contains(*key));
        for (key, _) in gone() {
            let seen = self.seen.get(key).copied();
            let unseen = seen.map_or(Duration::MAX, |seen| self.now - seen);
            assert!(
                unseen >= self.idle.every,
                "{key:?} went {unseen:?} after it was seen, with {:?}",
                self.idle
            );
        }
        let gone_bytes: u64 = gone().map(|(_, bytes)| bytes).sum();
        let largest = sizes.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
        let steps = self.steps_due();
        // The model's rest may begin a frame sooner than the cache's, and a step be due a frame later.
        let quarters = (steps - self.spent) + u64::from(steps > 0);
        assert!(
            gone_bytes <= live_bytes * quarters / 4 + largest,
            "{gone_bytes} of {live_bytes} bytes went at once, in {quarters} steps"
        );
        if gone_bytes > 0 {
            self.spent = steps;
        }
        self.met.entries_trimmed += gone().count() as u64;
    }

    /// Steps that can have become due since something was last taken in.
    fn steps_due(&self) -> u64 {
        let rest = self.now - self.uploaded;
        match rest.checked_sub(self.idle.after) {
            Some(more) => 1 + more.as_secs() / self.idle.every.as_secs(),
            None => 0,
        }
    }

    fn note_uploads(&mut self) {
        let uploads = self.cache.stats().uploads;
        if uploads != self.uploads {
            self.uploads = uploads;
            self.uploaded = self.now;
            self.spent = 0;
        }
    }

    fn use_now(&mut self, key: PixmapKey) {
        self.touched.insert(key);
        self.seen.insert(key, self.now);
    }

    fn insert(&mut self, name: u8, size: Size) -> Result<(), InsertError> {
        let previous = self.key_of(name);
        let before = self.cache.stats();
        match self.cache.insert_named(name, &pixmap(size)) {
            Ok(key) => {
                assert!(!self.seen.contains_key(&key), "a key was used twice");
                previous.inspect(|previous| self.remove(*previous));
                self.use_now(key);
                self.note_uploads();
                Ok(())
            }
            Err(error) => {
                assert!(
                    self.cache.len() <= before.entries as usize,
                    "a refusal made a key"
                );
                assert_eq!(self.key_of(name), previous, "a refusal changed a name");
                self.check_refusal(size, error);
                Err(error)
            }
        }
    }

    fn check_refusal(&mut self, size: Size, error: InsertError) {
        self.met.refusals += 1;
        let stats = self.cache.stats();
        let (needed_bytes, protected_bytes) = match error {
            InsertError::Full {
                needed_bytes,
                protected_bytes,
                ..
            } => (needed_bytes, protected_bytes),
            InsertError::NextFrame { needed_bytes } => (needed_bytes, 0),
            _ => panic!("{error:?} for a sound pixmap"),
        };
        assert_eq!(needed_bytes, size.texels() * 4);
        assert!(
            protected_bytes <= stats.live_bytes,
            "{protected_bytes} of {}",
            stats.live_bytes
        );
        self.check_in_use("after a refusal");
    }

    /// The second refusal of a size, and each one after it, finds nothing left to evict.
    fn flood(&mut self, size: Size) {
        let mut evictions = None;
        let mut refused = 0;
        for name in 0..NAMES {
            // Not those that have a name: they would be given up for their successors.
            if self.key_of(name).is_some() {
                continue;
            }
            if self.insert(name, size).is_ok() {
                evictions = None;
                continue;
            }
            let now = self.cache.stats().evictions;
            assert!(
                evictions.is_none_or(|before| before == now),
                "a refusal after another evicted"
            );
            evictions = Some(now);
            refused += 1;
            if refused == 3 {
                return;
            }
        }
    }

    fn replace(&mut self, name: u8, size: Size) {
        let Some(key) = self.key_of(name) else { return };
        let before = self.cache.size(key);
        match self.cache.replace(key, &pixmap(size)) {
            Ok(()) => {
                assert_eq!(self.cache.size(key), Some(size));
                self.use_now(key);
                self.note_uploads();
            }
            Err(ReplaceError::Insert(error)) => {
                assert_eq!(self.cache.size(key), before, "a refusal changed the entry");
                self.check_refusal(size, error);
            }
            Err(error) => panic!("the key was alive: {error}"),
        }
    }

    fn key_of(&self, name: u8) -> Option<PixmapKey> {
        let mut named = self.cache.iter().filter(|(_, other)| *other == Some(&name));
        named.next().map(|(key, _)| key)
    }

    /// Gone since its name went to another: no protection holds.
    fn remove(&mut self, key: PixmapKey) {
        assert!(!self.cache.contains(key), "two entries have one name");
        self.touched.remove(&key);
        self.pins.retain(|(pinned, _)| *pinned != key);
    }

    fn check_in_use(&self, when: &str) {
        for key in &self.touched {
            assert!(self.cache.contains(*key), "an entry in use is gone {when}");
        }
        for (key, _) in &self.pins {
            assert!(self.cache.contains(*key), "a pinned entry is gone {when}");
        }
        let stats = self.cache.stats();
        assert!(stats.live_bytes <= u64::from(stats.pages) * PAGE_BYTES);
        assert!(stats.protected_bytes <= stats.live_bytes);
    }
}

/// Runs the steps up to each `Move` on a thread of their own.
fn run(descriptor: &CacheDescriptor, steps: &[Step]) -> Met {
    let mut model = Model::new(descriptor);
    for steps in steps.split_inclusive(|step| matches!(step, Step::Move)) {
        let thread = std::thread::scope(|scope| {
            let run = || steps.iter().for_each(|step| model.run(*step));
            scope.spawn(run).join()
        });
        if let Err(panic) = thread {
            std::panic::resume_unwind(panic);
        }
        model.met.threads += 1;
    }
    model.met
}

#[test]
fn what_is_in_use_or_was_seen_stays_whatever_time_and_pressure_do() {
    let mut config = ProptestConfig::with_cases(CASES);
    config.rng_seed = RngSeed::Fixed(11);
    if let Ok(cases) = std::env::var("PROPTEST_CASES") {
        config.cases = cases.parse().expect("a number of cases");
        config.rng_seed = RngSeed::Random;
    }
    config.failure_persistence = None;
    let strategy = (descriptor(), vec(step(), STEPS));
    let all = Cell::new(Met::default());
    let outcome = TestRunner::new(config).run(&strategy, |(descriptor, steps)| {
        all.update(|before| before.and(run(&descriptor, &steps)));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(all.get().is_enough(), "{:?}", all.get());
}
