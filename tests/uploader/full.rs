//! A queue without room: what counts in it, who is refused, who waits.

use std::collections::BTreeSet;
use std::thread;

use pixmap_cache::{Found, UploadDescriptor, UploadError, WhenFull};

use crate::setup::{
    SMALL_BYTES, ask_for_it, cache, cache_with, name, narrow, resident, small, square, still_works,
    until_somebody_waits, upload,
};

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
