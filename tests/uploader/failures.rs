//! Failures and refusals: remembered for a number of frames, up to a maximum count.

use pixmap_cache::{Found, InsertError, RequestError, UploadDescriptor};

use crate::setup::{cache, cache_with, damaged, look_up, name, request, small, still_works, upload};

#[test]
fn a_failure_is_remembered_with_its_error() {
    let mut cache = cache();
    request(&mut cache, "save").fail("no such file");
    for _ in 0..5 {
        cache.begin_frame();
        let (found, requested) = look_up(&mut cache, "save");
        assert_eq!(found, Found::Failed(RequestError::Failed("no such file".into())));
        assert!(requested.is_none(), "not requested in every frame");
    }
    assert_eq!(cache.stats().failures, 1);
    still_works(&mut cache);
}

#[test]
fn a_refused_delivery_is_remembered_with_its_error() {
    let mut cache = cache();
    request(&mut cache, "save").deliver(damaged()).expect("room");
    cache.begin_frame();
    let (found, _) = look_up(&mut cache, "save");
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
        request(&mut cache, "save").fail("offline");
        for _ in 0..3 {
            assert!(matches!(look_up(&mut cache, "save"), (Found::Failed(_), None)));
            cache.begin_frame();
        }
    }
    let _again = request(&mut cache, "save");
    assert_eq!(cache.stats().failures, 0, "forgotten while it is tried");
}

#[test]
fn a_failure_is_tried_again_when_the_owner_says_so() {
    let mut cache = cache();
    for name in ["a", "b", "c"] {
        request(&mut cache, name).fail("offline");
        assert!(matches!(look_up(&mut cache, name), (Found::Failed(_), None)));
    }
    assert!(cache.retry("a"));
    assert!(!cache.retry("a"), "nothing is remembered any more");
    let _a = request(&mut cache, "a");
    assert!(matches!(look_up(&mut cache, "b"), (Found::Failed(_), None)));
    cache.retry_all();
    let (_b, _c) = (request(&mut cache, "b"), request(&mut cache, "c"));
}

#[test]
fn a_failure_is_forgotten_when_the_pixmap_comes_after_all() {
    let mut cache = cache();
    request(&mut cache, "save").fail("offline");
    assert!(matches!(look_up(&mut cache, "save"), (Found::Failed(_), None)));
    upload(&cache, "save", small());
    cache.begin_frame();
    assert!(look_up(&mut cache, "save").0.key().is_some());
    assert!(cache.remove_named("save"));
    let _again = request(&mut cache, "save");
}

#[test]
fn the_oldest_of_too_many_failures_is_forgotten() {
    let mut cache = cache_with(UploadDescriptor {
        max_failures: 3,
        ..Default::default()
    });
    for number in 0..1000 {
        request(&mut cache, &name(number)).fail("offline");
        assert!(matches!(
            look_up(&mut cache, &name(number)),
            (Found::Failed(_), None)
        ));
        assert!(cache.stats().failures <= 3, "bounded");
    }
    for number in 997..1000 {
        assert!(matches!(
            look_up(&mut cache, &name(number)),
            (Found::Failed(_), None)
        ));
    }
    let _oldest = request(&mut cache, &name(996));
}

#[test]
fn messages_say_the_remedy() {
    let failed = RequestError::Failed("no such file".into());
    assert!(failed.to_string().contains("no such file"), "{failed}");
    assert!(failed.to_string().contains("retry"), "{failed}");
    let refused = RequestError::from(InsertError::TooManyEntries { max_entries: 9 });
    assert!(refused.to_string().contains("raise max_entries"), "{refused}");
    let closed = RequestError::Closed;
    assert!(closed.to_string().contains("insert"), "{closed}");
}
