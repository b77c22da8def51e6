//! Threads, and devices that are lost.

use pixmap_cache::{InsertError, PixmapBuf, PixmapCache, PixmapId, PixmapKey, ReadBackError};

use crate::noop::{Noop, assert_works, rgba};

/// Compiles or doesn't.
#[test]
fn a_cache_may_move_to_another_thread_and_be_looked_at_from_several() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<PixmapCache>();
    send_and_sync::<PixmapCache<u64>>();
    send_and_sync::<PixmapBuf>();
    send_and_sync::<PixmapKey>();
    send_and_sync::<PixmapId>();
}

#[test]
fn a_cache_works_on_another_thread_than_the_one_that_made_it() {
    let mut cache = Noop::new().small_cache();
    let key = cache.insert(&rgba(9, 9)).expect("room");
    let worker = std::thread::spawn(move || {
        cache.flush();
        assert_works(&mut cache);
        cache
    });
    let cache = worker.join().expect("no panic on the other thread");
    assert!(cache.contains(key), "what went in on this one is there");
}

/// After a loss wgpu reports nothing. The cache returns an error where it needs memory, and never panics.
#[test]
fn on_a_lost_device_insertions_are_refused_and_lookups_go_on() {
    let noop = Noop::new();
    let mut cache = noop.small_cache();
    let key = cache.insert_named("a".into(), &rgba(9, 9)).expect("room");
    cache.flush();
    noop.device.destroy();
    let refused = cache.insert(&rgba(9, 9));
    assert!(
        matches!(refused, Err(InsertError::NoStaging { .. })),
        "{refused:?}"
    );
    assert_eq!(cache.find("a"), Some(key), "what is there is found");
    assert_eq!(cache.read_back(key).err(), Some(ReadBackError::Device));
    cache.begin_frame();
    cache.flush();
    let smaller = cache.budget() - cache.stats().page_bytes;
    let _ = cache.set_budget(smaller);
    assert!(cache.contains(key), "another budget costs nothing that has room");
    assert!(cache.remove(key), "and can be removed");
    cache.flush();
    let _ = cache.set_budget(smaller * 2);
    cache.begin_frame();
    cache.trim(pixmap_cache::Trim::All);
    cache.clear();
    cache.flush();
}

#[test]
fn two_caches_share_a_device() {
    let noop = Noop::new();
    let (mut one, mut other) = (noop.small_cache(), noop.small_cache());
    let key = one.insert_named("a".into(), &rgba(9, 9)).expect("room");
    assert_eq!(other.find("a"), None, "what one holds the other doesn't");
    drop(other);
    assert_eq!(one.find("a"), Some(key), "and outlives it");
    assert_works(&mut one);
}
