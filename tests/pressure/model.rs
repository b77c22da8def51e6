//! The model: when each entry was last seen, and what may not be evicted yet.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use pixmap_cache::{
    CacheDescriptor, IdlePolicy, InsertError, Pin, PixelFormat, PixmapBuf, PixmapCache, PixmapKey,
    ReplaceError, Size, Uploader,
};

use crate::met::Met;
use crate::steps::{FIXED_BYTES, NAMES, PAGE_BYTES, Step};

fn pixmap(size: Size) -> PixmapBuf {
    PixmapBuf::new(PixelFormat::Rgba8, size, vec![3; size.texels() as usize * 4])
}

pub struct Model {
    pub met: Met,
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
    pub fn new(descriptor: &CacheDescriptor) -> Self {
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

    pub fn run(&mut self, step: Step) {
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
