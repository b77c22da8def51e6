//! Days of use in a short run: nothing accumulates. A test binary of its own, so that no other test uses its memory.

mod common;

use pixmap_cache::{CommitPolicy, PixmapCache, Trim};

use common::adapters::each_gpu;
use common::pixmaps::*;

/// On each adapter; a cycle grows, fills, shrinks, trims and clears.
const CYCLES: u32 = 10_000;

/// Resident memory of this process, in bytes. Linux tells; elsewhere 0.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4 * KIB
}

#[test]
fn ten_thousand_cycles_come_back_to_where_they_began() {
    each_gpu(|gpu| {
        let mut cache: PixmapCache = PixmapCache::new(
            &gpu.device,
            &gpu.queue,
            &descriptor(256 * KIB, CommitPolicy::Stepwise),
        )
        .unwrap();
        let counted = || gpu.device.get_internal_counters().hal.texture_memory.read();
        let mut cycle = |number: u32| {
            cache.set_budget(MIB).unwrap();
            fill(&mut cache, number..number + 24);
            cache.flush();
            cache.begin_frame();
            // What the GPU is at work on is released later.
            let _ = cache.set_budget(512 * KIB);
            cache.trim(Trim::Unused { for_frames: 1 });
            cache.clear();
            cache.trim(Trim::All);
            cache.flush();
            gpu.wait();
            cache.begin_frame();
            assert_eq!(cache.page_count(), 0);
            cache.stats().vram_bytes
        };
        // The driver's own caches fill in the first hundred.
        let mut vram = 0;
        for number in 0..100 {
            vram = cycle(number);
        }
        let before = (vram, counted(), resident_bytes());
        for number in 100..CYCLES {
            vram = cycle(number);
        }
        let after = (vram, counted(), resident_bytes());
        println!(
            "{}: bytes held, counted, resident: {before:?} before, {after:?} after",
            gpu.name
        );
        assert_eq!(before.0, after.0, "bytes held");
        assert_eq!(before.1, after.1, "wgpu's counter");
        let grown = after.2.saturating_sub(before.2);
        assert!(grown < 16 * MIB, "resident memory grew by {grown} bytes");
    });
}
