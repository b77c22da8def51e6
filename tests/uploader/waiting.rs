//! The blocking calls: threads wait for room, in order, and frames let them go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::setup::{
    SMALL_BYTES, cache_with, fill_queue, name, narrow, request, small, square, still_works,
    until_threads_wait,
};

#[test]
fn a_thread_waits_until_the_next_frame_makes_room() {
    let mut cache = cache_with(narrow());
    let uploader = cache.uploader();
    let decoder =
        thread::spawn(move || (0..3).try_for_each(|number| uploader.upload_blocking(name(number), small())));
    until_threads_wait(&cache, 1);
    assert_eq!(cache.stats().queued_bytes, 2 * SMALL_BYTES, "bounded");
    cache.begin_frame();
    assert_eq!(decoder.join().expect("no panic"), Ok(()), "none is refused");
    cache.begin_frame();
    assert_eq!(cache.len(), 3, "none is lost");
}

#[test]
fn the_thread_that_gave_the_cache_away_may_wait() {
    let mut cache = cache_with(narrow());
    let uploader = cache.uploader();
    let is_done = Arc::new(AtomicBool::new(false));
    let owner = {
        let is_done = Arc::clone(&is_done);
        thread::spawn(move || {
            until_threads_wait(&cache, 1);
            while !is_done.load(Ordering::SeqCst) {
                cache.begin_frame();
                cache.flush();
                thread::yield_now();
            }
            cache.begin_frame();
            cache.stats().taken_in
        })
    };
    for number in 0..20 {
        let uploaded = uploader.upload_blocking(name(number), small());
        assert_eq!(uploaded, Ok(()), "no thread is mistaken for the owner's");
    }
    is_done.store(true, Ordering::SeqCst);
    assert_eq!(owner.join().expect("no panic"), 20, "none is lost");
}

#[test]
fn a_delivery_waits_until_the_next_frame_makes_room() {
    let mut cache = cache_with(narrow());
    let request = request(&mut cache, "save");
    fill_queue(&cache);
    let job = thread::spawn(move || request.deliver_blocking(small()).map_err(Box::new));
    until_threads_wait(&cache, 1);
    cache.begin_frame();
    job.join().expect("no panic").expect("a frame has made room");
    cache.begin_frame();
    assert!(cache.find("save").is_some(), "it is delivered");
    assert_eq!(cache.stats().requests, 0, "the request has ended");
}

#[test]
fn a_newer_version_ends_the_wait_of_an_older_one() {
    let mut cache = cache_with(narrow());
    fill_queue(&cache);
    let upload = |side| {
        let uploader = cache.uploader();
        thread::spawn(move || uploader.upload_blocking("save".to_owned(), square(side)))
    };
    let older = upload(4);
    until_threads_wait(&cache, 1);
    let newer = upload(5);
    assert_eq!(
        older.join().expect("no panic"),
        Ok(()),
        "before a frame makes room"
    );
    until_threads_wait(&cache, 1);
    cache.begin_frame();
    assert_eq!(newer.join().expect("no panic"), Ok(()));
    still_works(&mut cache);
    let key = cache.find("save").expect("resident");
    assert_eq!(cache.size(key).map(|size| size.width), Some(5), "the newest wins");
    assert_eq!(cache.stats().superseded, 1, "the older one is counted");
}
