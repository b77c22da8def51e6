//! Names, as QPixmapCache has them.

use pixmap_cache::{CommitPolicy, InsertError, Size};

use crate::pixmaps::*;

#[test]
fn a_name_inserted_again_has_a_new_key_and_the_old_one_is_dead() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let old = cache.insert_named("a".into(), &square(1)).unwrap();
    let new = cache.insert_named("a".into(), &square(2)).unwrap();
    assert_ne!(old, new);
    assert!(!cache.contains(old), "the old key is alive");
    assert_eq!(cache.find("a"), Some(new));
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_refused_insertion_leaves_the_old_entry_of_the_name() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let old = cache.insert_named("a".into(), &square(1)).unwrap();
    let refused = cache.insert_named("a".into(), &pixmap(2, Size::new(129, 1)));
    assert!(matches!(
        refused,
        Err(InsertError::TooManyTiles { max_tiles: 0, .. })
    ));
    assert_eq!(cache.find("a"), Some(old), "the old entry is gone");
    // Full, too: everything is in use.
    while cache.insert(&square(3)).is_ok() {}
    let refused = cache.insert_named("a".into(), &square(4));
    assert!(matches!(refused, Err(InsertError::Full { .. })));
    assert_eq!(cache.find("a"), Some(old), "the old entry is gone");
}

#[test]
fn an_entry_not_in_use_is_not_given_up_for_its_own_successor() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let old = cache.insert_named("a".into(), &square(1)).unwrap();
    let mut pins = Vec::new();
    while let Ok(key) = cache.insert(&square(2)) {
        pins.push(cache.pin(key));
    }
    cache.begin_frame();
    let refused = cache.insert_named("a".into(), &square(3));
    assert!(matches!(refused, Err(InsertError::Full { .. })), "{refused:?}");
    assert_eq!(cache.find("a"), Some(old), "the old entry is gone");
    assert_eq!(
        cache.replace(old, &square(3)),
        Ok(()),
        "in its own place there is room"
    );
}

#[test]
fn what_is_not_there_is_none_and_leaves_nothing_behind() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let removed = cache.insert_named("removed".into(), &square(1)).unwrap();
    assert!(cache.remove(removed));
    fill(&mut cache, 0..1000);
    assert!(cache.stats().evictions > 500);
    for name in ["removed", "0", "never"] {
        assert_eq!(cache.find(name), None);
        assert!(!cache.remove_named(name));
    }
    assert!(!cache.remove(removed) && !cache.touch(removed));
    let entries = cache.len();
    for number in 0..100_000 {
        assert_eq!(cache.find(&format!("missing {number}")), None);
    }
    assert_eq!(cache.len(), entries);
    assert_eq!(cache.iter().filter(|(_, name)| name.is_some()).count(), entries);
}

#[test]
fn cleared_keys_never_match_again_though_their_rows_are_used_again() {
    let mut cache = noop_cache(&descriptor(MIB, CommitPolicy::Stepwise));
    let mut dead = Vec::new();
    for round in 0..50 {
        dead.extend(fill(&mut cache, round * 100..round * 100 + 100));
        cache.clear();
        assert!(cache.is_empty());
    }
    let alive = fill(&mut cache, 0..100);
    assert!(dead.iter().all(|key| !cache.contains(*key)), "a dead key matches");
    let rows = alive.iter().map(|key| key.id().0[0]).max();
    assert!(rows <= Some(100), "rows grow: {rows:?} for a hundred entries");
}

#[test]
fn the_sum_in_use_never_exceeds_the_budget_whatever_is_inserted() {
    for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
        let mut cache = noop_cache(&descriptor(MIB, commit));
        for side in (1..=140).chain((1..=140).rev()) {
            cache.begin_frame();
            for height in [1, side / 2, side] {
                let inserted = cache.insert(&pixmap(side, Size::new(side, height)));
                assert_eq!(
                    inserted.is_err(),
                    side > 128 || height == 0,
                    "{side}x{height}: {inserted:?}"
                );
                let stats = cache.stats();
                assert!(stats.vram_bytes <= MIB, "{} bytes held", stats.vram_bytes);
                assert!(stats.live_bytes <= stats.vram_bytes);
            }
        }
        assert!(cache.stats().evictions > 0, "the budget was never reached");
    }
}
