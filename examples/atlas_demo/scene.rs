//! One frame of the demo except for drawing it: camera -> visible pictures -> find or insert -> flush -> sprites.
//!
//! The cache is used here as in an application. Rasterizing and the cache's own work are timed separately.

use std::time::{Duration, Instant};

use pixmap_cache::{CacheDescriptor, CreateError, InsertError, PixmapCache, PixmapId, Size};
use wgpu::TextureFormat;

use crate::options::Options;
use crate::record;
use crate::source::Source;
use kit::draw::Gpu;
use kit::pictures::texels::{self, Texels};
use kit::wall::camera::Camera;
use kit::wall::pixmaps::{PixmapName, with_levels};
use kit::wall::renderer::{Sprite, View};
use kit::wall::{PICTURE_SHARE, Wall, place_on_card, raster_side};

/// Less would show almost nothing.
const MIN_BUDGET: &str = "give a --budget of at least 1MiB";

/// How long composing one frame took, and what it could not show.
#[derive(Clone, Copy, Default)]
pub struct FrameCosts {
    pub rasterizing: Duration,
    /// `begin_frame`, every `find` and `insert_named`, `flush`.
    pub caching: Duration,
    /// Sprites drawn as empty cards because the cache was full.
    pub left_out: u32,
}

pub struct Scene {
    pub wall: Wall,
    pub source: Source,
    pub cache: PixmapCache<PixmapName>,
    pub view: View,
    /// Why the cache last refused a pixmap.
    pub refusal: Option<InsertError>,
    format: TextureFormat,
    /// Sprites of this frame whose pixmaps are not resident yet.
    missing: Vec<(usize, PixmapName)>,
}

impl Scene {
    pub fn new(gpu: &Gpu, source: Source, options: &Options) -> Result<Self, String> {
        let mut cache = create_cache(gpu, &descriptor(options))?;
        record::start(&mut cache, options.record.as_deref())?;
        Ok(Self {
            wall: source.wall(options.stage.size),
            source,
            cache,
            view: View::default(),
            refusal: None,
            format: options.format,
            missing: Vec::new(),
        })
    }

    pub fn texels(&self) -> Texels {
        Texels::of(self.format)
    }

    /// Fills `self.view` with what `camera` sees on a screen of this size. Every pixmap is resident, if the cache has room.
    pub fn compose(&mut self, camera: Camera, screen: Size) -> FrameCosts {
        let mut costs = FrameCosts::default();
        let start = Instant::now();
        self.cache.begin_frame();
        self.find_visible(camera, screen);
        costs.caching += start.elapsed();

        // After everything visible was touched, so that no insertion evicts what this frame shows.
        self.insert_missing(&mut costs);

        let start = Instant::now();
        self.cache.flush();
        costs.caching += start.elapsed();
        costs
    }

    fn find_visible(&mut self, camera: Camera, screen: Size) {
        self.view.pitch = camera.pitch;
        self.view.sprites.clear();
        self.missing.clear();
        let side = raster_side(camera.pitch * PICTURE_SHARE);
        for spot in self.wall.visible(camera, screen) {
            let pixmap = self.source.pixmap_size(spot.picture, side);
            // A picture smaller than the box is one pixmap for all larger boxes.
            let name = PixmapName {
                wall: 0,
                picture: spot.picture,
                side: pixmap.width.max(pixmap.height),
            };
            let key = self.cache.find(&name);
            if key.is_none() {
                self.missing.push((self.view.sprites.len(), name));
            }
            self.view.sprites.push(Sprite {
                spot: [spot.x, spot.y],
                picture: place_on_card(pixmap, camera.pitch),
                id: key.map_or(PixmapId::NONE, |key| key.id()),
            });
        }
    }

    fn insert_missing(&mut self, costs: &mut FrameCosts) {
        for (done, (sprite, name)) in self.missing.iter().enumerate() {
            let start = Instant::now();
            let image = self.source.rasterize(name.picture, name.side);
            let pixmap = with_levels(texels::to_pixmap(image, self.format));
            let rasterized = Instant::now();
            let inserted = self.cache.insert_named(*name, &pixmap);
            costs.caching += rasterized.elapsed();
            costs.rasterizing += rasterized - start;
            match inserted {
                Ok(key) => self.view.sprites[*sprite].id = key.id(),
                Err(refusal) => {
                    // The other pictures have this size too: they are drawn empty.
                    self.refusal = Some(refusal);
                    costs.left_out = (self.missing.len() - done) as u32;
                    break;
                }
            }
        }
    }
}

/// Returns the cache's descriptor for this command line.
pub fn descriptor(options: &Options) -> CacheDescriptor<'static> {
    CacheDescriptor {
        budget_bytes: options.budget_bytes,
        format: options.format,
        // For the map of the pages, which says why entries were evicted.
        record_evictions: true,
        ..Default::default()
    }
}

/// Creates a cache. The error says how to change the budget.
pub fn create_cache(gpu: &Gpu, descriptor: &CacheDescriptor) -> Result<PixmapCache<PixmapName>, String> {
    PixmapCache::new(&gpu.device, &gpu.queue, descriptor).map_err(creation_failure)
}

fn creation_failure(error: CreateError) -> String {
    match error {
        CreateError::BudgetTooSmall { budget_bytes, .. } => {
            format!("a budget of {budget_bytes} bytes is too small for any cache: {MIN_BUDGET}.")
        }
        CreateError::BudgetTooLarge { limit_bytes, .. } => format!(
            "the budget exceeds what this device can address: give a --budget of at most {}MiB.",
            limit_bytes >> 20
        ),
        CreateError::OutOfMemory { .. } => {
            "the device does not have that much memory: lower --budget.".to_owned()
        }
        error => format!("the cache cannot be created: {error}."),
    }
}
