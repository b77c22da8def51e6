//! The end of a queue, when uploads are closed or the cache is dropped.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use pixmap_cache::{CacheDescriptor, Found, PixmapBuf, PixmapCache, RequestError, UploadError};

use crate::setup::{
    cache, cache_with, fill_queue, fill_with_pins, look_up, name, narrow, request, small, square,
    until_threads_wait, upload,
};

type Refused = UploadError<(String, PixmapBuf)>;

/// Starts four threads that upload until they are refused.
fn upload_until_refused(cache: &PixmapCache) -> Vec<JoinHandle<Refused>> {
    let start = |decoder: u32| {
        let uploader = cache.uploader();
        thread::spawn(move || {
            let mut numbers = (10 * decoder..10 * decoder + 10).cycle();
            loop {
                let number = numbers.next().expect("it repeats");
                if let Err(error) = uploader.upload_blocking(name(number), small()) {
                    return error;
                }
            }
        })
    };
    (0..4).map(start).collect()
}

fn check_closed(decoders: Vec<JoinHandle<Refused>>) {
    for decoder in decoders {
        let error = decoder.join().expect("no panic");
        assert!(matches!(error, UploadError::Closed { .. }), "{error:?}");
        let (name, pixmap) = error.into_inner();
        assert!(
            name.starts_with("name ") && pixmap == small(),
            "what was handed over comes back"
        );
    }
}

#[test]
fn dropping_the_cache_ends_every_wait() {
    let cache = cache_with(narrow());
    let decoders = upload_until_refused(&cache);
    until_threads_wait(&cache, 4);
    drop(cache);
    check_closed(decoders);
}

#[test]
fn closing_uploads_ends_every_wait_so_that_threads_can_be_joined() {
    let mut cache = cache_with(narrow());
    let decoders = upload_until_refused(&cache);
    until_threads_wait(&cache, 4);
    cache.close_uploads();
    check_closed(decoders);
    assert_eq!(cache.stats().waiting, 0, "no thread is left");
    cache.begin_frame();
    assert_eq!(cache.stats().taken_in, 2, "what was queued comes in");
}

#[test]
fn closing_uploads_gives_a_waiting_request_back() {
    let mut cache = cache_with(narrow());
    let request = request(&mut cache, "save");
    fill_queue(&cache);
    let job = thread::spawn(move || request.deliver_blocking(square(9)).map_err(Box::new));
    until_threads_wait(&cache, 1);
    cache.close_uploads();
    let error = job.join().expect("no panic").expect_err("closed");
    assert!(matches!(*error, UploadError::Closed { .. }), "{error:?}");
    let (request, pixmap) = error.into_inner();
    assert_eq!((request.name().as_str(), pixmap), ("save", square(9)));
    drop(request);
    let closed = Found::Failed(RequestError::Closed);
    assert_eq!(look_up(&mut cache, "save").0, closed, "a dropped request ends");
}

#[test]
fn nothing_is_accepted_after_closing() {
    let mut cache = cache();
    let uploader = cache.uploader();
    let requests = [request(&mut cache, "a"), request(&mut cache, "b")];
    cache.close_uploads();
    let returned = ("save".to_owned(), small());
    let closed = Err(UploadError::Closed {
        returned: returned.clone(),
    });
    assert_eq!(uploader.upload(returned.0.clone(), small()), closed);
    assert_eq!(uploader.upload_blocking(returned.0, small()), closed);
    let [a, b] = requests;
    for delivered in [a.deliver(small()), b.deliver_blocking(small())] {
        assert!(
            matches!(delivered, Err(UploadError::Closed { .. })),
            "{delivered:?}"
        );
    }
    cache.begin_frame();
    assert_eq!((cache.len(), cache.stats().queued), (0, 0), "nothing came in");
    cache.insert_named("save".to_owned(), &small()).expect("room");
    assert!(cache.find("save").is_some(), "the cache still works");
}

#[test]
fn what_was_queued_or_set_aside_before_closing_comes_in() {
    let mut cache = cache();
    let pins = fill_with_pins(&mut cache);
    upload(&cache, "aside", square(32));
    cache.begin_frame();
    upload(&cache, "queued", small());
    let stats = cache.stats();
    assert_eq!((stats.set_aside, stats.queued), (1, 1));
    cache.close_uploads();
    assert!(
        matches!(look_up(&mut cache, "queued"), (Found::Pending, None)),
        "it is on its way"
    );
    drop(pins);
    for _ in 0..3 {
        cache.begin_frame();
    }
    assert!(
        cache.find("aside").is_some() && cache.find("queued").is_some(),
        "what was accepted is not lost"
    );
}

#[test]
fn after_closing_nothing_is_requested() {
    let mut cache = cache();
    let in_flight = request(&mut cache, "in flight");
    cache.close_uploads();
    assert_eq!(
        look_up(&mut cache, "in flight").0,
        Found::Pending,
        "its job has not ended"
    );
    drop(in_flight);
    for name in ["in flight", "missing"] {
        let (found, requested) = look_up(&mut cache, name);
        assert_eq!(found, Found::Failed(RequestError::Closed), "{name} can't come");
        assert!(
            requested.is_none(),
            "no job is called whose delivery would be refused"
        );
    }
    let stats = cache.stats();
    assert_eq!((stats.requests, stats.failures), (0, 0), "nothing is remembered");
}

#[test]
fn nothing_is_queued_for_a_cache_that_is_gone() {
    let mut cache = cache();
    let uploader = cache.uploader();
    let request = request(&mut cache, "save");
    drop(cache);
    let uploaded = uploader.upload("save".to_owned(), small());
    assert!(
        matches!(uploaded, Err(UploadError::Closed { .. })),
        "{uploaded:?}"
    );
    let delivered = request.deliver(small());
    assert!(
        matches!(delivered, Err(UploadError::Closed { .. })),
        "{delivered:?}"
    );
}

#[test]
fn what_is_queued_is_dropped_with_the_cache_though_an_uploader_lives() {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let cache = PixmapCache::new(&device, &queue, &CacheDescriptor::default()).expect("a cache");
    let uploader = cache.uploader();
    let name: Arc<str> = Arc::from("save");
    uploader.upload(Arc::clone(&name), small()).expect("room");
    assert_eq!(Arc::strong_count(&name), 2, "queued");
    drop(cache);
    assert_eq!(Arc::strong_count(&name), 1, "dropped");
}
