//! Devices that are lost.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache, PixmapKey, ReadBackError, RetainPolicy};

use crate::adapters::each_gpu;
use crate::pixmaps::*;

fn retaining(budget_bytes: u64) -> CacheDescriptor<'static> {
    CacheDescriptor {
        retain: RetainPolicy::Pixels { budget_bytes },
        ..descriptor(MIB, CommitPolicy::Stepwise)
    }
}

#[test]
fn pixels_keys_and_names_outlive_the_device() {
    each_gpu(|gpu| {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            let (device, queue) = gpu.another_device(wgpu::Limits::downlevel_webgl2_defaults());
            let retaining = CacheDescriptor {
                commit,
                ..retaining(MIB)
            };
            let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &retaining).unwrap();
            fill(&mut cache, 0..400);
            cache.flush();
            let before: Vec<_> = cache.iter().map(|(key, name)| (key, name.cloned())).collect();
            device.destroy();
            // Refused or not, it does no harm.
            cache.begin_frame();
            let _ = cache.insert_named("400".into(), &square(400));
            cache.flush();
            let lost = cache.recreate(&gpu.device, &gpu.queue).unwrap();
            assert_eq!(lost, Vec::<String>::new(), "there is a copy of everything");
            cache.begin_frame();
            let kept = before.iter().filter(|(key, _)| cache.contains(*key)).count();
            assert!(kept >= 100, "only {kept} of {} entries kept", before.len());
            assert_eq!(check_squares(&mut cache), cache.len());
            fill(&mut cache, 1000..1400);
            check_squares(&mut cache);
        }
    });
}

#[test]
fn a_run_with_a_loss_shows_what_a_run_without_shows() {
    each_gpu(|gpu| {
        let run = |lose: bool| {
            let (device, queue) = gpu.another_device(wgpu::Limits::downlevel_webgl2_defaults());
            let mut cache: PixmapCache = PixmapCache::new(&device, &queue, &retaining(MIB)).unwrap();
            fill(&mut cache, 0..300);
            if lose {
                device.destroy();
                cache.recreate(&gpu.device, &gpu.queue).unwrap();
            }
            fill(&mut cache, 300..316);
            let shown: Vec<_> = cache.iter().map(|(key, name)| (key, name.cloned())).collect();
            let read = |(key, name)| (name, cache.read_back(key).expect("resident").bytes);
            shown.into_iter().map(read).collect::<Vec<_>>()
        };
        assert_eq!(run(false), run(true));
    });
}

#[test]
fn without_copies_everything_is_forgotten_and_the_names_are_told() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let keys = fill(&mut cache, 0..20);
    let (device, queue) = noop();
    let mut lost = cache.recreate(&device, &queue).unwrap();
    lost.sort_by_key(|name| name.parse::<u32>().unwrap());
    assert_eq!(lost, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    assert!(cache.is_empty() && keys.iter().all(|key| !cache.contains(*key)));
    fill(&mut cache, 0..20);
    assert_eq!(cache.len(), 20);
}

#[test]
fn copies_stay_within_their_budget_and_are_of_the_entries_used_last() {
    let mut cache = noop_cache(&retaining(50 * 4 * KIB));
    fill(&mut cache, 0..100);
    let (device, queue) = noop();
    let lost = cache.recreate(&device, &queue).unwrap();
    assert!((50..=64).contains(&lost.len()), "{} names lost", lost.len());
    let oldest_kept = cache
        .iter()
        .map(|(_, name)| name.unwrap().parse::<u32>().unwrap())
        .min();
    assert!(oldest_kept >= Some(50), "an old copy was kept: {oldest_kept:?}");
}

#[test]
fn pixels_come_back_within_the_upload_budget_and_the_last_used_first() {
    let mut retaining = retaining(MIB);
    retaining.uploads.upload_bytes_per_frame = 10 * 4 * KIB;
    let mut cache = noop_cache(&retaining);
    let keys = fill(&mut cache, 0..64);
    let (device, queue) = noop();
    cache.recreate(&device, &queue).unwrap();
    let there = |cache: &mut PixmapCache| {
        let mut resident = |key| cache.read_back(key) != Err(ReadBackError::NotResident);
        keys.iter().map(|key| resident(*key)).collect::<Vec<bool>>()
    };
    let first = there(&mut cache);
    assert_eq!(first.iter().filter(|there| **there).count(), 10);
    assert!(
        first[56..].iter().all(|there| *there),
        "the last frame's come first"
    );
    cache.begin_frame();
    assert_eq!(there(&mut cache).iter().filter(|there| **there).count(), 20);
    // Other pixels need no copy; removal ends the waiting.
    assert_eq!(cache.replace(keys[0], &square(1000)), Ok(()));
    assert!(cache.remove(keys[1]));
    for _ in 0..8 {
        cache.begin_frame();
    }
    let last = there(&mut cache);
    assert_eq!(last.iter().filter(|there| **there).count(), 63);
}

#[test]
fn a_device_that_cannot_hold_the_textures_is_refused_and_nothing_changes() {
    let mut cache = noop_cache(&CacheDescriptor {
        page_side: Some(1024),
        ..descriptor(16 * MIB, CommitPolicy::Stepwise)
    });
    let keys = fill(&mut cache, 0..20);
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor {
        required_limits: wgpu::Limits {
            max_texture_dimension_2d: 512,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        },
        ..Default::default()
    });
    let refused = cache.recreate(&device, &queue);
    assert!(
        matches!(
            refused,
            Err(pixmap_cache::CreateError::PageSide { limit: 512, .. })
        ),
        "{refused:?}"
    );
    assert!(keys.iter().all(|key| cache.contains(*key)));
}

#[test]
fn without_an_upload_budget_one_pixmap_comes_back_a_frame() {
    let mut retaining = retaining(MIB);
    retaining.uploads.upload_bytes_per_frame = 0;
    let mut cache = noop_cache(&retaining);
    let keys = fill(&mut cache, 0..8);
    let (device, queue) = noop();
    cache.recreate(&device, &queue).unwrap();
    for expected in 1..=8 {
        let mut resident = |key: &PixmapKey| cache.read_back(*key) != Err(ReadBackError::NotResident);
        assert_eq!(keys.iter().filter(|key| resident(key)).count(), expected);
        cache.begin_frame();
    }
}
