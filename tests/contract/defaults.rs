//! What the defaults are enough for: entries as small as glyphs, and a table that takes a small share of the budget.

use pixmap_cache::{CacheDescriptor, InsertError, PixelFormat, Pixmap, PixmapCache, Size};

use crate::noop::Noop;

const MIB: u64 = 1 << 20;

fn cache(budget_bytes: u64, format: wgpu::TextureFormat) -> PixmapCache {
    let descriptor = CacheDescriptor {
        budget_bytes,
        format,
        ..Default::default()
    };
    Noop::new().cache(&descriptor).expect("a cache")
}

/// Inserts squares into one frame until one is refused, or `share` of the pages' bytes is in use. Returns the share.
fn fill(cache: &mut PixmapCache, format: PixelFormat, side: u32, share: f64) -> (f64, Option<InsertError>) {
    let bytes = vec![7; (side * side * format.bytes_per_texel()) as usize];
    let pixmap = Pixmap::new(format, Size::new(side, side), &bytes);
    let stats = cache.stats();
    let page_bytes = (u64::from(stats.max_pages) * stats.page_bytes) as f64;
    let mut in_use = 0.0;
    while in_use < share {
        if let Err(error) = cache.insert(pixmap) {
            return (in_use, Some(error));
        }
        in_use += bytes.len() as f64 / page_bytes;
    }
    assert_eq!(cache.stats().evictions, 0, "all of one frame stays");
    (in_use, None)
}

/// Bytes that are neither in pages nor too few for one.
fn table_share(cache: &PixmapCache) -> f64 {
    let entries = f64::from(cache.stats().max_entries);
    entries * 16.0 / cache.budget() as f64
}

#[test]
fn color_glyphs_of_8x8_are_taken_until_they_cover_70_percent_of_the_pages() {
    for mib in [1, 2, 4, 16, 64] {
        let mut cache = cache(mib * MIB, wgpu::TextureFormat::Rgba8UnormSrgb);
        let (in_use, refused) = fill(&mut cache, PixelFormat::Rgba8, 8, 0.70);
        assert_eq!(refused, None, "{mib} MiB, at {in_use}");
    }
}

#[test]
fn masks_of_10x10_are_taken_until_they_cover_70_percent_of_the_pages() {
    for mib in [1, 2, 4, 16, 64] {
        let mut cache = cache(mib * MIB, wgpu::TextureFormat::R8Unorm);
        let (in_use, refused) = fill(&mut cache, PixelFormat::R8, 10, 0.70);
        assert_eq!(refused, None, "{mib} MiB, at {in_use}");
    }
}

#[test]
fn masks_of_8x8_fill_the_table_at_44_percent_of_the_pages() {
    for mib in [1, 4, 16, 64] {
        let mut cache = cache(mib * MIB, wgpu::TextureFormat::R8Unorm);
        let (in_use, refused) = fill(&mut cache, PixelFormat::R8, 8, 0.70);
        assert!(
            matches!(refused, Some(InsertError::TooManyEntries { .. })),
            "{mib} MiB: {refused:?}"
        );
        assert!(in_use > 0.44, "{mib} MiB: refused at {in_use}");
    }
}

#[test]
fn the_table_takes_a_small_share_of_the_budget() {
    for (format, most) in [
        (wgpu::TextureFormat::Rgba8UnormSrgb, 0.047),
        (wgpu::TextureFormat::R8Unorm, 0.110),
    ] {
        for mib in [1, 2, 4, 16, 64, 256] {
            let share = table_share(&cache(mib * MIB, format));
            assert!(share < most, "{format:?}, {mib} MiB: {share}");
        }
    }
}

#[test]
fn the_table_of_a_small_cache_takes_a_quarter_of_it_and_soon_a_sixth_at_most() {
    for format in [wgpu::TextureFormat::Rgba8UnormSrgb, wgpu::TextureFormat::R8Unorm] {
        for kib in [64, 96, 128, 200, 256, 364, 400, 512, 700, 1000] {
            let mut cache = cache(kib << 10, format);
            let share = table_share(&cache);
            assert!(share <= 0.25, "{format:?}, {kib} KiB: {share}");
            assert!(share <= 0.17 || kib < 128, "{format:?}, {kib} KiB: {share}");
            let pixels = match format {
                wgpu::TextureFormat::R8Unorm => PixelFormat::R8,
                _ => PixelFormat::Rgba8,
            };
            let (in_use, refused) = fill(&mut cache, pixels, 10, 0.70);
            assert_eq!(refused, None, "{format:?}, {kib} KiB, at {in_use}");
        }
    }
}
