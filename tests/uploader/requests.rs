//! Missing names: requested once each, and again after the request has ended.

use std::rc::Rc;

use pixmap_cache::{CacheDescriptor, Found, PixmapCache, Request, Size, UploadDescriptor};

use crate::setup::{cache, cache_with, look_up, name, request, small, square, upload};

#[test]
fn names_that_stay_in_one_thread_can_be_requested() {
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
fn a_missing_name_is_requested_once() {
    let mut cache = cache();
    let request = request(&mut cache, "save");
    assert_eq!(request.name(), "save");
    for _ in 0..5 {
        cache.begin_frame();
        assert!(
            matches!(look_up(&mut cache, "save"), (Found::Pending, None)),
            "in flight"
        );
    }
    request.deliver(small()).expect("room");
    assert!(
        matches!(look_up(&mut cache, "save"), (Found::Pending, None)),
        "queued"
    );
    cache.begin_frame();
    let (found, requested) = look_up(&mut cache, "save");
    assert_eq!(found.key(), cache.find("save"));
    assert!(found.key().is_some() && requested.is_none());
    assert_eq!(cache.stats().requests, 0);
}

#[test]
fn a_name_that_is_gone_again_is_requested_again_and_once() {
    let mut cache = cache();
    for _ in 0..3 {
        let request = request(&mut cache, "save");
        request.deliver(small()).expect("room");
        cache.begin_frame();
        assert!(cache.remove_named("save"));
    }
}

#[test]
fn a_name_in_flight_that_came_and_went_is_not_requested() {
    let mut cache = cache();
    let request = request(&mut cache, "save");
    upload(&cache, "save", small());
    cache.begin_frame();
    assert!(cache.remove_named("save"));
    assert!(matches!(look_up(&mut cache, "save"), (Found::Pending, None)));
    drop(request);
}

#[test]
fn a_name_that_is_queued_is_not_requested() {
    let mut cache = cache();
    upload(&cache, "save", small());
    assert!(matches!(look_up(&mut cache, "save"), (Found::Pending, None)));
}

#[test]
fn a_delivery_superseded_in_the_queue_is_not_requested_again() {
    let mut cache = cache();
    request(&mut cache, "save").deliver(small()).expect("room");
    upload(&cache, "save", square(9));
    assert!(matches!(look_up(&mut cache, "save"), (Found::Pending, None)));
    cache.begin_frame();
    let key = cache.find("save").expect("resident");
    assert_eq!(cache.size(key), Some(Size::new(9, 9)));
}

#[test]
fn an_abandoned_request_is_requested_again() {
    let mut cache = cache();
    drop(request(&mut cache, "save"));
    let _again = request(&mut cache, "save");
}

#[test]
fn beyond_max_requests_nothing_is_requested() {
    let mut cache = cache_with(UploadDescriptor {
        max_requests: 3,
        ..Default::default()
    });
    let mut requests: Vec<Request> = (0..3).map(|n| request(&mut cache, &name(n))).collect();
    for number in 3..1000 {
        assert!(matches!(
            look_up(&mut cache, &name(number)),
            (Found::Pending, None)
        ));
        assert_eq!(cache.stats().requests, 3, "bounded");
    }
    requests.pop().expect("three").fail("offline");
    assert!(
        matches!(look_up(&mut cache, &name(3)), (Found::Pending, None)),
        "not in this frame"
    );
    cache.begin_frame();
    let fourth = request(&mut cache, &name(3));
    assert!(
        matches!(look_up(&mut cache, &name(2)), (Found::Failed(_), None)),
        "not lost"
    );
    fourth.deliver(small()).expect("room");
    cache.begin_frame();
    let _fifth = request(&mut cache, &name(4));
}
