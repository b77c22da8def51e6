//! The threads that rasterize what the wall in the window requests, and its cache.
//!
//! The window's thread only looks up and takes in: that part, shared with the page, is in `kit::wall::live`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pixmap_cache::{CacheDescriptor, Request, Size, UploadDescriptor};
use rayon::ThreadPool;
use wgpu::TextureFormat;

use crate::options::Options;
use crate::record;
use crate::scene;
use crate::source::Source;
use kit::draw::Gpu;
use kit::pictures::texels;
use kit::pool::pool;
use kit::wall::live::{Live, MAX_REQUESTS, Pictures, RETRY_AFTER_FRAMES};
use kit::wall::pixmaps::{PixmapName, with_levels};

/// More than all requests in flight: emoji of `MAX_SIDE` take 75 MiB with their mip levels, and a folder's images all
/// together less than 400.
const QUEUE_BYTES: u64 = 512 << 20;
/// Bytes taken in per frame: less than a millisecond's work.
const UPLOAD_BYTES_PER_FRAME: u64 = 1 << 20;
/// Time between two checks whether the pool is done.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

pub struct Rasterizers {
    pub source: Arc<Source>,
    pub pool: ThreadPool,
    pub format: TextureFormat,
    /// Unfinished jobs of the pool.
    jobs: Arc<AtomicU32>,
}

/// Creates the wall's cache. With `--record`, it writes a trace.
pub fn create_live(gpu: &Gpu, source: &Source, options: &Options) -> Result<Live, String> {
    let descriptor = CacheDescriptor {
        uploads: UploadDescriptor {
            max_requests: MAX_REQUESTS,
            queue_bytes: QUEUE_BYTES,
            upload_bytes_per_frame: UPLOAD_BYTES_PER_FRAME,
            retry_after_frames: RETRY_AFTER_FRAMES,
            ..Default::default()
        },
        ..scene::descriptor(options)
    };
    let mut cache = scene::create_cache(gpu, &descriptor)?;
    record::start(&mut cache, options.record.as_deref())?;
    Ok(Live::new(cache, source.wall(options.stage.size)))
}

impl Rasterizers {
    pub fn new(source: &Arc<Source>, format: TextureFormat) -> Result<Self, String> {
        Ok(Self {
            source: Arc::clone(source),
            pool: pool(0)?,
            format,
            jobs: Arc::default(),
        })
    }

    /// Waits until every picture that was requested is delivered. They all fit in the queue, so no job waits for this
    /// thread.
    pub fn wait(&self) {
        while self.jobs.load(Ordering::Acquire) > 0 {
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }
}

impl Pictures for Rasterizers {
    fn pixmap_size(&self, picture: u32, side: u32) -> Size {
        self.source.pixmap_size(picture, side)
    }

    fn rasterize(&mut self, request: Request<PixmapName>) {
        let (source, jobs, format) = (Arc::clone(&self.source), Arc::clone(&self.jobs), self.format);
        jobs.fetch_add(1, Ordering::Relaxed);
        self.pool.spawn(move || {
            rasterize(&source, request, format);
            jobs.fetch_sub(1, Ordering::Release);
        });
    }
}

/// In a thread of the pool.
fn rasterize(source: &Source, request: Request<PixmapName>, format: TextureFormat) {
    let PixmapName { picture, side, .. } = *request.name();
    let pixmap = with_levels(texels::to_pixmap(source.rasterize(picture, side), format));
    // Fails only after the cache was dropped.
    let _ = request.deliver_blocking(pixmap);
}
