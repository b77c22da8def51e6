//! Memory on its way to the GPU.

use pixmap_cache::{CacheDescriptor, CommitPolicy, InsertError, PixmapCache, Size};

use crate::adapters::each_gpu;
use crate::pixmaps::*;

#[test]
fn staging_memory_stays_within_its_limit() {
    each_gpu(|gpu| {
        let limited = CacheDescriptor {
            staging_bytes: Some(MIB),
            ..descriptor(8 * MIB, CommitPolicy::Stepwise)
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
            assert!(held <= MIB + TABLE_BYTES, "{held} bytes held");
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
            ..descriptor(8 * MIB, CommitPolicy::Stepwise)
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
        ..descriptor(64 * MIB, CommitPolicy::Stepwise)
    });
    // As long as a page each: what is smaller is submitted two megabytes at a time.
    for number in 0..4 {
        cache.insert(&pixmap(number, Size::new(1024, 1024))).unwrap();
    }
    cache.flush();
    let burst = cache.stats().staging_bytes;
    assert!(burst >= 4 * MIB, "{burst} bytes are no burst");
    // Four seconds of frames give up two thirds.
    for number in 0..600 {
        cache.begin_frame();
        cache.insert(&square(number)).unwrap();
        cache.flush();
    }
    let after = cache.stats().staging_bytes;
    assert!(after * 4 < burst, "{after} of {burst} bytes are still held");
}

/// Bytes of a pixmap in staging memory, where rows begin at multiples of 256 bytes.
fn staged_bytes(size: Size) -> u64 {
    u64::from((size.width * 4).next_multiple_of(256) * size.height)
}

fn limited(staging_bytes: u64) -> CacheDescriptor<'static> {
    CacheDescriptor {
        staging_bytes: Some(staging_bytes),
        ..descriptor(8 * MIB, CommitPolicy::Stepwise)
    }
}

/// Rows of the region table go beyond any limit: without them nothing could be submitted.
const TABLE_BYTES: u64 = 4 * 16 * KIB;

#[test]
fn a_small_limit_is_held_but_for_one_larger_pixmap_and_table_rows() {
    for limit in [0, 1, 4096, 10_000, 64 * KIB, 300 * KIB] {
        let mut cache = noop_cache(&limited(limit));
        for number in 0..400 {
            if number % 10 == 0 {
                cache.begin_frame();
            }
            let size = Size::new(8 + number * 7 % 100, 8 + number * 11 % 100);
            cache
                .insert(&pixmap(number, size))
                .expect("a GPU that is done at once leaves memory");
            let held = cache.stats().staging_bytes;
            let larger = Some(staged_bytes(size)).filter(|bytes| *bytes > limit);
            let allowed = limit + larger.unwrap_or(0) + TABLE_BYTES;
            assert!(held <= allowed, "{held} bytes held where {limit} are allowed");
        }
    }
}

#[test]
fn staging_memory_of_a_refused_insertion_is_no_hindrance_to_a_larger_pixmap() {
    // Within the limit, but not beside what was reserved; and larger than the limit.
    for larger in [Size::new(250, 250), Size::new(400, 400)] {
        let mut cache = noop_cache(&CacheDescriptor {
            page_side: Some(512),
            ..limited(300 * KIB)
        });
        cache.begin_frame();
        let mut pins = Vec::new();
        let full = loop {
            match cache.insert(&pixmap(0, Size::new(128, 128))) {
                Ok(key) => pins.push(cache.pin(key).expect("it has just been inserted")),
                Err(error) => break error,
            }
        };
        assert!(matches!(full, InsertError::Full { .. }), "{full}");
        cache.flush();
        cache.begin_frame();
        let refused = cache.insert(&pixmap(1, Size::new(64, 128)));
        assert!(refused.is_err(), "all pages are pinned");
        pins.clear();
        cache.begin_frame();
        let taken = cache.insert(&pixmap(2, larger));
        assert!(taken.is_ok(), "nothing waits for the GPU: {taken:?}");
    }
}

#[test]
fn what_is_refused_for_want_of_staging_memory_is_taken_once_the_gpu_has_caught_up() {
    each_gpu(|gpu| {
        for limit in [0, 4096, 64 * KIB, 300 * KIB] {
            let mut cache: PixmapCache =
                PixmapCache::new(&gpu.device, &gpu.queue, &limited(limit)).expect("sound");
            let mut taken = Vec::new();
            for number in 0..300 {
                let size = Size::new(1 + number * 7 % 128, 1 + number * 11 % 128);
                let pixmap = pixmap(number, size);
                let inserted = cache.insert(&pixmap).or_else(|error| {
                    assert!(matches!(error, InsertError::NoStaging { .. }), "{error}");
                    gpu.wait();
                    cache.begin_frame();
                    cache.insert(&pixmap)
                });
                let key = inserted.expect("the GPU has caught up");
                taken.push((key, pixmap));
            }
            taken.retain(|(key, _)| cache.contains(*key));
            assert!(taken.len() > 100, "only {} are left to look at", taken.len());
            for (key, pixmap) in taken.iter().step_by(10) {
                let texels = cache.read_back(*key).expect("resident").bytes;
                assert!(texels == pixmap.bytes, "{key:?} has other texels");
            }
        }
    });
}

/// Submissions of many pixmaps of two sizes in turns.
fn submissions_in_turns(sizes: [Size; 2]) -> u64 {
    let mut cache = noop_cache(&CacheDescriptor {
        page_side: Some(1024),
        max_entries: Some(8191),
        ..descriptor(64 * MIB, CommitPolicy::Stepwise)
    });
    for number in 0..4000 {
        let size = sizes[number as usize % 2];
        cache.insert(&pixmap(number, size)).expect("room for all");
    }
    cache.flush();
    cache.stats().submissions
}

#[test]
fn sizes_in_turns_reserve_about_what_they_use() {
    let (large, small) = (Size::new(64, 64), Size::new(40, 41));
    let bytes = 2000 * (staged_bytes(large) + staged_bytes(small));
    let needed = bytes / (2 * MIB);
    let submissions = submissions_in_turns([large, small]);
    assert!(
        submissions <= needed * 3 / 2,
        "{submissions} submissions of 2 MiB for {bytes} bytes"
    );
}

#[test]
fn neighbors_of_one_size_still_share_their_copies() {
    let size = Size::new(16, 16);
    let bytes = 4000 * u64::from(size.width * size.height * 4);
    let submissions = submissions_in_turns([size; 2]);
    assert!(
        submissions <= bytes / (2 * MIB) + 2,
        "{submissions} submissions of 2 MiB for {bytes} bytes: rows of 64 bytes are padded to 256 one by one"
    );
}
