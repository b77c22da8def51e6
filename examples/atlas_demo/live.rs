//! The scene in the window: what the camera sees is found or requested, and threads rasterize what is missing.
//!
//! The window's thread only looks up and takes in. A picture that is not ready is drawn from its last size if that is
//! still resident, else as an empty card. A view that exceeds the budget is drawn from smaller sizes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pixmap_cache::{CacheDescriptor, Found, PixmapCache, PixmapKey, Request, UploadDescriptor};
use rayon::ThreadPool;
use wgpu::TextureFormat;

use crate::options::Options;
use crate::record;
use crate::scene;
use crate::source::Source;
use kit::draw::{Frame, Gpu};
use kit::pictures::texels::{self, Texels};
use kit::pool::pool;
use kit::wall::camera::Camera;
use kit::wall::pixmaps::{self, PixmapName};
use kit::wall::renderer::{Sprite, View};
use kit::wall::{PICTURE_SHARE, Spot, Wall, place_on_card, raster_side};

/// Requests in flight: about a screenful, so that pictures in view do not wait long after the camera jumps.
const MAX_REQUESTS: u32 = 500;
/// More than all requests in flight: emoji of `MAX_SIDE` take 75 MiB with their mip levels, and a folder's images all
/// together less than 400.
const QUEUE_BYTES: u64 = 512 << 20;
/// Bytes taken in per frame: less than a millisecond's work.
const UPLOAD_BYTES_PER_FRAME: u64 = 1 << 20;
/// Short: the camera moves, so a picture that did not fit may fit soon.
const RETRY_AFTER_FRAMES: u64 = 30;
/// Time between two checks whether the pool is done.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

pub struct Live {
    pub wall: Wall,
    pub cache: PixmapCache<PixmapName>,
    pub view: View,
    pub source: Arc<Source>,
    pub pool: ThreadPool,
    pub format: TextureFormat,
    /// Side of the boxes for which the last view was rasterized.
    pub side: u32,
    /// Of each visible picture, in the order of the sprites.
    pub names: Vec<PixmapName>,
    /// Unfinished jobs of the pool.
    jobs: Arc<AtomicU32>,
    /// By picture: the key that it was last drawn with. May be dead.
    last_shown: Vec<Option<PixmapKey>>,
}

/// How one frame went.
#[derive(Clone, Copy, Default)]
pub struct LiveCosts {
    /// `begin_frame`, every `find_or_request`, `flush`.
    pub caching: Duration,
    pub ready: u32,
    pub pending: u32,
    pub failed: u32,
}

impl Drop for Live {
    fn drop(&mut self) {
        record::finish(&mut self.cache);
    }
}

impl Live {
    pub fn new(gpu: &Gpu, source: &Arc<Source>, options: &Options) -> Result<Self, String> {
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
        Ok(Self {
            wall: source.wall(options.stage.size),
            cache,
            view: View::default(),
            last_shown: vec![None; source.len() as usize],
            source: Arc::clone(source),
            pool: pool(0)?,
            jobs: Arc::default(),
            format: options.format,
            side: 0,
            names: Vec::new(),
        })
    }

    pub fn texels(&self) -> Texels {
        Texels::of(self.format)
    }

    /// Fills `self.view` with what `camera` sees.
    pub fn compose(&mut self, camera: Camera, target: &Frame) -> LiveCosts {
        let mut costs = LiveCosts::default();
        let start = Instant::now();
        self.cache.begin_frame();
        costs.caching += start.elapsed();

        let spots: Vec<Spot> = self.wall.visible(camera, target.size).collect();
        self.side = self.affordable_side(raster_side(camera.pitch * PICTURE_SHARE), &spots);
        self.view.pitch = camera.pitch;
        self.view.sprites.clear();
        self.names.clear();

        let start = Instant::now();
        for spot in &spots {
            self.show(spot, camera.pitch, &mut costs);
        }
        self.cache.flush();
        costs.caching += start.elapsed();
        costs
    }

    /// Returns the wanted side, or the largest below it at which these pictures fit the budget with their mip levels.
    fn affordable_side(&self, wanted: u32, spots: &[Spot]) -> u32 {
        let texel_bytes = u64::from(self.format.block_copy_size(None).unwrap_or(4));
        let sizes = |side| {
            spots
                .iter()
                .map(move |spot| self.source.pixmap_size(spot.picture, side))
        };
        pixmaps::affordable_side(wanted, &self.cache.stats(), (texel_bytes, sizes))
    }

    fn show(&mut self, spot: &Spot, pitch: f32, costs: &mut LiveCosts) {
        let size = self.source.pixmap_size(spot.picture, self.side);
        let name = PixmapName {
            picture: spot.picture,
            side: size.width.max(size.height),
        };
        let found = self.find_or_rasterize(name);
        match &found {
            Found::Ready(_) => costs.ready += 1,
            Found::Failed(_) => costs.failed += 1,
            _ => costs.pending += 1,
        }
        // A stand-in isn't touched, so that it can make room for the picture it replaces.
        let last = &mut self.last_shown[spot.picture as usize];
        let stand_in = last.filter(|key| self.cache.contains(*key));
        let key = found.key().or(stand_in);
        *last = key;
        self.names.push(name);
        self.view.sprites.push(Sprite {
            spot: [spot.x, spot.y],
            picture: place_on_card(size, pitch),
            id: key.map_or(pixmap_cache::PixmapId::NONE, |key| key.id()),
        });
    }

    fn find_or_rasterize(&mut self, name: PixmapName) -> Found {
        let (pool, source, jobs, format) = (&self.pool, &self.source, &self.jobs, self.format);
        self.cache.find_or_request(&name, |request| {
            let (source, jobs) = (Arc::clone(source), Arc::clone(jobs));
            jobs.fetch_add(1, Ordering::Relaxed);
            pool.spawn(move || {
                rasterize(&source, request, format);
                jobs.fetch_sub(1, Ordering::Release);
            });
        })
    }

    /// Waits until every picture that was requested is delivered. They all fit in the queue, so no job waits for this
    /// thread.
    pub fn wait_for_pictures(&self) {
        while self.jobs.load(Ordering::Acquire) > 0 {
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }
}

/// In a thread of the pool.
fn rasterize(source: &Source, request: Request<PixmapName>, format: TextureFormat) {
    let PixmapName { picture, side } = *request.name();
    let pixmap = pixmaps::with_levels(texels::to_pixmap(source.rasterize(picture, side), format));
    // Fails only after the cache was dropped.
    let _ = request.deliver_blocking(pixmap);
}
