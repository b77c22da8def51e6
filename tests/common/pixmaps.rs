//! Caches and pixmaps for tests of a cache over its life.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixelFormat, PixmapBuf, PixmapCache, PixmapKey, Size};

pub const KIB: u64 = 1 << 10;
pub const MIB: u64 = 1 << 20;

/// Pages of 128x128, so that a MiB holds fifteen.
pub fn descriptor(budget_bytes: u64, commit: CommitPolicy) -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes,
        commit,
        format: wgpu::TextureFormat::Rgba8Unorm,
        page_side: Some(128),
        max_entries: Some(2047),
        idle: None,
        max_tiles: Some(0),
        ..Default::default()
    }
}

/// A device that carries out nothing, and checks everything.
#[cfg(not(target_arch = "wasm32"))]
pub fn noop() -> (wgpu::Device, wgpu::Queue) {
    wgpu::Device::noop(&wgpu::DeviceDescriptor {
        required_limits: wgpu::Limits::downlevel_webgl2_defaults(),
        ..Default::default()
    })
}

#[cfg(not(target_arch = "wasm32"))]
pub fn noop_cache(descriptor: &CacheDescriptor) -> PixmapCache {
    let (device, queue) = noop();
    PixmapCache::new(&device, &queue, descriptor).expect("the descriptor is sound")
}

/// Texels that no other number has.
pub fn pixmap(number: u32, size: Size) -> PixmapBuf {
    let texel = |index: u32| (index ^ number.wrapping_mul(2_654_435_761)).to_le_bytes();
    let bytes = (0..size.width * size.height).flat_map(texel).collect();
    PixmapBuf::new(PixelFormat::Rgba8, size, bytes)
}

pub fn square(number: u32) -> PixmapBuf {
    pixmap(number, Size::new(32, 32))
}

/// Inserts squares under their numbers as names; every frame takes eight.
pub fn fill(cache: &mut PixmapCache, numbers: std::ops::Range<u32>) -> Vec<PixmapKey> {
    let insert = |number: u32| {
        if number.is_multiple_of(8) {
            cache.begin_frame();
        }
        cache
            .insert_named(number.to_string(), &square(number))
            .expect("eight squares have room")
    };
    numbers.map(insert).collect()
}

/// Whether every living square still has its texels, and how many there are.
#[cfg(not(target_arch = "wasm32"))]
pub fn check_squares(cache: &mut PixmapCache) -> usize {
    let squares: Vec<(PixmapKey, u32)> = cache
        .iter()
        .map(|(key, name)| (key, name.expect("squares have names").parse().expect("a number")))
        .collect();
    for &(key, number) in &squares {
        let texels = cache.read_back(key).expect("a living key").bytes;
        assert_eq!(texels, square(number).bytes, "square {number} has other texels");
    }
    squares.len()
}
