//! Frames and flushes: what is submitted when, and what a frame leaves as it was.

use pixmap_cache::{CacheDescriptor, CacheStats, CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, Size};

use crate::noop::{Noop, four_pages, rgba};

fn submissions(cache: &PixmapCache) -> u64 {
    cache.stats().submissions
}

#[test]
fn a_frame_with_nothing_new_submits_nothing() {
    let mut cache = Noop::new().small_cache();
    cache.flush();
    assert_eq!(submissions(&cache), 0, "a new cache has nothing to submit");
    let key = cache.insert_named("a".into(), &rgba(9, 9)).expect("room");
    cache.flush();
    assert_eq!(submissions(&cache), 1, "pixels and row in one");
    for _ in 0..5 {
        cache.begin_frame();
        assert_eq!(cache.find("a"), Some(key));
        assert_eq!(cache.find("b"), None);
        assert!(cache.insert(&rgba(65, 1)).is_err(), "refused");
        cache.flush();
        cache.flush();
    }
    assert_eq!(
        submissions(&cache),
        1,
        "hits, misses and refusals are nothing new"
    );
}

#[test]
fn each_kind_of_change_is_submitted_once() {
    let mut cache = Noop::new().small_cache();
    let expect = |cache: &mut PixmapCache, what: &str| {
        let before = submissions(cache);
        cache.flush();
        cache.flush();
        assert_eq!(submissions(cache), before + 1, "{what}");
    };
    let key = cache.insert(&rgba(9, 9)).expect("room");
    cache.insert(&rgba(9, 9)).expect("room");
    expect(&mut cache, "two insertions in one");
    assert_eq!(cache.replace(key, &rgba(9, 9)), Ok(()));
    expect(&mut cache, "a replacement");
    assert!(cache.remove(key));
    expect(&mut cache, "a removal: its id must draw transparent");
    cache.clear();
    expect(&mut cache, "clear");
}

#[test]
fn much_that_waits_is_submitted_before_flush() {
    let noop = Noop::new();
    // (staging memory, megabytes that may wait)
    for (staging_bytes, may_wait) in [(128 << 20, 2), (2 << 20, 1)] {
        let descriptor = CacheDescriptor {
            budget_bytes: 256 << 20,
            format: wgpu::TextureFormat::Rgba8Unorm,
            page_side: Some(2048),
            staging_bytes: Some(staging_bytes),
            max_tiles: Some(0),
            ..Default::default()
        };
        let mut cache = noop.cache(&descriptor).expect("a cache");
        let megabyte = PixmapBuf::new(PixelFormat::Rgba8, Size::new(512, 512), vec![1; 1 << 20]);
        for inserted in 1..=12 {
            cache.insert(&megabyte).expect("room");
            assert_eq!(
                submissions(&cache),
                inserted / (may_wait + 1),
                "{may_wait} MiB of {staging_bytes} may wait, not more, and what waits goes at once"
            );
        }
    }
}

#[test]
fn without_begin_frame_everything_stays_in_use() {
    let mut cache = Noop::new().small_cache();
    let inserted = std::iter::from_fn(|| cache.insert(&rgba(16, 16)).ok()).count();
    assert!((32..=64).contains(&inserted), "{inserted} of 64");
    cache.flush();
    assert!(cache.insert(&rgba(16, 16)).is_err(), "flush ends no frame");
    cache.begin_frame();
    assert!(cache.insert(&rgba(16, 16)).is_ok(), "begin_frame does");
}

#[test]
fn the_bind_group_stays_the_same_under_upfront() {
    let mut cache = Noop::new().small_cache();
    let before = cache.bind_group().clone();
    for _ in 0..20 {
        cache.begin_frame();
        cache.insert(&rgba(64, 64)).expect("room");
        cache.flush();
    }
    assert!(cache.stats().evacuations > 0, "{:?}", cache.stats());
    assert_eq!(*cache.bind_group(), before, "the same as before all that");
}

#[test]
fn the_bind_group_is_another_one_when_a_texture_was_committed() {
    let descriptor = CacheDescriptor {
        commit: CommitPolicy::Stepwise,
        max_tiles: Some(0),
        ..four_pages()
    };
    let mut cache = Noop::new().cache(&descriptor).expect("a cache");
    let layout = cache.bind_group_layout().clone();
    let mut changes = 0;
    for _ in 0..20 {
        let before = (cache.page_count(), cache.bind_group().clone());
        cache.begin_frame();
        cache.insert(&rgba(64, 64)).expect("room");
        cache.flush();
        let changed = *cache.bind_group() != before.1;
        assert_eq!(
            changed,
            cache.page_count() != before.0,
            "with the pages, and only then"
        );
        changes += u32::from(changed);
    }
    assert_eq!(changes, 2, "four pages in two steps");
    assert_eq!(*cache.bind_group_layout(), layout, "the layout never changes");
}

#[test]
fn the_layout_epoch_grows_when_a_region_may_have_changed_and_only_then() {
    let mut cache = Noop::new().small_cache();
    let key = cache.insert_named("a".into(), &rgba(9, 9)).expect("room");
    let epoch = cache.layout_epoch();
    cache.begin_frame();
    assert!(cache.touch(key));
    assert_eq!(cache.find("missing"), None);
    cache.flush();
    assert_eq!(cache.layout_epoch(), epoch, "nothing was placed or moved");
    assert_eq!(cache.replace(key, &rgba(10, 9)), Ok(()));
    let replaced = cache.layout_epoch();
    assert!(replaced > epoch, "another size, another place");
    assert!(cache.remove(key));
    assert!(cache.layout_epoch() > replaced, "the place has no owner");
}

#[test]
fn stats_count_what_was_done() {
    let mut cache = Noop::new().small_cache();
    cache.begin_frame();
    let before = cache.stats();
    let a = cache.insert_named("a".into(), &rgba(10, 10)).expect("room");
    assert_eq!(cache.replace(a, &rgba(5, 4)), Ok(()));
    assert_eq!(cache.find("a"), Some(a));
    assert!(cache.touch(a));
    assert_eq!(cache.find("b"), None);
    assert!(cache.insert(&rgba(0, 1)).is_err());
    cache.flush();
    let mut expected = before;
    expected.entries = 1;
    expected.live_bytes = 80;
    expected.protected_bytes = 80;
    expected.hits = 2;
    expected.misses = 1;
    expected.uploads = 2;
    expected.uploaded_bytes = 480;
    expected.refused = 1;
    expected.submissions += 1;
    expected.staging_bytes = cache.stats().staging_bytes;
    assert!(
        expected.staging_bytes > 0,
        "what was uploaded went through staging memory"
    );
    assert_eq!(cache.stats(), expected);
    cache.begin_frame();
    expected.frame += 1;
    expected.protected_bytes = 0;
    assert_eq!(cache.stats(), expected, "the next frame");
}

#[test]
fn fill_is_the_share_of_the_committed_pages() {
    let mut cache = Noop::new().small_cache();
    assert_eq!(cache.stats().fill(), 0.0);
    cache.insert(&rgba(64, 64)).expect("room");
    assert_eq!(cache.stats().fill(), 0.25, "one page of four");
    assert_eq!(CacheStats::default().fill(), 0.0, "no pages at all");
}
