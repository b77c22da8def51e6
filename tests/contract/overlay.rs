//! The bounds of the overlay, where no pixels are needed.

use pixmap_cache::overlay::{Overlay, OverlayFrame};
use pixmap_cache::{CacheDescriptor, CommitPolicy};

use crate::noop::{Noop, rgba};

#[test]
fn tens_of_thousands_of_entries_take_no_more_memory_than_is_said() {
    const SAID_BYTES: u64 = 1_400 << 10;
    let noop = Noop::new();
    let descriptor = CacheDescriptor {
        budget_bytes: 36 << 20,
        page_side: Some(2048),
        max_entries: Some(100_000),
        commit: CommitPolicy::Upfront,
        ..Default::default()
    };
    let mut cache = noop.cache(&descriptor).expect("a cache");
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let mut overlay = Overlay::new(&noop.device, &noop.queue, format).expect("an overlay");
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
    assert!(grown[7] <= SAID_BYTES, "{grown:?}");
}
