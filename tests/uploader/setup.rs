//! Shared helpers: a cache of four small pages on the noop device, pixmaps, and requests.

use std::collections::BTreeSet;
use std::thread;

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, Found, Pin, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Request, Size,
    UploadDescriptor,
};

pub const PAGE_SIDE: u32 = 64;
pub const PAGES: u64 = 4;
/// Bytes that a cache holds beside its pages: four rows of the region table, and a placeholder.
pub const FIXED_BYTES: u64 = 4 * 1024 * 16 + 512;
/// What a pixmap of 8 x 8 counts in the queue: its bytes and 128 more.
pub const SMALL_BYTES: u64 = 8 * 8 * 4 + 128;

/// Makes a cache of four pages of 64 x 64.
pub fn cache_with(uploads: UploadDescriptor) -> PixmapCache {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let page_bytes = u64::from(PAGE_SIDE * PAGE_SIDE * 4);
    let descriptor = CacheDescriptor {
        budget_bytes: PAGES * page_bytes + FIXED_BYTES,
        commit: CommitPolicy::Upfront,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(4095),
        max_tiles: Some(0),
        idle: None,
        uploads,
        ..Default::default()
    };
    PixmapCache::new(&device, &queue, &descriptor).expect("a cache")
}

pub fn cache() -> PixmapCache {
    cache_with(UploadDescriptor::default())
}

/// A queue with room for two small pixmaps.
pub fn narrow() -> UploadDescriptor {
    UploadDescriptor {
        queue_bytes: 2 * SMALL_BYTES,
        ..Default::default()
    }
}

pub fn square(side: u32) -> PixmapBuf {
    let bytes = vec![200; (side * side * 4) as usize];
    PixmapBuf::new(PixelFormat::Rgba8, Size::new(side, side), bytes)
}

pub fn small() -> PixmapBuf {
    square(8)
}

/// Returns a pixmap with one byte too few.
pub fn damaged() -> PixmapBuf {
    let mut pixmap = small();
    pixmap.bytes.truncate(255);
    pixmap
}

pub fn name(number: u32) -> String {
    format!("name {number}")
}

pub fn upload(cache: &PixmapCache, name: &str, pixmap: PixmapBuf) {
    let uploaded = cache.uploader().upload(name.to_owned(), pixmap);
    uploaded.expect("room in the queue");
}

pub fn resident(cache: &PixmapCache) -> BTreeSet<&str> {
    let names = cache.iter().filter_map(|(_, name)| name);
    names.map(String::as_str).collect()
}

/// Fills a `narrow` queue.
pub fn fill_queue(cache: &PixmapCache) {
    upload(cache, "fills", small());
    upload(cache, "the queue", small());
}

/// Returns once `count` threads wait. If they never do, the test doesn't end.
pub fn until_threads_wait(cache: &PixmapCache, count: u32) {
    while cache.stats().waiting < count {
        thread::yield_now();
    }
}

/// Looks a name up, and returns the request if one was made.
pub fn look_up(cache: &mut PixmapCache, name: &str) -> (Found, Option<Request>) {
    let mut requested = None;
    let found = cache.find_or_request(name, |request| requested = Some(request));
    (found, requested)
}

pub fn request(cache: &mut PixmapCache, name: &str) -> Request {
    let (found, requested) = look_up(cache, name);
    assert_eq!(found, Found::Pending);
    requested.expect("a missing name is requested")
}

pub fn still_works(cache: &mut PixmapCache) {
    cache.begin_frame();
    upload(cache, "afterwards", small());
    cache.begin_frame();
    assert!(cache.find("afterwards").is_some(), "the cache still works");
    cache.flush();
}

/// Fills every page with an entry that stays in use.
pub fn fill_with_pins(cache: &mut PixmapCache) -> Vec<Pin> {
    let keys: Vec<PixmapKey> = std::iter::from_fn(|| cache.insert(&square(PAGE_SIDE)).ok()).collect();
    assert!(!keys.is_empty());
    keys.into_iter()
        .map(|key| cache.pin(key).expect("alive"))
        .collect()
}
