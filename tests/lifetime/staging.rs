//! Memory on its way to the GPU.

use pixmap_cache::{CacheDescriptor, Commit, InsertError, PixmapCache, Size};

use crate::adapters::each_gpu;
use crate::pixmaps::*;

#[test]
fn staging_memory_stays_within_its_limit() {
    each_gpu(|gpu| {
        let limited = CacheDescriptor {
            staging_bytes: Some(MIB),
            ..descriptor(8 * MIB, Commit::Stepwise)
        };
        let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &limited).unwrap();
        let (mut taken, mut refused) = (0, 0);
        for number in 0..4000 {
            if number % 100 == 0 {
                cache.begin_frame();
            }
            match cache.insert(&pixmap(number, Size::new(100, 100))) {
                Ok(_) => taken += 1,
                Err(InsertError::NoStaging { .. }) => {
                    refused += 1;
                    gpu.wait();
                }
                Err(error) => panic!("{error}"),
            }
            let held = cache.stats().staging_bytes;
            assert!(held <= MIB, "{held} bytes held");
        }
        assert!(taken > 100, "only {taken} taken and {refused} refused");
        gpu.wait();
        cache.clear();
        fill(&mut cache, 0..50);
        assert!(check_squares(&mut cache) >= 50, "the cache works on");
    });
}

#[test]
fn a_pixmap_larger_than_the_limit_gets_in_alone() {
    each_gpu(|gpu| {
        let limited = CacheDescriptor {
            staging_bytes: Some(1),
            ..descriptor(8 * MIB, Commit::Stepwise)
        };
        let mut cache: PixmapCache = PixmapCache::new(&gpu.device, &gpu.queue, &limited).unwrap();
        for number in 0..20 {
            cache.begin_frame();
            let key = cache
                .insert(&pixmap(number, Size::new(128, 128)))
                .expect("nothing else is held");
            cache.flush();
            let texels = cache.read_back(key).unwrap().bytes;
            assert_eq!(texels, pixmap(number, Size::new(128, 128)).bytes);
        }
    });
}

#[test]
fn a_burst_of_memory_is_given_back() {
    let mut cache = noop_cache(&CacheDescriptor {
        page_side: Some(1024),
        ..descriptor(64 * MIB, Commit::Stepwise)
    });
    // As long as a page each: what is smaller is submitted two megabytes at a time.
    for number in 0..4 {
        cache.insert(&pixmap(number, Size::new(1024, 1024))).unwrap();
    }
    cache.flush();
    let burst = cache.stats().staging_bytes;
    assert!(burst >= 4 * MIB, "{burst} bytes are no burst");
    for number in 0..200 {
        cache.begin_frame();
        cache.insert(&square(number)).unwrap();
        cache.flush();
    }
    let after = cache.stats().staging_bytes;
    assert!(after * 4 < burst, "{after} of {burst} bytes are still held");
}
