//! Pixmaps from other threads and names asked for: each rule of the public docs, each error, each limit.
//!
//! On wgpu's noop device, which validates and draws nothing; pixels are compared in `upload_stress.rs`.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, Found, InsertError, PixelFormat, PixmapBuf, PixmapCache, PixmapKey,
    Request, RequestError, Size, UploadDescriptor, UploadError, Uploader, WhenFull,
};

const PAGE_SIDE: u32 = 64;
const PAGES: u64 = 4;
/// What a cache holds beside its pages: four rows of the region table, and a placeholder.
const FIXED_BYTES: u64 = 4 * 1024 * 16 + 512;
/// A pixmap of 8 x 8 in the queue: its bytes and 128 more.
const SMALL_BYTES: u64 = 8 * 8 * 4 + 128;

/// Four pages of 64 x 64.
fn cache_with(uploads: UploadDescriptor) -> PixmapCache {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let page_bytes = u64::from(PAGE_SIDE * PAGE_SIDE * 4);
    let descriptor = CacheDescriptor {
        budget_bytes: PAGES * page_bytes + FIXED_BYTES,
        commit: CommitPolicy::Upfront,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(4095),
        idle: None,
        uploads,
        ..Default::default()
    };
    PixmapCache::new(&device, &queue, &descriptor).expect("a cache")
}

fn cache() -> PixmapCache {
    cache_with(UploadDescriptor::default())
}

/// Room for two small pixmaps.
fn narrow(when_full: WhenFull) -> UploadDescriptor {
    UploadDescriptor {
        queue_bytes: 2 * SMALL_BYTES,
        when_full,
        ..Default::default()
    }
}

fn square(side: u32) -> PixmapBuf {
    let bytes = vec![200; (side * side * 4) as usize];
    PixmapBuf::new(PixelFormat::Rgba8, Size::new(side, side), bytes)
}

fn small() -> PixmapBuf {
    square(8)
}

/// One byte too few.
fn damaged() -> PixmapBuf {
    let mut pixmap = small();
    pixmap.bytes.truncate(255);
    pixmap
}

fn name(number: u32) -> String {
    format!("name {number}")
}

fn upload(cache: &PixmapCache, name: &str, pixmap: PixmapBuf) {
    let uploaded = cache.uploader().upload(name.to_owned(), pixmap);
    uploaded.expect("room in the queue");
}

fn resident(cache: &PixmapCache) -> BTreeSet<&str> {
    let names = cache.iter().filter_map(|(_, name)| name);
    names.map(String::as_str).collect()
}

/// Waits for a thread to wait; without one the test doesn't end.
fn until_somebody_waits(cache: &PixmapCache) {
    while cache.stats().waiting == 0 {
        thread::yield_now();
    }
}

/// Asks and keeps the request, if there was one.
fn ask(cache: &mut PixmapCache, name: &str) -> (Found, Option<Request>) {
    let mut asked = None;
    let found = cache.find_or_request(name, |request| asked = Some(request));
    (found, asked)
}

fn ask_for_it(cache: &mut PixmapCache, name: &str) -> Request {
    let (found, asked) = ask(cache, name);
    assert_eq!(found, Found::Pending);
    asked.expect("a missing name is asked for")
}

fn still_works(cache: &mut PixmapCache) {
    cache.begin_frame();
    upload(cache, "afterwards", small());
    cache.begin_frame();
    assert!(cache.find("afterwards").is_some(), "the cache still works");
    cache.flush();
}

/// Fills every page with an entry that stays in use.
fn fill_with_pins(cache: &mut PixmapCache) -> Vec<pixmap_cache::Pin> {
    let keys: Vec<PixmapKey> = std::iter::from_fn(|| cache.insert(&square(PAGE_SIDE)).ok()).collect();
    assert!(!keys.is_empty());
    keys.into_iter()
        .map(|key| cache.pin(key).expect("alive"))
        .collect()
}

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
fn names_that_stay_in_one_thread_can_be_asked_for() {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let mut cache: PixmapCache<Rc<str>> =
        PixmapCache::new(&device, &queue, &CacheDescriptor::default()).expect("a cache");
    let name: Rc<str> = Rc::from("save");
    let found = cache.find_or_request(&name, |request| request.deliver(small()).expect("room"));
    assert_eq!(found, Found::Pending);
    cache.begin_frame();
    assert!(cache.find("save").is_some());
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
    assert_eq!((stats.uploads, stats.displaced), (1, 9));
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
fn the_smallest_pixmaps_can_not_fill_the_memory() {
    let mut cache = cache_with(UploadDescriptor {
        queue_bytes: 10_000,
        when_full: WhenFull::Refuse,
        ..Default::default()
    });
    let uploader = cache.uploader();
    let queued = (0..10_000).filter(|number| uploader.upload(name(*number), square(0)).is_ok());
    assert_eq!(queued.count(), 10_000 / 128);
    cache.begin_frame();
    still_works(&mut cache);
}

#[test]
fn memory_that_a_pixmap_holds_and_does_not_use_counts() {
    let cache = cache();
    let mut pixmap = small();
    pixmap.bytes.reserve_exact(10_000);
    upload(&cache, "save", pixmap);
    assert!(cache.stats().queued_bytes >= 10_000 + SMALL_BYTES);
}

#[test]
fn a_full_queue_refuses_when_told_so() {
    let mut cache = cache_with(narrow(WhenFull::Refuse));
    let uploader = cache.uploader();
    upload(&cache, "a", small());
    upload(&cache, "b", small());
    let full = UploadError::QueueFull {
        bytes: SMALL_BYTES,
        queued_bytes: 2 * SMALL_BYTES,
        limit_bytes: 2 * SMALL_BYTES,
    };
    assert_eq!(uploader.upload("c".to_owned(), small()), Err(full));
    assert_eq!(
        uploader.upload("a".to_owned(), small()),
        Ok(()),
        "no more bytes than before"
    );
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["a", "b"]));
    still_works(&mut cache);
}

#[test]
fn a_full_queue_drops_the_oldest_when_told_so() {
    let mut cache = cache_with(narrow(WhenFull::ReplaceOldest));
    for number in 0..5 {
        upload(&cache, &name(number), small());
        assert!(cache.stats().queued_bytes <= 2 * SMALL_BYTES, "bounded");
    }
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["name 3", "name 4"]));
    assert_eq!(cache.stats().displaced, 3);
}

#[test]
fn a_full_queue_lets_a_thread_wait_for_the_next_frame() {
    let mut cache = cache_with(narrow(WhenFull::Wait));
    let uploader = cache.uploader();
    let decoder = thread::spawn(move || (0..3).try_for_each(|number| uploader.upload(name(number), small())));
    until_somebody_waits(&cache);
    assert_eq!(cache.stats().queued_bytes, 2 * SMALL_BYTES);
    cache.begin_frame();
    assert_eq!(decoder.join().expect("no panic"), Ok(()));
    cache.begin_frame();
    assert_eq!(cache.len(), 3);
}

#[test]
fn each_uploader_can_choose_what_a_full_queue_does() {
    let cache = cache_with(narrow(WhenFull::Wait));
    let mut uploader = cache.uploader();
    uploader.when_full = WhenFull::Refuse;
    let impatient = uploader.clone();
    let upload = |number| impatient.upload(name(number), small());
    assert_eq!((upload(0), upload(1)), (Ok(()), Ok(())));
    assert!(matches!(upload(2), Err(UploadError::QueueFull { .. })));
}

#[test]
fn the_owner_is_refused_instead_of_waiting_for_itself() {
    let mut cache = cache_with(narrow(WhenFull::Wait));
    cache.begin_frame();
    let uploader = cache.uploader();
    let upload = |number| uploader.upload(name(number), small());
    assert_eq!((upload(0), upload(1)), (Ok(()), Ok(())));
    assert!(matches!(upload(2), Err(UploadError::QueueFull { .. })));
    still_works(&mut cache);
}

#[test]
fn the_owner_is_refused_before_its_first_frame_too() {
    let mut cache = cache_with(narrow(WhenFull::Wait));
    let uploader = cache.uploader();
    let upload = |number| uploader.upload(name(number), small());
    assert_eq!((upload(0), upload(1)), (Ok(()), Ok(())));
    assert!(matches!(upload(2), Err(UploadError::QueueFull { .. })));
    still_works(&mut cache);
}

#[test]
fn a_job_run_by_the_owner_is_refused_instead_of_waiting() {
    let mut cache = cache_with(narrow(WhenFull::Wait));
    let mut refused = 0;
    for number in 0..3 {
        let asked = cache.find_or_request(name(number).as_str(), |request| {
            refused += u32::from(request.deliver(small()).is_err());
        });
        assert_eq!(asked, Found::Pending);
    }
    assert_eq!(refused, 1);
    still_works(&mut cache);
}

#[test]
fn a_pixmap_larger_than_the_queue_gets_in_when_it_is_empty() {
    let mut cache = cache_with(narrow(WhenFull::Refuse));
    let uploader = cache.uploader();
    upload(&cache, "large", square(40));
    let refused = uploader.upload("small".to_owned(), small());
    assert!(matches!(refused, Err(UploadError::QueueFull { .. })));
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["large"]));
    upload(&cache, "small", small());
}

#[test]
fn dropping_the_cache_ends_waiting_uploaders() {
    let cache = cache_with(narrow(WhenFull::Wait));
    let decoders: Vec<_> = (0..4)
        .map(|decoder| {
            let uploader = cache.uploader();
            thread::spawn(move || {
                loop {
                    for number in 0..10 {
                        if let Err(error) = uploader.upload(name(10 * decoder + number), small()) {
                            return error;
                        }
                    }
                }
            })
        })
        .collect();
    until_somebody_waits(&cache);
    drop(cache);
    for decoder in decoders {
        assert_eq!(decoder.join().expect("no panic"), UploadError::Closed);
    }
}

#[test]
fn nothing_is_queued_for_a_cache_that_is_gone() {
    let mut cache = cache();
    let uploader = cache.uploader();
    let request = ask_for_it(&mut cache, "save");
    drop(cache);
    assert_eq!(
        uploader.upload("save".to_owned(), small()),
        Err(UploadError::Closed)
    );
    assert_eq!(request.deliver(small()), Err(UploadError::Closed));
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

#[test]
fn a_delivery_without_room_comes_in_when_there_is_some() {
    for frames in [1, 6, 100] {
        let mut cache = cache();
        let pins = fill_with_pins(&mut cache);
        let refused_before = cache.stats().refused;
        ask_for_it(&mut cache, "save")
            .deliver(square(32))
            .expect("room in the queue");
        for frame in 0..frames {
            cache.begin_frame();
            assert_eq!(
                cache.stats().refused,
                refused_before,
                "not refused in frame {frame}"
            );
            assert!(
                matches!(ask(&mut cache, "save"), (Found::Pending, None)),
                "on its way in frame {frame}"
            );
        }
        drop(pins);
        for _ in 0..2 {
            cache.begin_frame();
        }
        assert!(
            cache.find("save").is_some(),
            "there is room, after {frames} frames without"
        );
    }
}

#[test]
fn a_delivery_that_had_no_room_counts_in_the_frame_that_takes_it_in() {
    let mut cache = cache_with(UploadDescriptor {
        upload_bytes_per_frame: 3 * SMALL_BYTES,
        ..Default::default()
    });
    let pins = fill_with_pins(&mut cache);
    for number in 0..6 {
        upload(&cache, &name(number), small());
    }
    cache.begin_frame();
    assert_eq!(cache.stats().taken_in, 0);
    drop(pins);
    cache.begin_frame();
    assert_eq!(
        resident(&cache),
        BTreeSet::from(["name 0", "name 1", "name 2"]),
        "in the order in which they came"
    );
}

/// Fills the pages, but for a margin of 8 on each, with entries that are in use.
fn fill_to_the_margins(cache: &mut PixmapCache) -> Vec<PixmapKey> {
    let used: Vec<PixmapKey> = std::iter::from_fn(|| cache.insert(&square(28)).ok()).collect();
    assert_eq!(used.len(), 16, "four on each page");
    used
}

#[test]
fn deliveries_without_room_do_not_hold_up_smaller_ones() {
    // Their bytes count in no frame: nothing of them is uploaded.
    let mut cache = cache_with(UploadDescriptor {
        upload_bytes_per_frame: SMALL_BYTES,
        ..Default::default()
    });
    let used = fill_to_the_margins(&mut cache);
    let refused_before = cache.stats().refused;
    for number in 0..50 {
        upload(&cache, &name(number), square(PAGE_SIDE));
    }
    upload(&cache, "small", square(4));
    cache.begin_frame();
    assert!(used.iter().all(|key| cache.touch(*key)), "what is in use stays");
    assert!(cache.find("small").is_some(), "it has room in the first frame");
    let stats = cache.stats();
    assert_eq!((stats.set_aside, stats.queued), (50, 0), "the rest is set aside");
    assert_eq!(stats.refused, refused_before, "set aside is not refused");
}

#[test]
fn hundreds_of_deliveries_without_room_let_others_pass_frame_by_frame() {
    let mut cache = cache();
    let used = fill_to_the_margins(&mut cache);
    for number in 0..500 {
        upload(&cache, &name(number), square(PAGE_SIDE));
    }
    for number in 500..510 {
        upload(&cache, &name(number), square(4));
    }
    let mut frames = 0;
    while cache.find(name(509).as_str()).is_none() {
        cache.begin_frame();
        assert!(used.iter().all(|key| cache.touch(*key)), "what is in use stays");
        frames += 1;
        assert!(frames < 10, "held up by what is set aside");
    }
    assert!(frames > 1, "a frame tries a bounded number of them");
    assert_eq!(cache.stats().set_aside, 500);
}

#[test]
fn what_was_set_aside_comes_in_before_what_is_queued() {
    let mut cache = cache_with(UploadDescriptor {
        upload_bytes_per_frame: 2 * SMALL_BYTES,
        ..Default::default()
    });
    let pins = fill_with_pins(&mut cache);
    upload(&cache, "first", small());
    upload(&cache, "second", small());
    cache.begin_frame();
    upload(&cache, "third", small());
    drop(pins);
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["first", "second"]));
    cache.begin_frame();
    assert!(cache.find("third").is_some());
}

#[test]
fn a_newer_version_takes_the_place_of_one_set_aside() {
    let mut cache = cache();
    let pins = fill_with_pins(&mut cache);
    ask_for_it(&mut cache, "save")
        .deliver(square(32))
        .expect("room in the queue");
    cache.begin_frame();
    assert_eq!(cache.stats().set_aside, 1);
    upload(&cache, "save", square(9));
    let stats = cache.stats();
    assert_eq!((stats.set_aside, stats.queued, stats.displaced), (0, 1, 1));
    drop(pins);
    cache.begin_frame();
    cache.begin_frame();
    let key = cache.find("save").expect("resident");
    assert_eq!(cache.size(key), Some(Size::new(9, 9)), "the newest wins");
    assert_eq!(cache.stats().taken_in, 1, "the older one is never uploaded");
}

#[test]
fn what_the_owner_inserts_is_newer_than_what_was_set_aside() {
    let mut cache = cache();
    let pins = fill_with_pins(&mut cache);
    upload(&cache, "inserted", square(32));
    upload(&cache, "replaced", square(32));
    cache.begin_frame();
    assert_eq!(cache.stats().set_aside, 2);
    drop(pins);
    let inserted = cache.insert_named("inserted".to_owned(), &small()).expect("room");
    let other = cache
        .insert_named("replaced".to_owned(), &square(4))
        .expect("room");
    assert_eq!(cache.replace(other, &square(5)), Ok(true));
    assert_eq!(cache.stats().set_aside, 0);
    cache.begin_frame();
    assert_eq!(cache.size(inserted), Some(Size::new(8, 8)), "the newest wins");
    assert_eq!(cache.size(other), Some(Size::new(5, 5)), "the newest wins");
}

/// Four deliveries without room, where two may be set aside.
fn overfill(cache: &mut PixmapCache) -> Vec<pixmap_cache::Pin> {
    let pins = fill_with_pins(cache);
    for number in 0..4 {
        ask_for_it(cache, &name(number))
            .deliver(small())
            .expect("room in the queue");
        cache.begin_frame();
    }
    pins
}

#[test]
fn what_is_set_aside_is_bounded_and_what_is_given_up_is_asked_for_again_soon() {
    let mut cache = cache_with(narrow(WhenFull::Refuse));
    let refused_before = cache.stats().refused;
    let pins = overfill(&mut cache);
    let stats = cache.stats();
    assert_eq!((stats.set_aside, stats.set_aside_bytes), (2, 2 * SMALL_BYTES));
    assert_eq!(
        stats.refused - refused_before,
        3,
        "two deliveries, and one to fill the cache"
    );
    for number in 0..2 {
        let (found, asked) = ask(&mut cache, &name(number));
        let Found::Failed(RequestError::Refused(InsertError::Full { .. })) = found else {
            panic!("not refused as full: {found:?}");
        };
        assert!(asked.is_none(), "not asked for in every frame");
    }
    for number in 2..4 {
        assert!(matches!(ask(&mut cache, &name(number)), (Found::Pending, None)));
    }
    drop(pins);
    for _ in 0..30 {
        cache.begin_frame();
    }
    assert!(cache.find("name 2").is_some() && cache.find("name 3").is_some());
    let _again = ask_for_it(&mut cache, "name 0");
}

#[test]
fn a_failure_remembered_for_a_shorter_time_is_not_remembered_longer_for_being_a_refusal() {
    let mut cache = cache_with(UploadDescriptor {
        retry_after_frames: 1,
        ..narrow(WhenFull::Refuse)
    });
    let _pins = overfill(&mut cache);
    cache.begin_frame();
    let _again = ask_for_it(&mut cache, "name 0");
}

#[test]
fn what_can_never_be_taken_is_refused_at_once() {
    let mut cache = cache();
    let _pins = fill_with_pins(&mut cache);
    for pixmap in [square(PAGE_SIDE + 1), square(0), damaged()] {
        ask_for_it(&mut cache, "save")
            .deliver(pixmap)
            .expect("room in the queue");
        cache.begin_frame();
        assert!(matches!(ask(&mut cache, "save"), (Found::Failed(_), None)));
        assert_eq!(cache.stats().set_aside, 0);
        assert!(cache.retry("save"));
    }
}

#[test]
fn a_delivery_set_aside_ends_its_request_so_that_others_are_asked_for() {
    let mut cache = cache_with(UploadDescriptor {
        max_requests: 2,
        ..Default::default()
    });
    let _pins = fill_with_pins(&mut cache);
    for number in 0..2 {
        ask_for_it(&mut cache, &name(number))
            .deliver(square(32))
            .expect("room in the queue");
    }
    cache.begin_frame();
    assert_eq!((cache.stats().requests, cache.stats().set_aside), (0, 2));
    let _third = ask_for_it(&mut cache, "another");
}

#[test]
fn what_is_set_aside_lets_waiting_threads_in() {
    let mut cache = cache_with(narrow(WhenFull::Wait));
    let _pins = fill_with_pins(&mut cache);
    let uploader = cache.uploader();
    let decoder =
        thread::spawn(move || (0..10).try_for_each(|number| uploader.upload(name(number), small())));
    while !decoder.is_finished() {
        cache.begin_frame();
        assert!(cache.stats().set_aside_bytes <= 2 * SMALL_BYTES, "bounded");
        thread::yield_now();
    }
    assert_eq!(
        decoder.join().expect("no panic"),
        Ok(()),
        "no thread waits for a crowd to go"
    );
}

#[test]
fn a_failed_name_whose_new_version_is_set_aside_is_pending() {
    let mut cache = cache();
    let _pins = fill_with_pins(&mut cache);
    ask_for_it(&mut cache, "save").fail("offline");
    assert!(matches!(ask(&mut cache, "save"), (Found::Failed(_), None)));
    upload(&cache, "save", square(32));
    cache.begin_frame();
    assert!(matches!(ask(&mut cache, "save"), (Found::Pending, None)));
}

#[test]
fn what_is_set_aside_survives_the_loss_of_the_device() {
    let mut cache = cache();
    let pins = fill_with_pins(&mut cache);
    upload(&cache, "save", square(32));
    cache.begin_frame();
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    cache.recreate(&device, &queue).expect("the same limits");
    cache.begin_frame();
    assert!(
        cache.find("save").is_some(),
        "nothing else is left on the new device"
    );
    drop(pins);
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

#[test]
fn a_missing_name_is_asked_for_once() {
    let mut cache = cache();
    let request = ask_for_it(&mut cache, "save");
    assert_eq!(request.name(), "save");
    for _ in 0..5 {
        cache.begin_frame();
        assert!(
            matches!(ask(&mut cache, "save"), (Found::Pending, None)),
            "in flight"
        );
    }
    request.deliver(small()).expect("room");
    assert!(
        matches!(ask(&mut cache, "save"), (Found::Pending, None)),
        "queued"
    );
    cache.begin_frame();
    let (found, asked) = ask(&mut cache, "save");
    assert_eq!(found.key(), cache.find("save"));
    assert!(found.key().is_some() && asked.is_none());
    assert_eq!(cache.stats().requests, 0);
}

#[test]
fn a_name_that_is_gone_again_is_asked_for_again_and_once() {
    let mut cache = cache();
    for _ in 0..3 {
        let request = ask_for_it(&mut cache, "save");
        request.deliver(small()).expect("room");
        cache.begin_frame();
        assert!(cache.remove_named("save"));
    }
}

#[test]
fn a_name_in_flight_that_came_and_went_is_not_asked_for() {
    let mut cache = cache();
    let request = ask_for_it(&mut cache, "save");
    upload(&cache, "save", small());
    cache.begin_frame();
    assert!(cache.remove_named("save"));
    assert!(matches!(ask(&mut cache, "save"), (Found::Pending, None)));
    drop(request);
}

#[test]
fn a_name_that_is_queued_is_not_asked_for() {
    let mut cache = cache();
    upload(&cache, "save", small());
    assert!(matches!(ask(&mut cache, "save"), (Found::Pending, None)));
}

#[test]
fn a_delivery_superseded_in_the_queue_is_not_asked_for_again() {
    let mut cache = cache();
    ask_for_it(&mut cache, "save").deliver(small()).expect("room");
    upload(&cache, "save", square(9));
    assert!(matches!(ask(&mut cache, "save"), (Found::Pending, None)));
    cache.begin_frame();
    let key = cache.find("save").expect("resident");
    assert_eq!(cache.size(key), Some(Size::new(9, 9)));
}

#[test]
fn a_delivery_dropped_for_others_is_asked_for_again() {
    let mut cache = cache_with(narrow(WhenFull::ReplaceOldest));
    ask_for_it(&mut cache, "save").deliver(small()).expect("room");
    upload(&cache, "a", small());
    upload(&cache, "b", small());
    let _again = ask_for_it(&mut cache, "save");
}

#[test]
fn as_many_of_the_oldest_are_dropped_as_it_takes() {
    let cache = cache_with(UploadDescriptor {
        queue_bytes: 3 * SMALL_BYTES,
        when_full: WhenFull::ReplaceOldest,
        ..Default::default()
    });
    for number in 0..3 {
        upload(&cache, &name(number), small());
    }
    upload(&cache, "large", square(12));
    let stats = cache.stats();
    assert_eq!((stats.queued, stats.displaced), (2, 2));
    assert!(stats.queued_bytes <= 3 * SMALL_BYTES, "bounded");
}

#[test]
fn a_delivery_that_a_full_queue_refuses_abandons_its_request() {
    let mut cache = cache_with(narrow(WhenFull::Refuse));
    upload(&cache, "a", small());
    upload(&cache, "b", small());
    let request = ask_for_it(&mut cache, "save");
    assert!(matches!(
        request.deliver(small()),
        Err(UploadError::QueueFull { .. })
    ));
    let mut again = ask_for_it(&mut cache, "save");
    again.when_full = WhenFull::ReplaceOldest;
    again.deliver(small()).expect("the oldest makes room");
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["b", "save"]));
}

#[test]
fn an_abandoned_request_is_asked_for_again() {
    let mut cache = cache();
    drop(ask_for_it(&mut cache, "save"));
    let _again = ask_for_it(&mut cache, "save");
}

#[test]
fn a_job_that_panics_abandons_its_request() {
    let mut cache = cache();
    let request = ask_for_it(&mut cache, "save");
    let job = thread::spawn(move || {
        let _request = request;
        panic!("a decoder's bug, expected here");
    });
    assert!(job.join().is_err());
    cache.begin_frame();
    let again = ask_for_it(&mut cache, "save");
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
    let _again = ask_for_it(&mut cache, "save");
    still_works(&mut cache);
}

/// A name whose hash panics when it says so.
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

/// A name whose first hash waits in the gate, for a thread that comes to open it.
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

#[test]
fn a_failure_is_remembered_with_its_error() {
    let mut cache = cache();
    ask_for_it(&mut cache, "save").fail("no such file");
    for _ in 0..5 {
        cache.begin_frame();
        let (found, asked) = ask(&mut cache, "save");
        assert_eq!(found, Found::Failed(RequestError::Failed("no such file".into())));
        assert!(asked.is_none(), "not asked for every frame");
    }
    assert_eq!(cache.stats().failures, 1);
    still_works(&mut cache);
}

#[test]
fn a_refused_delivery_is_remembered_with_its_error() {
    let mut cache = cache();
    ask_for_it(&mut cache, "save").deliver(damaged()).expect("room");
    cache.begin_frame();
    let (found, _) = ask(&mut cache, "save");
    let error = InsertError::WrongLength {
        expected: 256,
        got: 255,
    };
    assert_eq!(found, Found::Failed(RequestError::Refused(error)));
    assert_eq!(cache.stats().requests, 0);
    still_works(&mut cache);
}

#[test]
fn a_failure_is_tried_again_after_so_many_frames() {
    let mut cache = cache_with(UploadDescriptor {
        retry_after_frames: 3,
        ..Default::default()
    });
    for _ in 0..2 {
        ask_for_it(&mut cache, "save").fail("offline");
        for _ in 0..3 {
            assert!(matches!(ask(&mut cache, "save"), (Found::Failed(_), None)));
            cache.begin_frame();
        }
    }
    let _again = ask_for_it(&mut cache, "save");
    assert_eq!(cache.stats().failures, 0, "forgotten while it is tried");
}

#[test]
fn a_failure_is_tried_again_when_the_owner_says_so() {
    let mut cache = cache();
    for name in ["a", "b", "c"] {
        ask_for_it(&mut cache, name).fail("offline");
        assert!(matches!(ask(&mut cache, name), (Found::Failed(_), None)));
    }
    assert!(cache.retry("a"));
    assert!(!cache.retry("a"), "nothing is remembered any more");
    let _a = ask_for_it(&mut cache, "a");
    assert!(matches!(ask(&mut cache, "b"), (Found::Failed(_), None)));
    cache.retry_all();
    let (_b, _c) = (ask_for_it(&mut cache, "b"), ask_for_it(&mut cache, "c"));
}

#[test]
fn a_failure_is_forgotten_when_the_pixmap_comes_after_all() {
    let mut cache = cache();
    ask_for_it(&mut cache, "save").fail("offline");
    assert!(matches!(ask(&mut cache, "save"), (Found::Failed(_), None)));
    upload(&cache, "save", small());
    cache.begin_frame();
    assert!(ask(&mut cache, "save").0.key().is_some());
    assert!(cache.remove_named("save"));
    let _again = ask_for_it(&mut cache, "save");
}

#[test]
fn the_oldest_of_too_many_failures_is_forgotten() {
    let mut cache = cache_with(UploadDescriptor {
        max_failures: 3,
        ..Default::default()
    });
    for number in 0..1000 {
        ask_for_it(&mut cache, &name(number)).fail("offline");
        assert!(matches!(ask(&mut cache, &name(number)), (Found::Failed(_), None)));
        assert!(cache.stats().failures <= 3, "bounded");
    }
    for number in 997..1000 {
        assert!(matches!(ask(&mut cache, &name(number)), (Found::Failed(_), None)));
    }
    let _oldest = ask_for_it(&mut cache, &name(996));
}

#[test]
fn beyond_the_most_requests_nothing_is_asked_for() {
    let mut cache = cache_with(UploadDescriptor {
        max_requests: 3,
        ..Default::default()
    });
    let mut requests: Vec<Request> = (0..3).map(|n| ask_for_it(&mut cache, &name(n))).collect();
    for number in 3..1000 {
        assert!(matches!(ask(&mut cache, &name(number)), (Found::Pending, None)));
        assert_eq!(cache.stats().requests, 3, "bounded");
    }
    requests.pop().expect("three").fail("offline");
    assert!(
        matches!(ask(&mut cache, &name(3)), (Found::Pending, None)),
        "not in this frame"
    );
    cache.begin_frame();
    let fourth = ask_for_it(&mut cache, &name(3));
    assert!(
        matches!(ask(&mut cache, &name(2)), (Found::Failed(_), None)),
        "not lost"
    );
    fourth.deliver(small()).expect("room");
    cache.begin_frame();
    let _fifth = ask_for_it(&mut cache, &name(4));
}

#[test]
fn messages_say_the_remedy() {
    let full = UploadError::QueueFull {
        bytes: 7,
        queued_bytes: 5,
        limit_bytes: 10,
    };
    assert!(full.to_string().contains("raise queue_bytes"), "{full}");
    assert!(UploadError::Closed.to_string().contains("end the thread"));
    let failed = RequestError::Failed("no such file".into());
    assert!(failed.to_string().contains("no such file"), "{failed}");
    assert!(failed.to_string().contains("retry"), "{failed}");
    let refused = RequestError::from(InsertError::TooManyEntries { max_entries: 9 });
    assert!(refused.to_string().contains("raise max_entries"), "{refused}");
}
