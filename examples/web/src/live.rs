//! The scene: what the camera sees is found or requested, and pictures are rasterized between frames.
//!
//! A picture that isn't ready is drawn from its last size if that is still resident, else as an empty card. A view that
//! exceeds the budget is drawn from smaller sizes.

use std::time::Duration;

use kit::draw::Gpu;
use kit::pictures::texels::{self, Texels};
use kit::wall::camera::Camera;
use kit::wall::pixmaps::{PixmapName, affordable_side, with_levels};
use kit::wall::renderer::{Sprite, View};
use kit::wall::{PICTURE_SHARE, Spot, Wall, place_on_card, raster_side};
use pixmap_cache::{
    CacheDescriptor, Instant, PixmapBuf, PixmapCache, PixmapId, PixmapKey, Request, Size, UploadDescriptor,
};
use wgpu::TextureFormat;

use crate::source::Source;

/// Both backends have it, and blending in linear light comes with it.
pub const FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// Time for rasterizing in one frame: the page has one thread.
const RASTER_TIME: Duration = Duration::from_millis(10);

/// Requests in flight: about a screenful, so that pictures in view don't wait long after the camera jumps.
const MAX_REQUESTS: u32 = 500;

pub struct Live {
    pub wall: Wall,
    pub cache: PixmapCache<PixmapName>,
    pub view: View,
    pub source: Source,
    /// Of each visible picture, in the order of the sprites.
    pub names: Vec<PixmapName>,
    /// Visible pictures that weren't ready in the last frame.
    pub pending: u32,
    requests: Vec<Request<PixmapName>>,
    /// By picture: the key that it was last drawn with. May be dead.
    last_shown: Vec<Option<PixmapKey>>,
}

pub fn create_cache(gpu: &Gpu, budget_bytes: u64) -> Result<PixmapCache<PixmapName>, String> {
    let descriptor = CacheDescriptor {
        budget_bytes,
        format: FORMAT,
        record_evictions: true,
        uploads: UploadDescriptor {
            max_requests: MAX_REQUESTS,
            retry_after_frames: 30,
            ..Default::default()
        },
        ..Default::default()
    };
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).map_err(|error| error.to_string())
}

impl Live {
    pub fn new(cache: PixmapCache<PixmapName>, source: Source, screen: Size) -> Self {
        Self {
            wall: source.wall(screen),
            cache,
            view: View::default(),
            last_shown: vec![None; source.len() as usize],
            source,
            names: Vec::new(),
            pending: 0,
            requests: Vec::new(),
        }
    }

    /// Shows other pictures. What is in the cache is of no use for them.
    pub fn show(&mut self, source: Source, screen: Size) {
        self.requests.clear();
        self.cache.clear();
        self.wall = source.wall(screen);
        self.last_shown = vec![None; source.len() as usize];
        self.source = source;
    }

    pub fn texels(&self) -> Texels {
        Texels::of(FORMAT)
    }

    // excerpt: the frame
    /// Fills `self.view` with what `camera` sees.
    pub fn compose(&mut self, camera: Camera, screen: Size) {
        self.cache.begin_frame();
        let spots: Vec<Spot> = self.wall.visible(camera, screen).collect();
        let side = self.side(raster_side(camera.pitch * PICTURE_SHARE), &spots);
        self.view.pitch = camera.pitch;
        self.view.sprites.clear();
        self.names.clear();
        self.pending = 0;
        for spot in &spots {
            self.show_spot(spot, (side, camera.pitch));
        }
        self.cache.flush();
    }

    fn show_spot(&mut self, spot: &Spot, (side, pitch): (u32, f32)) {
        let size = self.source.pixmap_size(spot.picture, side);
        let name = PixmapName {
            picture: spot.picture,
            side: size.longer_side(),
        };
        let requests = &mut self.requests;
        let found = self
            .cache
            .find_or_request(&name, |request| requests.push(request));
        self.pending += u32::from(found.key().is_none());
        // A stand-in isn't touched, so that it can make room for the picture that it replaces.
        let last = &mut self.last_shown[spot.picture as usize];
        let stand_in = last.filter(|key| self.cache.contains(*key));
        *last = found.key().or(stand_in);
        self.names.push(name);
        self.view.sprites.push(Sprite {
            spot: [spot.x, spot.y],
            picture: place_on_card(size, pitch),
            id: last.map_or(PixmapId::NONE, |key| key.id()),
        });
    }

    /// Rasterizes what was requested, the latest first, as long as there is time in this frame.
    pub fn rasterize(&mut self) {
        let start = Instant::now();
        while start.elapsed() < RASTER_TIME
            && let Some(request) = self.requests.pop()
        {
            let pixmap = self.pixmap(*request.name());
            // The next `begin_frame` takes it in.
            let _ = request.deliver(pixmap);
        }
    }
    // excerpt end

    pub fn pixmap(&self, PixmapName { picture, side }: PixmapName) -> PixmapBuf {
        with_levels(texels::to_pixmap(self.source.rasterize(picture, side), FORMAT))
    }

    fn side(&self, wanted: u32, spots: &[Spot]) -> u32 {
        let sizes = |side| {
            let spots = spots.iter();
            spots.map(move |spot| self.source.pixmap_size(spot.picture, side))
        };
        affordable_side(wanted, &self.cache.stats(), (4, sizes))
    }
}
