//! What an inspection says: where the bytes are, and what each page and entry is.

use pixmap_cache::inspect::{Inspection, VramBytes, age_color};
use pixmap_cache::layout::PageCondition;
use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache, Rect, Trim};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

use crate::noop::{Noop, rgba};

const STEPS: u32 = 10_000;

fn churned(commit: CommitPolicy) -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes: 1 << 20,
        page_side: Some(128),
        max_entries: Some(4095),
        commit,
        max_tiles: Some(0),
        ..Default::default()
    }
}

/// One random call of those that change what lies where.
fn step(cache: &mut PixmapCache, rng: &mut Pcg32) {
    let any = rng.random_range(0..cache.len().max(1));
    let key = cache.keys().nth(any);
    let (width, height) = (rng.random_range(1..60), rng.random_range(1..60));
    match rng.random_range(0..1000) {
        0..500 => drop(cache.insert(&rgba(width, height))),
        500..700 => drop(key.map(|key| cache.touch(key))),
        700..780 => drop(key.map(|key| cache.replace(key, &rgba(width, height)))),
        780..850 => drop(key.map(|key| cache.remove(key))),
        850..980 => cache.begin_frame(),
        980..985 => drop(cache.set_budget(rng.random_range(300_000..1 << 20))),
        985..990 => drop(cache.trim(Trim::Unused { for_frames: 20 })),
        990..992 => cache.clear(),
        _ => cache.flush(),
    }
}

/// What pages and entries say, added up and compared.
fn check_pages(inspection: &Inspection<'_, String>) {
    let stats = inspection.stats();
    let texel_bytes = 4;
    for page in inspection.pages() {
        assert_eq!(page.bytes.total(), stats.page_bytes, "of {page:?}");
        let rects: Vec<Rect> = inspection.regions_on(page.index).map(|r| r.region.rect).collect();
        assert_eq!(rects.len(), page.entries as usize, "entries on {page:?}");
        let bytes = |rects: &[Rect]| rects.iter().map(|r| r.size().texels() * texel_bytes).sum::<u64>();
        assert_eq!(bytes(&rects), page.bytes.live, "live on {page:?}");
        let free: Vec<Rect> = inspection.free_rects(page.index).collect();
        assert_eq!(bytes(&free), page.bytes.free, "free on {page:?}");
        let taken = |free: &&Rect| rects.iter().any(|rect| rect.overlaps(**free));
        assert_eq!(free.iter().find(taken), None, "free and taken on {page:?}");
    }
}

fn check_sums(inspection: &Inspection<'_, String>) -> VramBytes {
    let (stats, texel_bytes) = (inspection.stats(), 4);
    let all = inspection.bytes();
    assert_eq!(all.total(), stats.vram_bytes, "the bytes held: {all:?}");
    assert_eq!(all.live, stats.live_bytes, "the bytes of entries");
    assert_eq!(
        inspection.pages().count(),
        stats.pages as usize,
        "committed pages"
    );
    assert_eq!(inspection.regions().count(), stats.entries as usize, "entries");
    let protected = inspection.regions().filter(|r| r.is_protected());
    let bytes: u64 = protected
        .map(|r| r.region.rect.size().texels() * texel_bytes)
        .sum();
    assert_eq!(bytes, stats.protected_bytes, "protected bytes");
    all
}

#[test]
fn the_bytes_add_up_to_what_is_held_after_every_step() {
    let noop = Noop::new();
    for (seed, commit) in [
        (1, CommitPolicy::Upfront),
        (2, CommitPolicy::Stepwise),
        (3, CommitPolicy::Stepwise),
    ] {
        let mut cache = noop.cache(&churned(commit)).expect("a cache");
        let mut rng = Pcg32::seed_from_u64(seed);
        let mut most = VramBytes::default();
        let mut pins = Vec::new();
        for number in 0..STEPS {
            step(&mut cache, &mut rng);
            if number % 97 == 0 {
                let key = cache.keys().next();
                pins.extend(key.and_then(|key| cache.pin(key)));
                pins.drain(..pins.len().saturating_sub(4));
            }
            let bytes = check_sums(&cache.inspect());
            if number % 16 == 0 {
                check_pages(&cache.inspect());
            }
            most.dead = most.dead.max(bytes.dead);
            most.waste = most.waste.max(bytes.waste);
        }
        let stats = cache.stats();
        assert!(stats.evacuations > 20 && stats.moves > 100, "{stats:?}");
        assert!(most.dead > 0 && most.waste > 0, "{most:?}");
    }
}

#[test]
fn what_is_removed_is_dead_until_its_page_is_evacuated() {
    let mut cache = Noop::new().small_cache();
    let key = cache.insert(&rgba(20, 10)).expect("room");
    let neighbor = cache.insert(&rgba(20, 10)).expect("room");
    let before = cache.inspect().bytes();
    assert!(cache.remove(key));
    let after = cache.inspect().bytes();
    assert_eq!((before.dead, after.dead), (0, 20 * 10 * 4), "bytes of one entry");
    assert_eq!(before.live - after.live, after.dead, "they were live before");
    for _ in 0..20 {
        cache.begin_frame();
        cache.insert(&rgba(64, 64)).expect("room for a page");
    }
    assert!(!cache.contains(neighbor), "the page was given up");
    assert_eq!(cache.inspect().bytes().dead, 0, "the page started over");
}

#[test]
fn a_page_is_free_as_soon_as_nothing_lives_on_it() {
    let mut cache = Noop::new().small_cache();
    let keys: Vec<_> = (0..3)
        .map(|_| cache.insert(&rgba(20, 10)).expect("room"))
        .collect();
    let first = |cache: &PixmapCache| cache.inspect().pages().next().expect("a page");
    for key in &keys[1..] {
        assert!(cache.remove(*key));
    }
    assert_eq!(first(&cache).condition, PageCondition::Open);
    assert_eq!(first(&cache).bytes.dead, 2 * 20 * 10 * 4, "beside a living one");
    assert!(cache.remove(keys[0]));
    assert_eq!(first(&cache).condition, PageCondition::Free);
    assert_eq!(first(&cache).bytes.dead, 0, "none is dead any more");
    cache.insert(&rgba(64, 64)).expect("room");
    assert_eq!(first(&cache).entries, 1, "in its whole size, in the same frame");
}

#[test]
fn regions_tell_name_place_age_visits_and_protection() {
    let mut cache = Noop::new().small_cache();
    let old = cache.insert_named("old".into(), &rgba(8, 6)).expect("room");
    let seen = cache.insert(&rgba(5, 5)).expect("room");
    let pinned = cache.insert_named("pinned".into(), &rgba(4, 4)).expect("room");
    let _pin = cache.pin(pinned);
    for _ in 0..7 {
        cache.begin_frame();
    }
    cache.touch(seen);
    let inspection = cache.inspect();
    let regions: Vec<_> = inspection.regions().collect();
    let of = |key| *regions.iter().find(|region| region.key == key).expect("resident");
    let text = |key| {
        let region = of(key);
        let name = region.name().map(String::as_str);
        (
            name,
            region.age_frames,
            region.visits,
            region.pinned,
            region.is_protected(),
        )
    };
    assert_eq!(text(old), (Some("old"), 7, 0, false, false));
    assert_eq!(
        text(seen),
        (None, 0, 1, false, true),
        "a visit after seven frames"
    );
    assert_eq!(text(pinned), (Some("pinned"), 7, 0, true, true));
    for region in &regions {
        let place = cache.region(region.key).expect("resident");
        assert_eq!(region.region, place);
    }
}

#[test]
fn pages_go_from_free_to_open_to_sealed() {
    let mut cache = Noop::new().small_cache();
    let conditions = |cache: &PixmapCache| -> Vec<PageCondition> {
        cache.inspect().pages().map(|page| page.condition).collect()
    };
    assert_eq!(conditions(&cache), [PageCondition::Free; 4]);
    cache.insert(&rgba(8, 8)).expect("room");
    assert_eq!(conditions(&cache)[0], PageCondition::Open);
    for _ in 0..12 {
        cache.begin_frame();
        cache.insert(&rgba(40, 40)).expect("room");
    }
    let heads = |c: &&PageCondition| matches!(c, PageCondition::Head);
    assert_eq!(
        conditions(&cache).iter().filter(heads).count(),
        1,
        "one is newest"
    );
}

#[test]
fn older_is_darker() {
    let lightness = |age| {
        let [red, green, blue] = age_color(age).map(f64::from);
        0.21 * red + 0.72 * green + 0.07 * blue
    };
    let ages: Vec<u64> = (0..200).chain([300, 400, 700, 1024]).collect();
    for pair in ages.windows(2) {
        // Each channel is rounded for itself.
        assert!(lightness(pair[0]) + 0.5 > lightness(pair[1]), "{pair:?}");
    }
    assert_eq!(age_color(1024), age_color(u64::MAX), "the scale ends");
    assert!(lightness(0) - lightness(1024) > 120.0, "the ends are far apart");
}
