//! Caches on wgpu's backend that draws nothing: everything but pixels can be tested on it.

use pixmap_cache::{CacheDescriptor, CommitPolicy, CreateError, PixelFormat, PixmapBuf, PixmapCache, Size};

pub struct Noop {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

impl Noop {
    pub fn new() -> Self {
        Self::within(wgpu::Limits::downlevel_webgl2_defaults())
    }

    pub fn within(required_limits: wgpu::Limits) -> Self {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor {
            required_limits,
            ..Default::default()
        });
        Self { device, queue }
    }

    pub fn cache(&self, descriptor: &CacheDescriptor) -> Result<PixmapCache, CreateError> {
        PixmapCache::new(&self.device, &self.queue, descriptor)
    }

    /// Four pages of 64, all there from the start, and 4,095 entries.
    pub fn small_cache(&self) -> PixmapCache {
        self.cache(&four_pages()).expect("a small cache")
    }

    pub fn tiled_cache(&self) -> PixmapCache {
        self.cache(&tiled_pages()).expect("a small cache")
    }
}

/// Four pages that a pixmap may fill.
pub fn four_pages() -> CacheDescriptor<'static> {
    CacheDescriptor {
        // What is left beside the pages holds the region table and no fifth page.
        budget_bytes: 4 * 64 * 64 * 4 + 64 * 1024 + 1024,
        format: wgpu::TextureFormat::Rgba8Unorm,
        commit: CommitPolicy::Upfront,
        page_side: Some(64),
        max_entries: Some(4095),
        max_tiles: Some(0),
        ..Default::default()
    }
}

/// Four pages whose pixmaps are in tiles when they are longer than half a page.
pub fn tiled_pages() -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes: four_pages().budget_bytes + 4 * 256 * 16,
        max_tiles: Some(256),
        ..four_pages()
    }
}

pub fn rgba(width: u32, height: u32) -> PixmapBuf {
    let size = Size::new(width, height);
    PixmapBuf::new(PixelFormat::Rgba8, size, vec![7; size.texels() as usize * 4])
}

/// The whole frame, once: what was refused before has broken nothing.
pub fn assert_works(cache: &mut PixmapCache) {
    cache.begin_frame();
    let before = cache.stats();
    let key = cache
        .insert_named("works".into(), &rgba(5, 5))
        .expect("room for a small one");
    cache.flush();
    let after = cache.stats();
    assert_eq!(
        after.submissions,
        before.submissions + 1,
        "the pixels are submitted"
    );
    assert_eq!(cache.find("works"), Some(key), "what went in is found");
    assert_eq!(cache.size(key), Some(Size::new(5, 5)), "it has its size");
    assert!(cache.remove(key), "it can be removed");
    assert!(!cache.contains(key), "what was removed is gone");
    assert!(after.vram_bytes <= after.budget_bytes, "{after:?}");
}
