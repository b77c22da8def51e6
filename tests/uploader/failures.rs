//! Failures and refusals: remembered for so many frames, at most so many.

use pixmap_cache::{Found, InsertError, RequestError, UploadDescriptor, UploadError};

use crate::setup::{ask, ask_for_it, cache, cache_with, damaged, name, small, still_works, upload};

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
