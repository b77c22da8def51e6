//! The model: what a cache must hold, in maps and sets, step by step.
//!
//! What pixels a step brings is in `pixels.rs`, and what must hold after each step in `checks.rs`.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use pixmap_cache::layout::{Layout, LayoutDescriptor};
use pixmap_cache::{
    CacheDescriptor, Found, Pin, PixmapCache, PixmapKey, Request, RetainPolicy, Size, Uploader,
};

use crate::steps::Step;

pub const PAGE_SIDE: u32 = 64;

fn noop() -> (wgpu::Device, wgpu::Queue) {
    wgpu::Device::noop(&wgpu::DeviceDescriptor::default())
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    pub name: Option<u8>,
    pub size: Size,
    pub levels: u32,
}

/// What the runs met: ones that met nothing of it would check nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    pub tiled: u64,
    pub with_levels: u64,
    pub updates: u64,
    pub updates_of_tiled: u64,
    pub updates_of_levels: u64,
    pub textures: u64,
    pub restored: u64,
}

impl Met {
    pub fn and(self, more: Self) -> Self {
        Self {
            tiled: self.tiled + more.tiled,
            with_levels: self.with_levels + more.with_levels,
            updates: self.updates + more.updates,
            updates_of_tiled: self.updates_of_tiled + more.updates_of_tiled,
            updates_of_levels: self.updates_of_levels + more.updates_of_levels,
            textures: self.textures + more.textures,
            restored: self.restored + more.restored,
        }
    }

    pub fn is_enough(self) -> bool {
        let all = [self.tiled, self.with_levels, self.updates, self.updates_of_tiled];
        let rare = [self.updates_of_levels, self.textures, self.restored];
        all.into_iter().chain(rare).all(|count| count > 50)
    }
}

pub struct Model {
    pub met: Met,
    pub(super) cache: PixmapCache<u8>,
    pub(super) device: wgpu::Device,
    /// Says what a pixmap takes on the pages.
    pub(super) layout: Layout,
    pub(super) mipmaps: bool,
    pub(super) retains: bool,
    uploader: Uploader<u8>,
    now: Instant,
    /// Every key there ever was; those known to be dead are in `dead`.
    pub(super) keys: Vec<PixmapKey>,
    pub(super) known: HashMap<PixmapKey, Known>,
    pub(super) dead: HashSet<PixmapKey>,
    /// Used in this frame: may not go but by request.
    pub(super) touched: HashSet<PixmapKey>,
    pub(super) pins: Vec<(PixmapKey, Pin)>,
    /// Entries whose pixels came from a texture: there is no copy of them.
    pub(super) from_textures: HashSet<PixmapKey>,
    /// Entries that survived the loss of a device, and may wait for their pixels.
    pub(super) restored: HashSet<PixmapKey>,
    requests: Vec<Request<u8>>,
    pub(super) epoch: u64,
}

impl Model {
    pub fn new(descriptor: &CacheDescriptor) -> Self {
        let (device, queue) = noop();
        let cache = PixmapCache::new(&device, &queue, descriptor).expect("the descriptor is sound");
        let layout = Layout::new(&LayoutDescriptor {
            page_side: PAGE_SIDE,
            max_pages: 1_000,
            max_entries: descriptor.max_entries.expect("the model chooses it"),
            max_tiles: descriptor.max_tiles.expect("and this"),
        });
        Self {
            met: Met::default(),
            uploader: cache.uploader(),
            cache,
            device,
            layout: layout.expect("the descriptor is sound"),
            mipmaps: descriptor.mipmaps,
            retains: descriptor.retain != RetainPolicy::Nothing,
            now: Instant::now(),
            keys: Vec::new(),
            known: HashMap::new(),
            dead: HashSet::new(),
            touched: HashSet::new(),
            pins: Vec::new(),
            from_textures: HashSet::new(),
            restored: HashSet::new(),
            requests: Vec::new(),
            epoch: 0,
        }
    }

    pub(super) fn choose(&self, which: usize) -> Option<PixmapKey> {
        (!self.keys.is_empty()).then(|| self.keys[which % self.keys.len()])
    }

    pub fn run(&mut self, step: Step) {
        match step {
            Step::Insert(picture) => self.insert(None, picture),
            Step::InsertNamed(name, picture) => self.insert(Some(name), picture),
            Step::InsertTexture(name, size) => self.insert_texture(name, size),
            Step::Find(name) => self.find(name),
            Step::Touch(which) => self.touch(which),
            Step::Replace(which, picture) => self.replace(which, picture),
            Step::Update(which, at, picture) => self.update(which, at, picture),
            Step::UpdateFromTexture(which, at, size) => self.update_from_texture(which, at, size),
            Step::ReadBack(which) => self.read_back(which),
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
                self.begin_frame();
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
            Step::Upload(name, picture) => {
                let _ = self.uploader.upload(name, picture.pixmap());
            }
            Step::Request(name) => self.request(name),
            Step::Deliver(which, picture) => {
                if let Some(request) = self.take_request(which) {
                    let _ = request.deliver(picture.pixmap());
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

    pub(super) fn key_of(&self, name: u8) -> Option<PixmapKey> {
        let mut named = self.cache.iter().filter(|(_, other)| *other == Some(&name));
        named.next().map(|(key, _)| key)
    }

    /// Deliveries may give named entries other pixels, from memory.
    fn begin_frame(&mut self) {
        let before = self.cache.stats().taken_in;
        self.cache.begin_frame_at(self.now);
        if self.cache.stats().taken_in > before {
            let known = &mut self.known;
            self.from_textures.retain(|key| known[key].name.is_none());
            for key in self.cache.keys() {
                let now = self.cache.size(key).zip(self.cache.level_count(key));
                if let (Some((size, levels)), Some(known)) = (now, known.get_mut(&key))
                    && known.name.is_some()
                {
                    *known = Known {
                        size,
                        levels,
                        ..*known
                    };
                }
            }
        }
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
        self.device = device;
        let after: HashSet<PixmapKey> = self.cache.keys().collect();
        assert!(after.is_subset(&before));
        assert!(
            after.is_disjoint(&self.from_textures),
            "kept without a copy of its pixels"
        );
        assert!(self.retains || after.is_empty(), "nothing is retained");
        let gone: HashSet<u8> = before
            .difference(&after)
            .filter_map(|key| self.known[key].name)
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
        self.met.restored += after.len() as u64;
        self.restored = after;
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
