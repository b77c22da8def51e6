//! Queued pixmaps come in at `begin_frame`: in order, only the newest version, within the bytes of a frame.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::thread;

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, PixmapCache, PixmapKey, Request, Size, UploadDescriptor, Uploader,
};

use crate::setup::{
    FIXED_BYTES, SMALL_BYTES, cache, cache_with, damaged, name, resident, small, square, still_works, upload,
};

#[test]
fn uploaders_and_requests_go_to_any_thread() {
    fn check<T: Send>() {}
    fn check_shared<T: Clone + Send + Sync>() {}
    // Names need be neither `Clone` nor `Sync`.
    check_shared::<Uploader<Cell<Box<str>>>>();
    check::<Request<Cell<Box<str>>>>();
    check::<PixmapCache<Cell<Box<str>>>>();
}

#[test]
fn what_another_thread_uploads_is_there_after_begin_frame() {
    let mut cache = cache();
    let uploader = cache.uploader();
    let decoder = thread::spawn(move || uploader.upload("save".to_owned(), small()));
    decoder.join().expect("no panic").expect("queued");
    assert_eq!(
        (cache.stats().queued, cache.stats().queued_bytes),
        (1, SMALL_BYTES)
    );
    assert_eq!(cache.find("save"), None, "not before begin_frame");
    cache.begin_frame();
    assert!(cache.find("save").is_some());
    let stats = cache.stats();
    assert_eq!((stats.queued, stats.queued_bytes, stats.taken_in), (0, 0, 1));
}

#[test]
fn of_ten_versions_queued_only_the_last_is_uploaded() {
    let mut cache = cache();
    for side in 1..=10 {
        upload(&cache, "save", square(side));
    }
    cache.begin_frame();
    let key = cache.find("save").expect("resident");
    assert_eq!(cache.size(key), Some(Size::new(10, 10)), "the newest");
    let stats = cache.stats();
    assert_eq!((stats.uploads, stats.superseded), (1, 9));
}

#[test]
fn a_new_version_keeps_the_place_of_the_old_one() {
    let mut cache = cache_with(UploadDescriptor {
        upload_bytes_per_frame: 1,
        ..Default::default()
    });
    for name in ["a", "b", "a"] {
        upload(&cache, name, small());
    }
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["a"]));
}

#[test]
fn an_uploaded_version_keeps_key_and_id_and_the_old_is_drawn_until_then() {
    let mut cache = cache();
    let key = cache.insert_named("save".to_owned(), &small()).expect("room");
    upload(&cache, "save", square(9));
    assert_eq!(cache.find("save"), Some(key));
    assert_eq!(cache.size(key), Some(Size::new(8, 8)), "the old one");
    cache.begin_frame();
    assert_eq!(cache.find("save"), Some(key), "the same key");
    assert_eq!(cache.size(key), Some(Size::new(9, 9)), "the new one");
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_refused_version_leaves_the_old_one_and_is_counted() {
    let mut cache = cache();
    let key = cache.insert_named("save".to_owned(), &small()).expect("room");
    upload(&cache, "save", damaged());
    cache.begin_frame();
    assert_eq!(cache.find("save"), Some(key));
    let stats = cache.stats();
    assert_eq!((stats.refused, stats.taken_in, stats.failures), (1, 0, 1));
    still_works(&mut cache);
}

#[test]
fn a_frame_takes_in_no_more_than_its_bytes() {
    let mut cache = cache_with(UploadDescriptor {
        upload_bytes_per_frame: 3 * SMALL_BYTES,
        ..Default::default()
    });
    for number in 0..7 {
        upload(&cache, &name(number), small());
    }
    let mut taken_in = || {
        cache.begin_frame();
        cache.stats().taken_in
    };
    assert_eq!([taken_in(), taken_in(), taken_in(), taken_in()], [3, 6, 7, 7]);
}

#[test]
fn a_pixmap_larger_than_a_frames_bytes_gets_in_alone() {
    let mut cache = cache_with(UploadDescriptor {
        upload_bytes_per_frame: 2 * SMALL_BYTES,
        ..Default::default()
    });
    upload(&cache, "small", small());
    upload(&cache, "large", square(40));
    upload(&cache, "another", small());
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["small"]));
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["large", "small"]));
    cache.begin_frame();
    assert_eq!(cache.len(), 3);
}

#[test]
fn what_was_queued_comes_in_though_its_uploader_is_gone() {
    let mut cache = cache();
    upload(&cache, "save", small());
    cache.begin_frame();
    assert!(cache.find("save").is_some());
}

#[test]
fn a_delivery_never_costs_what_the_last_frame_used() {
    let mut cache = cache();
    let used: Vec<PixmapKey> = (0..100)
        .map(|_| cache.insert(&square(10)).expect("room"))
        .collect();
    for frame in 0..50 {
        cache.begin_frame();
        assert!(
            used.iter().all(|key| cache.touch(*key)),
            "still there in frame {frame}"
        );
        for number in 0..20 {
            upload(&cache, &name(20 * frame + number), square(10));
        }
    }
    let stats = cache.stats();
    assert!(stats.evictions > 0, "there was no room for all");
    assert!(stats.taken_in > 200, "deliveries were taken in: {stats:?}");
}

/// Under `Stepwise` a larger version may have to wait for the frame after its texture was committed.
#[test]
fn a_larger_version_comes_in_through_a_texture_committed_for_it() {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let descriptor = CacheDescriptor {
        budget_bytes: 16 * 64 * 64 * 4 + FIXED_BYTES,
        commit: CommitPolicy::Stepwise,
        page_side: Some(64),
        max_entries: Some(4095),
        ..Default::default()
    };
    let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
    cache.insert_named("save".to_owned(), &small()).expect("room");
    let pages = cache.page_count();
    let mut others = Vec::new();
    while cache.len() < 8 {
        others.push(cache.insert(&square(28)).expect("room"));
    }
    assert_eq!(cache.page_count(), pages, "the first texture is full enough");
    upload(&cache, "save", square(60));
    for _ in 0..3 {
        cache.begin_frame();
        others.iter().for_each(|key| assert!(cache.touch(*key), "in use"));
    }
    let key = cache.find("save").expect("resident");
    assert_eq!(cache.size(key), Some(Size::new(60, 60)), "the version isn't lost");
    assert_eq!(cache.stats().refused, 0);
    assert!(cache.page_count() > pages);
}
