//! One frame, apart from drawing it: camera -> visible pictures -> find or request -> flush -> sprites.
//!
//! This thread only looks up and takes in; the pool decodes. A picture that is not ready is an empty card.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pixmap_cache::{
    CacheDescriptor, Found, PixmapCache, PixmapId, PixmapKey, Request, Size, UploadDescriptor,
};
use rayon::ThreadPool;
use wgpu::TextureFormat;

use crate::options::Options;
use crate::pictures::Pictures;
use kit::draw::Gpu;
use kit::pictures::texels::Texels;
use kit::pool::pool;
use kit::terminal::printable;
use kit::wall::camera::Camera;
use kit::wall::renderer::{Sprite, View};
use kit::wall::{MAX_SIDE, PICTURE_SHARE, Spot, Wall, place_on_card, raster_side};

/// Each size of a picture is a pixmap of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixmapName {
    picture: u32,
    side: u32,
}

/// How one frame went.
#[derive(Clone, Copy, Default)]
pub struct FrameCosts {
    /// `begin_frame` and `flush`: what deliveries cost a frame.
    pub taking_in: Duration,
    /// Those two and every `find_or_request`.
    pub caching: Duration,
    pub ready: u32,
    pub pending: u32,
    pub failed: u32,
}

pub struct Scene {
    pub wall: Wall,
    pub cache: PixmapCache<PixmapName>,
    pub view: View,
    pub pool: ThreadPool,
    pictures: Arc<Pictures>,
    format: TextureFormat,
}

impl Scene {
    pub fn new(gpu: &Gpu, pictures: Pictures, options: &Options) -> Result<Self, String> {
        let descriptor = CacheDescriptor {
            budget_bytes: 24 << 20,
            format: options.format,
            uploads: UploadDescriptor {
                // About a screenful, so that pictures in view do not wait long after the camera jumps.
                max_requests: 500,
                upload_bytes_per_frame: 1 << 20,
                ..Default::default()
            },
            ..Default::default()
        };
        let cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor);
        Ok(Self {
            wall: Wall::new(pictures.len(), options.stage.size),
            cache: cache.map_err(|error| format!("the cache cannot be created: {error}."))?,
            view: View::default(),
            pool: pool(options.threads)?,
            pictures: Arc::new(pictures),
            format: options.format,
        })
    }

    pub fn texels(&self) -> Texels {
        Texels::of(self.format)
    }

    /// Fills `self.view` with what `camera` sees on a screen of this size.
    pub fn compose(&mut self, camera: Camera, screen: Size) -> FrameCosts {
        let mut costs = FrameCosts::default();
        let start = Instant::now();
        self.cache.begin_frame();
        costs.taking_in = start.elapsed();

        self.find_visible(camera, screen, &mut costs);

        let flush = Instant::now();
        self.cache.flush();
        costs.taking_in += flush.elapsed();
        costs.caching = start.elapsed();
        costs
    }

    fn find_visible(&mut self, camera: Camera, screen: Size, costs: &mut FrameCosts) {
        self.view.pitch = camera.pitch;
        self.view.sprites.clear();
        let side = raster_side(camera.pitch * PICTURE_SHARE).min(MAX_SIDE);
        let spots: Vec<Spot> = self.wall.visible(camera, screen).collect();
        for spot in spots {
            let picture = spot.picture;
            let key = self.find_or_decode(PixmapName { picture, side }, costs);
            let size = key.and_then(|key| self.cache.size(key));
            self.view.sprites.push(Sprite {
                spot: [spot.x, spot.y],
                picture: place_on_card(size.unwrap_or(Size::new(side, side)), camera.pitch),
                id: key.map_or(PixmapId::NONE, |key| key.id()),
            });
        }
    }

    fn find_or_decode(&mut self, name: PixmapName, costs: &mut FrameCosts) -> Option<PixmapKey> {
        let (pool, pictures, format) = (&self.pool, &self.pictures, self.format);
        let found = self.cache.find_or_request(&name, |request| {
            let pictures = Arc::clone(pictures);
            pool.spawn(move || decode(&pictures, request, format));
        });
        match &found {
            Found::Ready(_) => costs.ready += 1,
            Found::Failed(_) => costs.failed += 1,
            _ => costs.pending += 1,
        }
        found.key()
    }
}

/// In a thread of the pool.
fn decode(pictures: &Pictures, request: Request<PixmapName>, format: TextureFormat) {
    let PixmapName { picture, side } = *request.name();
    match pictures.decode(picture, side, format) {
        // Fails only after the cache was dropped.
        Ok(pixmap) => drop(request.deliver_blocking(pixmap)),
        Err(reason) => {
            eprintln!("threads: {}", printable(&reason));
            request.fail(reason);
        }
    }
}
