//! Deliveries for which the cache has no room: kept, tried again, bounded.

use std::collections::BTreeSet;
use std::thread;

use pixmap_cache::{
    CacheDescriptor, Found, InsertError, Pin, PixmapCache, PixmapKey, RequestError, Size, UploadDescriptor,
};

use crate::setup::{
    PAGE_SIDE, SMALL_BYTES, cache, cache_with, damaged, fill_with_pins, look_up, name, narrow, request,
    resident, small, square, upload,
};

#[test]
fn a_delivery_without_room_comes_in_when_there_is_some() {
    for frames in [1, 6, 100] {
        let mut cache = cache();
        let pins = fill_with_pins(&mut cache);
        let refused_before = cache.stats().refused;
        request(&mut cache, "save")
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
                matches!(look_up(&mut cache, "save"), (Found::Pending, None)),
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

/// Fills all pages except for a margin of 8 texels on each, with entries that are in use.
fn fill_to_the_margins(cache: &mut PixmapCache) -> Vec<PixmapKey> {
    let used: Vec<PixmapKey> = std::iter::from_fn(|| cache.insert(&square(28)).ok()).collect();
    assert_eq!(used.len(), 16, "four on each page");
    used
}

#[test]
fn deliveries_without_room_do_not_hold_up_smaller_ones() {
    // Nothing of them is uploaded, so their bytes do not count in a frame.
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
    request(&mut cache, "save")
        .deliver(square(32))
        .expect("room in the queue");
    cache.begin_frame();
    assert_eq!(cache.stats().set_aside, 1);
    upload(&cache, "save", square(9));
    let stats = cache.stats();
    assert_eq!((stats.set_aside, stats.queued, stats.superseded), (0, 1, 1));
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
    assert_eq!(cache.replace(other, &square(5)), Ok(()));
    assert_eq!(cache.stats().set_aside, 0);
    cache.begin_frame();
    assert_eq!(cache.size(inserted), Some(Size::new(8, 8)), "the newest wins");
    assert_eq!(cache.size(other), Some(Size::new(5, 5)), "the newest wins");
}

/// Delivers four pixmaps that find no room, when two may be set aside.
fn overfill(cache: &mut PixmapCache) -> Vec<Pin> {
    let pins = fill_with_pins(cache);
    for number in 0..4 {
        request(cache, &name(number))
            .deliver(small())
            .expect("room in the queue");
        cache.begin_frame();
    }
    pins
}

#[test]
fn what_is_set_aside_is_bounded_and_what_is_given_up_is_requested_again_soon() {
    let mut cache = cache_with(narrow());
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
        let (found, requested) = look_up(&mut cache, &name(number));
        let Found::Failed(RequestError::Refused(InsertError::Full { .. })) = found else {
            panic!("not refused as full: {found:?}");
        };
        assert!(requested.is_none(), "not requested in every frame");
    }
    for number in 2..4 {
        assert!(matches!(
            look_up(&mut cache, &name(number)),
            (Found::Pending, None)
        ));
    }
    drop(pins);
    for _ in 0..30 {
        cache.begin_frame();
    }
    assert!(cache.find("name 2").is_some() && cache.find("name 3").is_some());
    let _again = request(&mut cache, "name 0");
}

#[test]
fn a_failure_remembered_for_a_shorter_time_is_not_remembered_longer_for_being_a_refusal() {
    let mut cache = cache_with(UploadDescriptor {
        retry_after_frames: 1,
        ..narrow()
    });
    let _pins = overfill(&mut cache);
    cache.begin_frame();
    let _again = request(&mut cache, "name 0");
}

#[test]
fn what_can_never_be_taken_is_refused_at_once() {
    let mut cache = cache();
    let _pins = fill_with_pins(&mut cache);
    for pixmap in [square(PAGE_SIDE + 1), square(0), damaged()] {
        request(&mut cache, "save")
            .deliver(pixmap)
            .expect("room in the queue");
        cache.begin_frame();
        assert!(matches!(look_up(&mut cache, "save"), (Found::Failed(_), None)));
        assert_eq!(cache.stats().set_aside, 0);
        assert!(cache.retry("save"));
    }
}

#[test]
fn a_delivery_set_aside_ends_its_request_so_that_others_are_requested() {
    let mut cache = cache_with(UploadDescriptor {
        max_requests: 2,
        ..Default::default()
    });
    let _pins = fill_with_pins(&mut cache);
    for number in 0..2 {
        request(&mut cache, &name(number))
            .deliver(square(32))
            .expect("room in the queue");
    }
    cache.begin_frame();
    assert_eq!((cache.stats().requests, cache.stats().set_aside), (0, 2));
    let _third = request(&mut cache, "another");
}

#[test]
fn what_is_set_aside_lets_waiting_threads_in() {
    let mut cache = cache_with(narrow());
    let _pins = fill_with_pins(&mut cache);
    let uploader = cache.uploader();
    let decoder =
        thread::spawn(move || (0..10).try_for_each(|number| uploader.upload_blocking(name(number), small())));
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
    request(&mut cache, "save").fail("offline");
    assert!(matches!(look_up(&mut cache, "save"), (Found::Failed(_), None)));
    upload(&cache, "save", square(32));
    cache.begin_frame();
    assert!(matches!(look_up(&mut cache, "save"), (Found::Pending, None)));
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

#[test]
fn a_delivery_with_more_tiles_than_the_table_has_is_refused_for_good() {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let descriptor = CacheDescriptor {
        budget_bytes: 4 << 20,
        page_side: Some(PAGE_SIDE),
        max_entries: Some(1000),
        ..Default::default()
    };
    let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &descriptor).expect("a cache");
    request(&mut cache, "canvas")
        .deliver(square(500))
        .expect("room in the queue");
    cache.begin_frame();
    assert_eq!(cache.stats().set_aside, 0, "no later frame has more tiles");
    let (found, _) = look_up(&mut cache, "canvas");
    assert!(
        matches!(
            found,
            Found::Failed(RequestError::Refused(InsertError::TooManyTiles { .. }))
        ),
        "{found:?}"
    );
}
