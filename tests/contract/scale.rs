//! As many entries as there is room for, and more.

use pixmap_cache::{CacheDescriptor, PixelFormat, Pixmap, PixmapCache, PixmapKey, Size};

use crate::noop::Noop;

const INSERTIONS: u32 = 1 << 20;

fn masks(max_entries: u32) -> PixmapCache {
    let descriptor = CacheDescriptor {
        budget_bytes: 64 << 20,
        format: wgpu::TextureFormat::R8Unorm,
        page_side: Some(1024),
        max_entries: Some(max_entries),
        ..Default::default()
    };
    Noop::new().cache(&descriptor).expect("a cache")
}

fn insert(cache: &mut PixmapCache, side: u32) -> PixmapKey {
    let bytes = [1; 64];
    let size = Size::new(side, side);
    let bytes = &bytes[..size.texels() as usize];
    let inserted = cache.insert(Pixmap::new(PixelFormat::R8, size, bytes));
    inserted.expect("room")
}

#[test]
fn a_mebi_of_entries_are_resident_at_once() {
    let mut cache = masks(INSERTIONS);
    let mut last = None;
    for _ in 0..INSERTIONS {
        last = Some(insert(&mut cache, 2));
    }
    cache.flush();
    assert_eq!(cache.len(), INSERTIONS as usize, "all in use in one frame");
    assert_eq!(cache.stats().evictions, 0);
    assert!(last.is_some_and(|key| cache.contains(key)), "the last too");
    assert!(cache.stats().vram_bytes <= cache.stats().budget_bytes);
}

#[test]
fn a_mebi_of_insertions_pass_through_a_small_table() {
    let mut cache = masks(4095);
    let keys: Vec<PixmapKey> = (0..INSERTIONS)
        .map(|count| {
            if count % 1000 == 0 {
                cache.begin_frame();
                cache.flush();
            }
            insert(&mut cache, 1 + count % 8)
        })
        .collect();
    let resident = keys.iter().filter(|key| cache.contains(**key)).count();
    assert_eq!(resident, cache.len(), "every other key is dead");
    assert!(cache.len() <= 4095, "{} entries", cache.len());
    let last_frame = keys.len() - keys.len() % 1000;
    assert!(
        keys[last_frame..].iter().all(|key| cache.contains(*key)),
        "the last frame's"
    );
    let distinct: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len(), "no key came twice");
}
