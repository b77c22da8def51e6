//! Which evictions are remembered, and with what reasons.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pixmap_cache::layout::EvictReason;
use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache, Size, Trim};

use crate::noop::{Noop, four_pages, rgba};

/// As many evictions as are remembered at most.
const REMEMBERED: usize = 256;

fn reasons(cache: &PixmapCache) -> Vec<EvictReason> {
    cache
        .inspect()
        .evictions()
        .map(|eviction| eviction.reason)
        .collect()
}

/// Fifteen pages, in several textures of which one may go.
fn stepwise() -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes: 1 << 20,
        page_side: Some(128),
        commit: CommitPolicy::Stepwise,
        record_evictions: true,
        max_tiles: Some(0),
        ..Default::default()
    }
}

/// The four pages of `small_cache`, with evictions recorded.
fn recording() -> PixmapCache {
    let descriptor = CacheDescriptor {
        record_evictions: true,
        ..four_pages()
    };
    Noop::new().cache(&descriptor).expect("a small cache")
}

/// Inserts named pixmaps, one a frame.
fn fill(cache: &mut PixmapCache, numbers: std::ops::Range<u32>, side: u32) {
    for number in numbers {
        cache.begin_frame();
        let inserted = cache.insert_named(number.to_string(), &rgba(side, side));
        inserted.expect("one a frame has room");
    }
}

#[test]
fn an_eviction_keeps_name_size_age_visits_and_frame() {
    let mut cache = recording();
    let key = cache.insert_named("save".into(), &rgba(60, 50)).expect("room");
    for _ in 0..5 {
        cache.begin_frame();
    }
    cache.touch(key);
    let seen = cache.stats().frame;
    let page = cache.region(key).expect("resident").page;
    while cache.contains(key) {
        cache.begin_frame();
        cache.insert(&rgba(64, 64)).expect("room for a page");
    }
    let gone = cache.stats().frame;
    let eviction = cache.inspect().evictions().find(|eviction| eviction.key == key);
    let eviction = eviction.expect("remembered");
    assert_eq!(eviction.name.as_deref(), Some("save"));
    assert_eq!((eviction.size, eviction.page), (Size::new(60, 50), page));
    assert_eq!(
        (eviction.frame, eviction.age_frames),
        (gone, (gone - seen) as u32)
    );
    assert_eq!(eviction.visits, 1, "it came back once");
    assert_eq!(eviction.reason, EvictReason::Capacity);
}

#[test]
fn the_latest_evictions_are_remembered_newest_first_and_no_more() {
    let mut cache = recording();
    fill(&mut cache, 0..3000, 16);
    let evicted = cache.stats().evictions;
    assert!(evicted > 2 * REMEMBERED as u64, "only {evicted} evictions");
    let inspection = cache.inspect();
    let frames: Vec<u64> = inspection.evictions().map(|eviction| eviction.frame).collect();
    assert_eq!(frames.len(), REMEMBERED);
    assert!(frames.is_sorted_by(|a, b| a >= b), "newest first: {frames:?}");
    assert!(frames[0] + 100 > cache.stats().frame, "the latest is there");
    let gone = |name: &String| inspection.regions().all(|region| region.name() != Some(name));
    let named = inspection
        .evictions()
        .filter_map(|eviction| eviction.name.as_ref());
    assert_eq!(
        named.filter(|name| gone(name)).count(),
        REMEMBERED,
        "each has its name"
    );
}

/// One name, counted, whose entry is evicted. Returns how many owners it has then, and how many evictions there were.
fn owners_after_eviction(record_evictions: bool) -> (usize, usize) {
    let noop = Noop::new();
    let descriptor = CacheDescriptor {
        record_evictions,
        ..stepwise()
    };
    let mut cache: PixmapCache<Arc<str>> =
        PixmapCache::new(&noop.device, &noop.queue, &descriptor).expect("a cache");
    let name: Arc<str> = Arc::from("a");
    let key = cache.insert_named(Arc::clone(&name), &rgba(8, 8)).expect("room");
    assert_eq!(Arc::strong_count(&name), 2, "the cache holds the name once");
    for _ in 0..2 {
        cache.begin_frame();
    }
    cache.set_budget(0).expect_err("the table stays");
    assert!(!cache.contains(key), "evicted");
    assert_eq!(cache.stats().evictions, 1, "and not forgotten on request");
    (Arc::strong_count(&name), cache.inspect().evictions().len())
}

#[test]
fn a_name_is_dropped_with_its_entry_unless_evictions_are_recorded() {
    assert_eq!(owners_after_eviction(false), (1, 0), "only this test holds it");
    assert_eq!(owners_after_eviction(true), (2, 1), "the record holds it");
}

#[test]
fn evictions_are_not_recorded_by_default() {
    let mut cache = Noop::new().small_cache();
    fill(&mut cache, 0..100, 16);
    assert!(cache.stats().evictions > 0, "nothing was evicted");
    assert_eq!(reasons(&cache), [], "recorded without having been asked to");
}

#[test]
fn what_went_on_request_is_no_eviction() {
    let mut cache = recording();
    let key = cache.insert_named("a".into(), &rgba(8, 8)).expect("room");
    cache.insert_named("b".into(), &rgba(8, 8)).expect("room");
    cache.insert_named("b".into(), &rgba(9, 9)).expect("room");
    assert!(cache.remove(key));
    cache.clear();
    assert_eq!(reasons(&cache), [], "removed, replaced by name, cleared");
}

#[test]
fn a_full_table_is_a_reason() {
    let descriptor = CacheDescriptor {
        max_entries: Some(100),
        record_evictions: true,
        ..four_pages()
    };
    let mut cache = Noop::new().cache(&descriptor).expect("a cache");
    // 64 on the first page, 36 on the second.
    fill(&mut cache, 0..101, 8);
    assert_eq!(reasons(&cache), [EvictReason::TableFull; 32], "half of a page");
    let inspection = cache.inspect();
    let evictions: Vec<_> = inspection.evictions().collect();
    assert!(
        evictions.iter().all(|eviction| eviction.page.0 == 0),
        "the coldest page is the first: {evictions:?}"
    );
    let staying = inspection.regions_on(evictions[0].page);
    let oldest = staying.map(|region| region.age_frames).max();
    let youngest = evictions
        .iter()
        .map(|eviction| u64::from(eviction.age_frames))
        .min();
    assert!(oldest < youngest, "the worse half goes: {oldest:?}, {youngest:?}");
}

#[test]
fn trimming_and_rest_are_reasons() {
    let mut cache = Noop::new().cache(&stepwise()).expect("a cache");
    fill(&mut cache, 0..150, 32);
    assert_eq!(reasons(&cache), [], "there was room for all");
    assert!(cache.trim(Trim::Unused { for_frames: 4 }) > 0, "a texture goes");
    let trimmed = cache.stats().evictions as usize;
    assert!(trimmed > 0, "some were unseen for long enough");
    assert_eq!(reasons(&cache), vec![EvictReason::Trimmed; trimmed]);

    let mut cache = recording();
    let start = Instant::now();
    cache.begin_frame_at(start);
    cache.insert(&rgba(16, 16)).expect("room");
    // One entry is all there is: four steps entitle to it.
    for second in 0..300 {
        cache.begin_frame_at(start + Duration::from_secs(second));
    }
    assert_eq!(reasons(&cache), [EvictReason::Idle]);
}

#[test]
fn a_smaller_budget_is_a_reason() {
    let mut cache = Noop::new().cache(&stepwise()).expect("a cache");
    fill(&mut cache, 0..150, 32);
    let before = cache.stats().evictions;
    cache.begin_frame();
    cache.set_budget(400_000).expect("nothing is in use");
    let released = (cache.stats().evictions - before) as usize;
    assert!(released > 0, "{:?}", cache.stats());
    let latest = &reasons(&cache)[..released.min(REMEMBERED)];
    let others = latest.iter().filter(|reason| **reason != EvictReason::Budget);
    assert_eq!(others.count(), 0, "{latest:?}");
}

/// Much is pinned, on every page a little: the rest makes room among it.
#[test]
fn among_pinned_entries_the_reason_is_capacity() {
    let mut cache = recording();
    let mut pins = Vec::new();
    for number in 0..64 {
        cache.begin_frame();
        let key = cache.insert(&rgba(16, 16)).expect("room");
        if number % 2 == 0 {
            pins.extend(cache.pin(key));
        }
    }
    for _ in 0..20 {
        cache.begin_frame();
        let _ = cache.insert(&rgba(32, 32));
        let _ = cache.insert(&rgba(16, 16));
    }
    let reasons = reasons(&cache);
    assert!(!reasons.is_empty(), "nothing was evicted");
    assert!(
        reasons.iter().all(|reason| *reason == EvictReason::Capacity),
        "{reasons:?}"
    );
}

#[test]
fn every_reason_reads_differently() {
    let mut texts: Vec<String> = EvictReason::ALL.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), EvictReason::ALL.len(), "{texts:?}");
}
