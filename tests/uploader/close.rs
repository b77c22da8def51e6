//! The end of a queue.

use std::thread;

use pixmap_cache::{UploadError, WhenFull};

use crate::setup::{ask_for_it, cache, cache_with, name, narrow, small, until_somebody_waits};

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
