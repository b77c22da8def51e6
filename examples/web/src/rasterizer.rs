//! Rasterizes what the wall requests between frames: the page has one thread.

use std::time::Duration;

use kit::draw::Gpu;
use kit::pictures::texels;
use kit::wall::live::{MAX_REQUESTS, Pictures, RETRY_AFTER_FRAMES};
use kit::wall::pixmaps::{PixmapName, with_levels};
use pixmap_cache::{CacheDescriptor, Instant, PixmapBuf, PixmapCache, Request, Size, UploadDescriptor};
use wgpu::TextureFormat;

use crate::source::Source;

/// Both backends have it, and blending in linear light comes with it.
pub const FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// Time for rasterizing in one frame.
const RASTER_TIME: Duration = Duration::from_millis(10);

pub struct Rasterizer {
    pub source: Source,
    requests: Vec<Request<PixmapName>>,
}

pub fn create_cache(gpu: &Gpu, budget_bytes: u64) -> Result<PixmapCache<PixmapName>, String> {
    let descriptor = CacheDescriptor {
        budget_bytes,
        format: FORMAT,
        record_evictions: true,
        uploads: UploadDescriptor {
            max_requests: MAX_REQUESTS,
            retry_after_frames: RETRY_AFTER_FRAMES,
            ..Default::default()
        },
        ..Default::default()
    };
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).map_err(|error| error.to_string())
}

impl Rasterizer {
    pub fn new(source: Source) -> Self {
        Self {
            source,
            requests: Vec::new(),
        }
    }

    /// Rasterizes what was requested, the latest first, as long as there is time in this frame.
    pub fn run(&mut self) {
        let start = Instant::now();
        while start.elapsed() < RASTER_TIME
            && let Some(request) = self.requests.pop()
        {
            let pixmap = self.pixmap(*request.name());
            // The next `begin_frame` takes it in.
            let _ = request.deliver(pixmap);
        }
    }

    pub fn pixmap(&self, PixmapName { picture, side, .. }: PixmapName) -> PixmapBuf {
        with_levels(texels::to_pixmap(self.source.rasterize(picture, side), FORMAT))
    }
}

impl Pictures for Rasterizer {
    fn pixmap_size(&self, picture: u32, side: u32) -> Size {
        self.source.pixmap_size(picture, side)
    }

    fn rasterize(&mut self, request: Request<PixmapName>) {
        self.requests.push(request);
    }
}
