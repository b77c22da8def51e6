//! The model: what a cache must hold, in maps and sets, step by step.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use pixmap_cache::{
    CacheDescriptor, Found, InsertError, Pin, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, ReplaceError,
    Request, Size, Uploader,
};

use crate::steps::Step;

fn noop() -> (wgpu::Device, wgpu::Queue) {
    wgpu::Device::noop(&wgpu::DeviceDescriptor::default())
}

fn pixmap(size: Size) -> PixmapBuf {
    PixmapBuf::new(PixelFormat::Rgba8, size, vec![3; size.texels() as usize * 4])
}

pub struct Model {
    cache: PixmapCache<u8>,
    uploader: Uploader<u8>,
    now: Instant,
    /// Every key there ever was, with its name; those known to be dead are in `dead`.
    keys: Vec<PixmapKey>,
    names: HashMap<PixmapKey, Option<u8>>,
    dead: HashSet<PixmapKey>,
    /// Used in this frame: may not go but by request.
    touched: HashSet<PixmapKey>,
    pins: Vec<(PixmapKey, Pin)>,
    requests: Vec<Request<u8>>,
    epoch: u64,
}

impl Model {
    pub fn new(descriptor: &CacheDescriptor) -> Self {
        let (device, queue) = noop();
        let cache = PixmapCache::new(&device, &queue, descriptor).expect("the descriptor is sound");
        Self {
            uploader: cache.uploader(),
            cache,
            now: Instant::now(),
            keys: Vec::new(),
            names: HashMap::new(),
            dead: HashSet::new(),
            touched: HashSet::new(),
            pins: Vec::new(),
            requests: Vec::new(),
            epoch: 0,
        }
    }

    fn choose(&self, which: usize) -> Option<PixmapKey> {
        (!self.keys.is_empty()).then(|| self.keys[which % self.keys.len()])
    }

    pub fn run(&mut self, step: Step) {
        match step {
            Step::Insert(size) => self.insert(None, size),
            Step::InsertNamed(name, size) => self.insert(Some(name), size),
            Step::Find(name) => self.find(name),
            Step::Touch(which) => self.touch(which),
            Step::Replace(which, size) => self.replace(which, size),
            Step::Remove(which) => self.remove(which),
            Step::RemoveNamed(name) => {
                let key = self.key_of(name);
                assert_eq!(self.cache.remove_named(&name), key.is_some());
                self.bury(key);
            }
            Step::Clear => {
                self.cache.clear();
                assert!(self.cache.is_empty());
                self.touched.clear();
                self.pins.clear();
            }
            Step::BeginFrame(seconds) => {
                self.now += Duration::from_secs(seconds);
                // Deliveries are taken in before the protection of the last frame ends.
                self.cache.begin_frame_at(self.now);
                self.touched.clear();
            }
            Step::Flush => self.cache.flush(),
            Step::SetBudget(bytes) => {
                let set = self.cache.set_budget(bytes);
                assert_eq!(set.is_ok(), self.cache.stats().vram_bytes <= bytes, "{set:?}");
                assert_eq!(self.cache.budget(), bytes);
            }
            Step::Trim(trim) => {
                let before = self.cache.stats();
                let released = self.cache.trim(trim);
                let after = self.cache.stats();
                assert_eq!(
                    after.vram_bytes, before.vram_bytes,
                    "dropped before a frame begins"
                );
                assert_eq!(after.releasing_bytes, before.releasing_bytes + released);
            }
            Step::Pin(which) => self.pin(which),
            Step::Unpin(_) if self.pins.is_empty() => {}
            Step::Unpin(which) => drop(self.pins.swap_remove(which % self.pins.len())),
            Step::Upload(name, size) => {
                let _ = self.uploader.upload(name, pixmap(size));
            }
            Step::Request(name) => self.request(name),
            Step::Deliver(which, size) => {
                if let Some(request) = self.take_request(which) {
                    let _ = request.deliver(pixmap(size));
                }
            }
            Step::Fail(which) => {
                if let Some(request) = self.take_request(which) {
                    request.fail("no such picture");
                }
            }
            Step::Abandon(which) => drop(self.take_request(which)),
            Step::Retry(name) => {
                self.cache.retry(&name);
            }
            Step::Recreate => self.recreate(),
        }
        self.check();
    }

    fn insert(&mut self, name: Option<u8>, size: Size) {
        let previous = name.and_then(|name| self.key_of(name));
        let pixmap = pixmap(size);
        let inserted = match name {
            Some(name) => self.cache.insert_named(name, &pixmap),
            None => self.cache.insert(&pixmap),
        };
        match inserted {
            Ok(key) => {
                assert!(!self.names.contains_key(&key), "a key was used twice");
                assert_eq!(self.cache.size(key), Some(size));
                self.bury(previous);
                self.meet(key, name);
                self.touched.insert(key);
            }
            Err(error) => {
                self.check_refusal(size, error);
                assert!(
                    previous.is_none_or(|key| self.cache.contains(key)),
                    "a refusal cost the old entry"
                );
            }
        }
    }

    fn check_refusal(&self, size: Size, error: InsertError) {
        match error {
            InsertError::Empty { .. } => assert!(size.is_empty()),
            InsertError::TooLarge { limit, .. } => assert!(size.longer_side() > limit && limit == 64),
            InsertError::Full { protected_bytes, .. } => {
                let all = self.cache.page_count() as u64 * 64 * 64 * 4;
                // A budget without a page takes in nothing, whatever is still there.
                let small = size.longer_side() <= 16 && self.cache.stats().max_pages >= 8;
                // Only rarely in a test of such small pages, and never with nothing in use.
                assert!(
                    protected_bytes > 0 || all == 0 || !small,
                    "full with nothing in use"
                );
            }
            InsertError::TooManyEntries { max_entries } => assert_eq!(self.cache.len(), max_entries as usize),
            other => panic!("{other:?} for a sound pixmap"),
        }
    }

    fn key_of(&self, name: u8) -> Option<PixmapKey> {
        let mut named = self.cache.iter().filter(|(_, other)| *other == Some(&name));
        named.next().map(|(key, _)| key)
    }

    fn find(&mut self, name: u8) {
        let expected = self.key_of(name);
        assert_eq!(self.cache.peek(&name), expected, "peeking finds something else");
        assert_eq!(
            self.cache.find(&name),
            expected,
            "the name index says something else"
        );
        self.touched.extend(expected);
    }

    fn touch(&mut self, which: usize) {
        let Some(key) = self.choose(which) else { return };
        let alive = self.cache.touch(key);
        assert_eq!(alive, self.cache.contains(key));
        if alive {
            self.touched.insert(key);
        }
    }

    fn replace(&mut self, which: usize, size: Size) {
        let Some(key) = self.choose(which) else { return };
        let (alive, before) = (self.cache.contains(key), self.cache.size(key));
        match self.cache.replace(key, &pixmap(size)) {
            Ok(()) => {
                assert!(alive, "a dead key was replaced");
                assert_eq!(self.cache.size(key), Some(size));
                self.touched.insert(key);
            }
            Err(ReplaceError::NotResident) => assert!(!alive, "a living key is resident"),
            Err(ReplaceError::Insert(error)) => {
                assert!(
                    size.is_empty()
                        || size.longer_side() > 64
                        || matches!(error, InsertError::Full { .. } | InsertError::NextFrame { .. })
                );
                assert_eq!(
                    self.cache.size(key),
                    before,
                    "a refused replacement changed the entry"
                );
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn remove(&mut self, which: usize) {
        let Some(key) = self.choose(which) else { return };
        let alive = self.cache.contains(key);
        assert_eq!(self.cache.remove(key), alive);
        self.bury(Some(key));
    }

    fn pin(&mut self, which: usize) {
        let Some(key) = self.choose(which) else { return };
        let pin = self.cache.pin(key);
        assert_eq!(pin.is_some(), self.cache.contains(key));
        self.pins.extend(pin.map(|pin| (key, pin)));
    }

    fn request(&mut self, name: u8) {
        let resident = self.key_of(name);
        let flying = self.requests.iter().any(|request| *request.name() == name);
        let mut made = None;
        let found = self.cache.find_or_request(&name, |request| made = Some(request));
        assert_eq!(found.key(), resident);
        assert!(!(flying && made.is_some()), "asked for twice at a time");
        assert!(made.is_none() || found == Found::Pending);
        self.requests.extend(made);
        assert!(self.requests.len() <= 8, "more requests than allowed");
        self.touched.extend(resident);
    }

    fn take_request(&mut self, which: usize) -> Option<Request<u8>> {
        (!self.requests.is_empty()).then(|| self.requests.swap_remove(which % self.requests.len()))
    }

    fn recreate(&mut self) {
        let before: HashSet<PixmapKey> = self.cache.keys().collect();
        let (device, queue) = noop();
        let lost = self.cache.recreate(&device, &queue).expect("the same limits");
        let after: HashSet<PixmapKey> = self.cache.keys().collect();
        assert!(after.is_subset(&before));
        let gone: HashSet<u8> = before
            .difference(&after)
            .filter_map(|key| self.names[key])
            .collect();
        assert_eq!(
            lost.into_iter().collect::<HashSet<u8>>(),
            gone,
            "other names are gone than told"
        );
        self.touched.retain(|key| after.contains(key));
        for key in before.difference(&after) {
            self.pins.retain(|(pinned, _)| pinned != key);
        }
    }

    fn meet(&mut self, key: PixmapKey, name: Option<u8>) {
        self.keys.push(key);
        self.names.insert(key, name);
    }

    /// Gone on request: no protection holds.
    fn bury(&mut self, key: Option<PixmapKey>) {
        if let Some(key) = key {
            assert!(!self.cache.contains(key), "removed, and still there");
            self.touched.remove(&key);
            self.pins.retain(|(pinned, _)| *pinned != key);
            self.dead.insert(key);
        }
    }

    fn check(&mut self) {
        let entries: Vec<(PixmapKey, Option<u8>)> = self
            .cache
            .iter()
            .map(|(key, name)| (key, name.copied()))
            .collect();
        for &(key, name) in &entries {
            assert!(!self.dead.contains(&key), "a dead key is alive");
            match self.names.get(&key) {
                Some(known) => assert_eq!(*known, name, "an entry changed its name"),
                // Taken in from the uploader.
                None => self.meet(key, name),
            }
        }
        let alive: HashSet<PixmapKey> = entries.iter().map(|(key, _)| *key).collect();
        for key in &self.touched {
            assert!(alive.contains(key), "an entry in use is gone");
        }
        for key in &self.keys {
            if !alive.contains(key) {
                self.dead.insert(*key);
            }
        }
        for (key, _) in &self.pins {
            assert!(alive.contains(key), "a pinned entry is gone");
        }
        self.check_sums(&entries);
        self.check_regions(&entries);
    }

    fn check_sums(&mut self, entries: &[(PixmapKey, Option<u8>)]) {
        let stats = self.cache.stats();
        assert_eq!(stats.entries as usize, entries.len());
        assert!(stats.entries <= stats.max_entries);
        let live: u64 = entries
            .iter()
            .map(|(key, _)| self.cache.size(*key).unwrap().texels() * 4)
            .sum();
        assert_eq!(stats.live_bytes, live);
        assert!(stats.protected_bytes <= stats.live_bytes);
        let named: Vec<u8> = entries.iter().filter_map(|(_, name)| *name).collect();
        assert_eq!(
            named.iter().collect::<HashSet<_>>().len(),
            named.len(),
            "two entries have one name"
        );
        assert_eq!(stats.pages, self.cache.page_count());
        assert!(self.cache.layout_epoch() >= self.epoch);
        self.epoch = self.cache.layout_epoch();
    }

    fn check_regions(&self, entries: &[(PixmapKey, Option<u8>)]) {
        let pages: HashSet<_> = self.cache.pages().collect();
        let regions: Vec<_> = entries
            .iter()
            .map(|(key, _)| self.cache.region(*key).unwrap())
            .collect();
        for (index, region) in regions.iter().enumerate() {
            assert!(pages.contains(&region.page), "on a page without a texture");
            assert!(region.rect.right() <= 64 && region.rect.bottom() <= 64);
            let clash = regions[..index]
                .iter()
                .find(|r| r.page == region.page && r.rect.overlaps(region.rect));
            assert!(clash.is_none(), "{region:?} overlaps {clash:?}");
        }
    }

    /// In a new frame nothing is in use but what is pinned, so the budget must hold.
    pub fn check_budget(&mut self) {
        self.pins.clear();
        self.cache.begin_frame_at(self.now);
        self.touched.clear();
        self.cache.begin_frame_at(self.now);
        let stats = self.cache.stats();
        let over = stats.vram_bytes > stats.budget_bytes && stats.pages > 0;
        assert!(
            !over,
            "{} bytes held with a budget of {}",
            stats.vram_bytes, stats.budget_bytes
        );
    }
}
