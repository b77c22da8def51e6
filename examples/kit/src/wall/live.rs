//! The moving wall, drawn from a cache: what the camera sees is found or requested.
//!
//! Shared by the window of `atlas_demo` and the page `web`. Each rasterizes in its own way: the window on threads, the page
//! between frames. A picture that isn't ready is drawn from its last size if that is still resident, else as
//! an empty card. A view that exceeds the budget is drawn from smaller sizes.

use std::time::Duration;

use pixmap_cache::{Found, Instant, PixmapCache, PixmapId, PixmapKey, Request, Size};

use super::camera::Camera;
use super::pixmaps::{PixmapName, affordable_side};
use super::renderer::{Sprite, View};
use super::{PICTURE_SHARE, Spot, Wall, place_on_card, raster_side};

/// Requests in flight: about a screenful, so that pictures in view don't wait long after the camera jumps.
pub const MAX_REQUESTS: u32 = 500;

/// Short: the camera moves, so a picture that didn't fit may fit soon.
pub const RETRY_AFTER_FRAMES: u64 = 30;

/// Where pictures come from.
pub trait Pictures {
    /// Returns a picture's size in a box of `side` x `side` texels.
    fn pixmap_size(&self, picture: u32, side: u32) -> Size;

    /// Has a pixmap rasterized and delivered. Returns at once.
    fn rasterize(&mut self, request: Request<PixmapName>);
}

pub struct Live {
    pub wall: Wall,
    /// Number of the wall, counted from 0.
    pub number: u32,
    pub cache: PixmapCache<PixmapName>,
    pub view: View,
    /// Side of the boxes for which the last view was rasterized.
    pub side: u32,
    /// Of each visible picture, in the order of the sprites.
    pub names: Vec<PixmapName>,
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

impl LiveCosts {
    /// Returns whether every visible picture was drawn in the size that was wanted.
    pub fn is_complete(&self) -> bool {
        self.pending == 0 && self.failed == 0
    }
}

impl Live {
    pub fn new(cache: PixmapCache<PixmapName>, wall: Wall) -> Self {
        Self {
            last_shown: vec![None; wall.pictures as usize],
            wall,
            number: 0,
            cache,
            view: View::default(),
            side: 0,
            names: Vec::new(),
        }
    }

    /// Shows a wall of other pictures. What is in the cache is of no use for them.
    pub fn show(&mut self, wall: Wall) {
        self.cache.clear();
        self.number += 1;
        self.last_shown = vec![None; wall.pictures as usize];
        self.wall = wall;
    }

    // excerpt: the frame
    /// Fills `self.view` with what `camera` sees.
    pub fn compose(&mut self, camera: Camera, screen: Size, pictures: &mut impl Pictures) -> LiveCosts {
        let mut costs = LiveCosts::default();
        let start = Instant::now();
        self.cache.begin_frame();
        costs.caching += start.elapsed();

        let spots: Vec<Spot> = self.wall.visible(camera, screen).collect();
        let sizes_of = &*pictures;
        let sizes = |side| {
            spots
                .iter()
                .map(move |spot| sizes_of.pixmap_size(spot.picture, side))
        };
        let wanted = raster_side(camera.pitch * PICTURE_SHARE);
        self.side = affordable_side(wanted, &self.cache.stats(), sizes);
        self.view.pitch = camera.pitch;
        self.view.sprites.clear();
        self.names.clear();

        let start = Instant::now();
        for spot in &spots {
            self.show_spot(spot, pictures, &mut costs);
        }
        self.cache.flush();
        costs.caching += start.elapsed();
        costs
    }

    fn show_spot(&mut self, spot: &Spot, pictures: &mut impl Pictures, costs: &mut LiveCosts) {
        let size = pictures.pixmap_size(spot.picture, self.side);
        let name = PixmapName {
            wall: self.number,
            picture: spot.picture,
            side: size.longer_side(),
        };
        let found = self
            .cache
            .find_or_request(&name, |request| pictures.rasterize(request));
        match &found {
            Found::Ready(_) => costs.ready += 1,
            Found::Failed(_) => costs.failed += 1,
            _ => costs.pending += 1,
        }
        // A stand-in isn't touched, so that it can make room for the picture that it replaces.
        let last = &mut self.last_shown[spot.picture as usize];
        let stand_in = last.filter(|key| self.cache.contains(*key));
        *last = found.key().or(stand_in);
        self.names.push(name);
        self.view.sprites.push(Sprite {
            spot: [spot.x, spot.y],
            picture: place_on_card(size, self.view.pitch),
            id: last.map_or(PixmapId::NONE, |key| key.id()),
        });
    }
    // excerpt end
}
