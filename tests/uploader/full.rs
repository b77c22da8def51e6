//! A full queue: what counts in it, and what `upload` and `deliver` give back.

use std::collections::BTreeSet;
use std::error::Error;
use std::thread;

use pixmap_cache::{Found, UploadDescriptor, UploadError};

use crate::setup::{
    SMALL_BYTES, cache, cache_with, fill_queue, look_up, name, narrow, request, resident, small, square,
    still_works, until_threads_wait, upload,
};

#[test]
fn the_smallest_pixmaps_can_not_fill_the_memory() {
    let mut cache = cache_with(UploadDescriptor {
        queue_bytes: 10_000,
        ..Default::default()
    });
    let uploader = cache.uploader();
    let queued = (0..10_000).filter(|number| uploader.upload(name(*number), square(0)).is_ok());
    assert_eq!(queued.count(), 10_000 / 128, "each counts 128 bytes");
    cache.begin_frame();
    still_works(&mut cache);
}

#[test]
fn memory_that_a_pixmap_holds_and_does_not_use_counts() {
    let cache = cache();
    let mut pixmap = small();
    pixmap.bytes.reserve_exact(10_000);
    upload(&cache, "save", pixmap);
    assert!(
        cache.stats().queued_bytes >= 10_000 + SMALL_BYTES,
        "capacity counts, not length"
    );
}

#[test]
fn a_full_queue_gives_name_and_pixmap_back_with_its_numbers() {
    let mut cache = cache_with(narrow());
    let uploader = cache.uploader();
    fill_queue(&cache);
    let returned = ("save".to_owned(), square(9));
    let full = UploadError::QueueFull {
        returned: returned.clone(),
        bytes: 9 * 9 * 4 + 128,
        queued_bytes: 2 * SMALL_BYTES,
        limit_bytes: 2 * SMALL_BYTES,
        waiting: 0,
    };
    let (name, pixmap) = returned;
    let error = uploader.upload(name, pixmap).expect_err("the queue is full");
    assert_eq!(error, full, "what was handed over comes back");
    assert_eq!(cache.stats().queued, 2, "a refusal changes nothing");
    cache.begin_frame();
    let (name, pixmap) = error.into_inner();
    assert_eq!(uploader.upload(name, pixmap), Ok(()), "a frame has made room");
    still_works(&mut cache);
    assert!(
        cache.find("save").is_some(),
        "the second attempt needs no copy of name or pixmap"
    );
}

#[test]
fn the_queue_stays_within_its_bytes_however_much_is_uploaded() {
    let cache = cache_with(narrow());
    let uploader = cache.uploader();
    for number in 0..100 {
        let uploaded = uploader.upload(name(number), square(1 + number % 9));
        let stats = cache.stats();
        assert!(stats.queued_bytes <= 2 * SMALL_BYTES, "bounded: {stats:?}");
        assert!(uploaded.is_ok() || stats.queued > 0, "only a full queue refuses");
    }
    assert_eq!(cache.stats().waiting, 0, "none of them waits");
}

#[test]
fn a_newer_version_that_adds_no_bytes_gets_into_a_full_queue() {
    let mut cache = cache_with(narrow());
    upload(&cache, "a", small());
    upload(&cache, "b", small());
    upload(&cache, "a", square(7));
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["a", "b"]), "both are there");
    let key = cache.find("a").expect("resident");
    assert_eq!(cache.size(key).map(|size| size.width), Some(7), "the newest wins");
}

#[test]
fn a_pixmap_larger_than_the_queue_gets_in_when_it_is_empty() {
    let mut cache = cache_with(narrow());
    let uploader = cache.uploader();
    upload(&cache, "large", square(40));
    let refused = uploader.upload("small".to_owned(), small());
    assert!(
        matches!(refused, Err(UploadError::QueueFull { .. })),
        "it fills the queue: {refused:?}"
    );
    cache.begin_frame();
    assert_eq!(resident(&cache), BTreeSet::from(["large"]), "it came in");
    upload(&cache, "small", small());
}

#[test]
fn an_owner_that_received_the_cache_from_another_thread_never_waits_for_itself() {
    let mut cache = cache_with(narrow());
    let uploader = cache.uploader();
    let owner = thread::spawn(move || {
        let upload = |number| uploader.upload(name(number), small()).is_ok();
        let before = (0..100).filter(|number| upload(*number)).count();
        cache.begin_frame();
        let after = (100..200).filter(|number| upload(*number)).count();
        still_works(&mut cache);
        (before, after)
    });
    assert_eq!(
        owner.join().expect("no panic"),
        (2, 2),
        "as many as the queue holds, in each frame"
    );
}

#[test]
fn a_worker_that_never_waits_can_be_joined_while_the_cache_lives() {
    let mut cache = cache_with(narrow());
    let uploader = cache.uploader();
    let worker = thread::spawn(move || {
        (0..100)
            .filter(|n| uploader.upload(name(*n), small()).is_ok())
            .count()
    });
    assert_eq!(worker.join().expect("no panic"), 2, "the rest is refused");
    still_works(&mut cache);
}

#[test]
fn an_upload_is_refused_while_threads_wait_before_it() {
    let mut cache = cache_with(narrow());
    let uploader = cache.uploader();
    upload(&cache, "first", small());
    let large = cache.uploader();
    let waiting = thread::spawn(move || large.upload_blocking("large".to_owned(), square(12)));
    until_threads_wait(&cache, 1);
    let refused = uploader.upload("small".to_owned(), small());
    assert!(
        matches!(refused, Err(UploadError::QueueFull { waiting: 1, .. })),
        "it would fit, but comes second: {refused:?}"
    );
    cache.begin_frame();
    assert_eq!(
        waiting.join().expect("no panic"),
        Ok(()),
        "the first one is let in"
    );
    still_works(&mut cache);
}

#[test]
fn a_delivery_to_a_full_queue_gives_request_and_pixmap_back() {
    let mut cache = cache_with(narrow());
    fill_queue(&cache);
    let mut refused = None;
    let found = cache.find_or_request("save", |request| refused = request.deliver(small()).err());
    assert_eq!(found, Found::Pending);
    let error = refused.expect("the closure runs on the owner's thread, and does not wait");
    assert!(matches!(error, UploadError::QueueFull { .. }), "{error:?}");
    let (request, pixmap) = error.into_inner();
    assert_eq!((request.name().as_str(), &pixmap), ("save", &small()));
    assert!(
        matches!(look_up(&mut cache, "save"), (Found::Pending, None)),
        "the request goes on"
    );
    cache.begin_frame();
    request.deliver(pixmap).expect("a frame has made room");
    cache.begin_frame();
    assert!(
        cache.find("save").is_some(),
        "the second attempt needs no new job"
    );
    assert_eq!(cache.stats().requests, 0, "the request has ended");
}

#[test]
fn a_request_dropped_with_the_error_is_requested_again() {
    let mut cache = cache_with(narrow());
    fill_queue(&cache);
    let dropped = request(&mut cache, "save");
    drop(dropped.deliver(small()));
    let _again = request(&mut cache, "save");
}

/// Implements neither `Debug` nor `Clone`.
struct Opaque;

#[test]
fn an_error_says_numbers_and_remedy_whatever_it_gives_back() {
    let full: Box<dyn Error> = Box::new(UploadError::QueueFull {
        returned: Opaque,
        bytes: 7,
        queued_bytes: 5,
        limit_bytes: 10,
        waiting: 3,
    });
    let text = full.to_string();
    for part in [
        "7 bytes",
        "5 of 10",
        "3 threads wait",
        "raise queue_bytes",
        "upload_blocking",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let debug = format!("{full:?}");
    assert!(
        debug.contains("queued_bytes: 5") && !debug.contains("returned"),
        "{debug}"
    );
    let closed: Box<dyn Error> = Box::new(UploadError::Closed { returned: Opaque });
    assert!(closed.to_string().contains("end the thread"), "{closed}");
    assert_eq!(format!("{closed:?}"), "Closed { .. }");
}
