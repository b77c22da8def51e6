//! The bounds of the overlay that need no pixels.

use pixmap_cache::overlay::{Overlay, OverlayDescriptor, OverlayFrame};
use pixmap_cache::{CacheDescriptor, CommitPolicy};

use crate::noop::{Noop, rgba};

#[test]
fn an_overlay_of_tens_of_thousands_of_entries_stays_below_its_documented_memory() {
    const DOCUMENTED_BYTES: u64 = 1_400 << 10;
    let noop = Noop::new();
    let descriptor = CacheDescriptor {
        budget_bytes: 36 << 20,
        page_side: Some(2048),
        max_entries: Some(100_000),
        commit: CommitPolicy::Upfront,
        ..Default::default()
    };
    let mut cache = noop.cache(&descriptor).expect("a cache");
    let made = Overlay::new(&noop.device, &noop.queue, &OverlayDescriptor::default());
    let mut overlay = made.expect("an overlay");
    let mut grown = vec![overlay.vram_bytes()];
    for _ in 0..7 {
        cache.begin_frame();
        for _ in 0..10_000 {
            cache.insert(&rgba(8, 8)).expect("room");
        }
        cache.flush();
        overlay.prepare(&cache, &OverlayFrame::default());
        grown.push(overlay.vram_bytes());
    }
    assert_eq!(cache.len(), 70_000, "all of them are resident");
    assert!(
        grown.is_sorted() && grown[7] > grown[0],
        "the buffer grows: {grown:?}"
    );
    assert!(
        grown[7] <= DOCUMENTED_BYTES,
        "memory stays below the documented bound: {grown:?}"
    );
}
