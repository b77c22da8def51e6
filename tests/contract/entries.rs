//! Keys and names: which are found, which are dead, and what each call returns.

use std::collections::HashSet;

use pixmap_cache::{
    PixelFormat, Pixmap, PixmapCache, PixmapId, PixmapKey, ReadBackError, Rect, ReplaceError, Size,
    UpdateError,
};

use crate::noop::{Noop, assert_works, rgba};

fn small() -> PixmapCache {
    Noop::new().small_cache()
}

fn insert(cache: &mut PixmapCache, name: &str) -> PixmapKey {
    let inserted = cache.insert_named(name.to_owned(), &rgba(4, 4));
    inserted.expect("room for a small one")
}

fn assert_dead(cache: &mut PixmapCache, key: PixmapKey) {
    assert!(!cache.contains(key), "a dead key is not there");
    assert!(!cache.touch(key), "a dead key can't be touched");
    assert!(!cache.remove(key), "a dead key can't be removed");
    let replaced = cache.replace(key, &rgba(2, 2));
    assert_eq!(replaced, Err(ReplaceError::NotResident), "nor replaced");
    assert_eq!(cache.region(key), None, "it lies nowhere");
    assert_eq!(cache.size(key), None, "it has no size");
    assert_eq!(cache.name_of(key), None, "it has no name");
    let read = cache.read_back(key).err();
    assert_eq!(read, Some(ReadBackError::NotResident), "it has no pixels");
}

#[test]
fn a_name_leads_to_its_key_until_it_is_removed() {
    let mut cache = small();
    let key = insert(&mut cache, "save");
    assert_eq!(cache.find("save"), Some(key));
    assert_eq!(cache.name_of(key).map(String::as_str), Some("save"));
    assert!(cache.remove_named("save"), "there was one");
    assert!(!cache.remove_named("save"), "there is none any more");
    assert_eq!(cache.find("save"), None);
    assert_dead(&mut cache, key);
}

#[test]
fn peeking_at_a_name_neither_touches_nor_counts() {
    let mut cache = small();
    let key = insert(&mut cache, "save");
    cache.begin_frame();
    let before = cache.stats();
    assert_eq!(cache.peek("save"), Some(key));
    assert_eq!(cache.peek("open"), None);
    assert_eq!(cache.stats(), before, "no hit, no miss, nothing protected");
    assert!(cache.remove(key));
    assert_eq!(cache.peek("save"), None, "a dead entry has no name");
}

#[test]
fn a_cache_is_iterated_by_reference_with_keys_names_and_exact_length() {
    let mut cache = small();
    let named = insert(&mut cache, "save");
    let unnamed = cache.insert(&rgba(4, 4)).expect("room");
    let mut seen = Vec::new();
    for (key, name) in &cache {
        seen.push((key, name.map(String::as_str)));
    }
    assert_eq!(seen, [(named, Some("save")), (unnamed, None)]);
    assert_eq!(cache.keys().len(), cache.len(), "keys");
    assert_eq!(cache.iter().len(), cache.len(), "entries");
    assert_eq!(cache.inspect().regions().len(), cache.len(), "regions");
    assert!(
        cache.keys().eq(cache.iter().map(|(key, _)| key)),
        "the same order"
    );
}

#[test]
fn a_second_entry_of_a_name_takes_the_place_of_the_first() {
    let mut cache = small();
    let first = insert(&mut cache, "save");
    let second = insert(&mut cache, "save");
    assert_ne!(first, second, "keys are never reused");
    assert_eq!(cache.find("save"), Some(second));
    assert_eq!(cache.len(), 1, "the first was forgotten");
    assert_dead(&mut cache, first);
}

#[test]
fn a_removed_key_takes_its_name_along() {
    let mut cache = small();
    let key = insert(&mut cache, "save");
    assert!(cache.remove(key));
    assert_eq!(cache.find("save"), None);
    let again = insert(&mut cache, "save");
    assert_eq!(cache.find("save"), Some(again), "the name is free again");
    assert_dead(&mut cache, key);
}

#[test]
fn an_evicted_entry_takes_its_name_along() {
    let mut cache = small();
    let key = insert(&mut cache, "save");
    for _ in 0..20 {
        cache.begin_frame();
        cache.insert(&rgba(64, 64)).expect("room for a page");
    }
    assert_eq!(cache.find("save"), None, "its page was needed");
    assert_dead(&mut cache, key);
    assert!(cache.stats().evictions > 0, "{:?}", cache.stats());
}

#[test]
fn entry_touched_in_every_frame_is_never_evicted() {
    let mut cache = small();
    let touched = insert(&mut cache, "touched");
    let found = insert(&mut cache, "found");
    for _ in 0..50 {
        cache.begin_frame();
        assert!(cache.touch(touched), "touched in the frame before");
        assert_eq!(cache.find("found"), Some(found), "found in the frame before");
        cache.insert(&rgba(40, 40)).expect("room for one a frame");
    }
    assert!(cache.stats().evacuations > 3, "{:?}", cache.stats());
}

#[test]
fn looking_without_touching_protects_nothing() {
    let mut cache = small();
    // More than what an evacuation keeps of a page.
    let key = cache.insert(&rgba(32, 32)).expect("room");
    for _ in 0..50 {
        cache.begin_frame();
        let _ = (
            cache.contains(key),
            cache.region(key),
            cache.size(key),
            cache.name_of(key),
        );
        assert!(cache.iter().count() <= cache.len(), "iteration neither");
        cache.insert(&rgba(40, 40)).expect("room for one a frame");
    }
    assert!(!cache.contains(key), "nothing but find and touch protects");
}

#[test]
fn replacing_keeps_key_id_and_name() {
    let mut cache = small();
    let key = insert(&mut cache, "save");
    let id = key.id();
    for size in [(4, 4), (30, 5), (64, 64), (1, 1)] {
        cache.begin_frame();
        assert_eq!(cache.replace(key, &rgba(size.0, size.1)), Ok(()), "{size:?}");
        assert_eq!(cache.size(key), Some(Size::new(size.0, size.1)), "the new size");
    }
    assert_eq!(cache.find("save"), Some(key), "the same name and key");
    assert_eq!(key.id(), id, "the same id");
    assert_eq!(cache.len(), 1, "the same entry");
}

#[test]
fn the_same_size_is_replaced_in_place_even_when_all_is_in_use() {
    let mut cache = small();
    let keys: Vec<PixmapKey> = (0..4)
        .map(|_| cache.insert(&rgba(64, 64)).expect("a page each"))
        .collect();
    for key in keys {
        let before = cache.region(key);
        assert_eq!(cache.replace(key, &rgba(64, 64)), Ok(()), "never full");
        assert_eq!(cache.region(key), before, "the same place");
    }
}

#[test]
fn clear_forgets_every_entry_and_keeps_the_textures() {
    let mut cache = small();
    let keys: Vec<PixmapKey> = (0..9).map(|i| insert(&mut cache, &format!("{i}"))).collect();
    let pages = cache.page_count();
    cache.clear();
    assert!(cache.is_empty() && cache.is_empty(), "nothing is resident");
    assert_eq!(cache.page_count(), pages, "textures stay");
    assert_eq!(cache.stats().live_bytes, 0);
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(cache.find(format!("{index}").as_str()), None, "names are gone");
        assert_dead(&mut cache, *key);
    }
    let again = insert(&mut cache, "0");
    assert!(!keys.contains(&again), "keys are never reused");
}

#[test]
fn iteration_meets_every_entry_once_with_its_name() {
    let mut cache = small();
    let named: HashSet<PixmapKey> = (0..9).map(|i| insert(&mut cache, &format!("{i}"))).collect();
    let unnamed = cache.insert(&rgba(3, 3)).expect("room");
    let met: Vec<PixmapKey> = cache.keys().collect();
    assert_eq!(met.len(), 10, "each once");
    for (key, name) in cache.iter() {
        assert_eq!(name.is_some(), named.contains(&key), "{key:?}");
        assert!(named.contains(&key) || key == unnamed, "{key:?} was inserted");
        assert_eq!(name, cache.name_of(key));
    }
}

#[test]
fn ids_differ_and_no_key_has_the_id_none() {
    let mut cache = small();
    let mut ids = HashSet::from([PixmapId::NONE]);
    for round in 0..200 {
        let key = cache.insert(&rgba(1, 1)).expect("room");
        assert!(ids.insert(key.id()), "id of round {round} was there before");
        assert_eq!(PixmapId::from(key), key.id());
        assert!(cache.remove(key));
    }
    assert_eq!(PixmapId::default(), PixmapId::NONE);
}

#[test]
fn names_may_be_of_any_type_and_are_found_by_what_they_borrow() {
    let noop = Noop::new();
    let descriptor = crate::noop::four_pages();
    let made = PixmapCache::<(u32, bool)>::new(&noop.device, &noop.queue, &descriptor);
    let mut by_pair = made.expect("a cache");
    let key = by_pair.insert_named((7, true), &rgba(4, 4)).expect("room");
    assert_eq!(by_pair.find(&(7, true)), Some(key));
    assert_eq!(by_pair.find(&(7, false)), None);

    let made = PixmapCache::<Box<str>>::new(&noop.device, &noop.queue, &descriptor);
    let mut by_text = made.expect("a cache");
    let key = by_text.insert_named("save".into(), &rgba(4, 4)).expect("room");
    assert_eq!(by_text.find("save"), Some(key));
}

#[test]
fn a_page_that_is_not_there_has_no_pixels() {
    let mut cache = small();
    let pages = cache.page_count();
    for page in [pages, pages + 1, u32::MAX] {
        let read = cache.read_page(pixmap_cache::PageIndex(page)).err();
        assert_eq!(read, Some(ReadBackError::NotResident), "page {page}");
    }
    assert!(
        cache.read_page(pixmap_cache::PageIndex(pages - 1)).is_ok(),
        "the last page"
    );
}

#[test]
fn an_update_outside_or_of_a_dead_key_is_refused_with_numbers() {
    let mut cache = Noop::new().small_cache();
    let key = cache.insert(&rgba(8, 6)).expect("room");
    let size = Size::new(8, 6);
    for (x, y, width, height) in [
        (1, 0, 8, 6),
        (0, 0, 9, 1),
        (8, 6, 1, 1),
        (u32::MAX, 0, 1, 1),
        (0, u32::MAX, 8, 6),
    ] {
        let refused = cache.update(key, (x, y), &rgba(width, height));
        let rect = Rect::new(x, y, Size::new(width, height));
        assert_eq!(
            refused,
            Err(UpdateError::Outside { rect, size }),
            "the error names rectangle and size"
        );
    }
    assert_eq!(
        cache.update(key, (8, 6), Pixmap::new(PixelFormat::Rgba8, Size::default(), &[])),
        Ok(()),
        "nothing to do"
    );
    assert_eq!(cache.update(key, (0, 0), &rgba(8, 6)), Ok(()), "the whole of it");
    cache.remove(key);
    assert_eq!(
        cache.update(key, (0, 0), &rgba(1, 1)),
        Err(UpdateError::NotResident)
    );
    assert_works(&mut cache);
}
