//! Pins.

use pixmap_cache::{CommitPolicy, InsertError, Pin, Trim};

use crate::pixmaps::*;

#[test]
fn a_pinned_entry_survives_evacuation_trimming_and_smaller_budgets() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let key = cache.insert(&square(1)).unwrap();
    let pin = cache.pin(key);
    assert!(pin.is_some());
    fill(&mut cache, 0..2000);
    assert!(cache.stats().evacuations > 10);
    cache.begin_frame();
    cache.trim(Trim::All);
    cache.set_budget(300 * KIB).unwrap();
    assert!(cache.contains(key), "a pinned entry is gone");
    drop(pin);
    cache.begin_frame();
    cache.trim(Trim::All);
    assert!(!cache.contains(key), "the pin is dropped");
}

#[test]
fn pinned_entries_count_as_protected_until_dropped_even_within_a_frame() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let mut pins = Vec::new();
    cache.begin_frame();
    while let Ok(key) = cache.insert(&square(1)) {
        pins.push(cache.pin(key).expect("a living key"));
    }
    cache.begin_frame();
    let refused = cache.insert(&square(2));
    let Err(InsertError::Full { protected_bytes, .. }) = refused else {
        panic!("{refused:?} with everything pinned");
    };
    assert_eq!(protected_bytes, cache.stats().live_bytes);
    pins.clear();
    assert!(cache.insert(&square(2)).is_ok(), "the pins are dropped");
}

#[test]
fn clones_pin_until_the_last_one_goes_on_whatever_thread() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let key = cache.insert(&square(1)).unwrap();
    let first = cache.pin(key).unwrap();
    let second = cache.pin(key).unwrap();
    drop(first);
    cache.begin_frame();
    cache.trim(Trim::All);
    assert!(cache.contains(key));
    std::thread::spawn(move || drop(second)).join().unwrap();
    cache.begin_frame();
    cache.trim(Trim::All);
    assert!(!cache.contains(key));
}

#[test]
fn pins_outlive_removal_and_the_cache() {
    fn is_send_and_sync<T: Send + Sync>(_: &T) {}
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let key = cache.insert(&square(1)).unwrap();
    let removed: Pin = cache.pin(key).unwrap();
    is_send_and_sync(&removed);
    assert!(cache.remove(key), "a pin doesn't keep from removal");
    assert!(cache.pin(key).is_none());
    let next = cache.insert(&square(2)).unwrap();
    drop(removed);
    let pin = cache.pin(next).unwrap();
    cache.begin_frame();
    cache.trim(Trim::All);
    assert!(cache.contains(next), "the old pin's drop unpinned another entry");
    drop(cache);
    drop(pin);
}
