//! Panics in jobs, closures and names, and a lock that is held.

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use pixmap_cache::{CacheDescriptor, PixmapCache};

use crate::setup::{cache, request, small, still_works};

#[test]
fn a_job_that_panics_abandons_its_request() {
    let mut cache = cache();
    let first = request(&mut cache, "save");
    let job = thread::spawn(move || {
        let _request = first;
        panic!("a decoder's bug, expected here");
    });
    assert!(job.join().is_err());
    cache.begin_frame();
    let again = request(&mut cache, "save");
    again.deliver(small()).expect("room");
    still_works(&mut cache);
    assert!(cache.find("save").is_some());
}

#[test]
fn a_closure_that_panics_leaves_the_cache_usable() {
    let mut cache = cache();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        cache.find_or_request("save", |_| panic!("a closure's bug, expected here"))
    }));
    assert!(panicked.is_err());
    let _again = request(&mut cache, "save");
    still_works(&mut cache);
}

/// A name whose hash panics if `panics` is set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moody {
    name: u32,
    panics: bool,
}

impl Hash for Moody {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        assert!(!self.panics, "a name's bug, expected here");
        self.name.hash(hasher);
    }
}

#[test]
fn a_name_that_panics_under_the_lock_leaves_the_queue_usable() {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let mut cache = PixmapCache::new(&device, &queue, &CacheDescriptor::default()).expect("a cache");
    let uploader = cache.uploader();
    let decoder = thread::spawn(move || {
        let name = |name, panics| Moody { name, panics };
        assert_eq!(uploader.upload(name(1, false), small()), Ok(()));
        let panicked = catch_unwind(|| uploader.upload(name(2, true), small()));
        assert!(panicked.is_err());
        assert_eq!(uploader.upload(name(3, false), small()), Ok(()));
    });
    decoder.join().expect("no other panic");
    cache.begin_frame();
    assert_eq!((cache.len(), cache.stats().queued_bytes), (2, 0));
}

/// A name whose first hash waits at the barrier until another thread opens it.
struct Gated(Arc<(AtomicBool, Barrier)>);

impl Hash for Gated {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let (is_passed, gate) = &*self.0;
        if !is_passed.swap(true, Ordering::SeqCst) {
            gate.wait();
            gate.wait();
        }
        hasher.write_u8(0);
    }
}

impl PartialEq for Gated {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gated {}

#[test]
fn stats_wait_for_no_thread_that_is_in_the_queue() {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let mut cache = PixmapCache::new(&device, &queue, &CacheDescriptor::default()).expect("a cache");
    let name = Gated(Arc::new((AtomicBool::new(false), Barrier::new(2))));
    let gate = Arc::clone(&name.0);
    let uploader = cache.uploader();
    let decoder = thread::spawn(move || uploader.upload(name, small()));
    gate.1.wait();
    assert_eq!(cache.stats().queued, 0, "it holds the lock, and isn't queued yet");
    gate.1.wait();
    decoder.join().expect("no panic").expect("room in the queue");
    assert_eq!(cache.stats().queued, 1);
    cache.begin_frame();
    assert_eq!(cache.stats().taken_in, 1);
}
