//! A wall of pictures on cards, in rows: which of them a camera sees, and where on the screen.
//!
//! A spot is a picture's place on the wall. Lengths on the wall are in spots, on the screen in pixels; the camera's
//! `pitch` (pixels from one spot to the next) converts between them.

pub mod camera;
pub mod live;
pub mod pilot;
pub mod pixmaps;
pub mod renderer;

use pixmap_cache::Size;

use self::camera::Camera;

/// Box sides at which pictures are rasterized. From 12 to `MAX_SIDE` the steps are at most 1.34: a picture scaled down to
/// the next size is crisp with linear filtering alone. Mip levels serve larger steps, and pictures whose size isn't ready.
/// The smallest are for a whole wall in a small budget.
pub const RASTER_SIDES: [u32; 18] = [
    8, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, MAX_SIDE, 320, 640, 1280, 2560, 5120,
];
/// Of pictures that have no size of their own.
pub const MAX_SIDE: u32 = 160;

/// Pitch at which pictures of `MAX_SIDE` are magnified to more than double.
pub const MAX_PITCH: f32 = 480.0;

/// Share of a spot that the picture's box takes; the rest is the card around it.
pub const PICTURE_SHARE: f32 = 0.8;

/// Returns the smallest raster side that is not magnified in a box of `drawn` pixels, or the largest if all are.
pub fn raster_side(drawn: f32) -> u32 {
    // Half a percent of tolerance: a pitch computed from a side must find that side again.
    let enough = |side: &&u32| **side as f32 * 1.005 >= drawn;
    *RASTER_SIDES
        .iter()
        .find(enough)
        .unwrap_or(&RASTER_SIDES[RASTER_SIDES.len() - 1])
}

/// A visible spot.
pub struct Spot {
    pub picture: u32,
    /// Left and top edge on the screen.
    pub x: f32,
    pub y: f32,
}

pub struct Wall {
    pub pictures: u32,
    pub columns: u32,
    pub rows: u32,
    /// The closest that a camera should come.
    pub max_pitch: f32,
}

impl Wall {
    /// Returns a wall with the screen's proportions.
    pub fn new(pictures: u32, screen: Size) -> Self {
        let aspect = f64::from(screen.width) / f64::from(screen.height);
        let columns = (f64::from(pictures) * aspect).sqrt().ceil() as u32;
        let columns = columns.clamp(1, pictures);
        let rows = pictures.div_ceil(columns);
        Self {
            pictures,
            columns,
            rows,
            max_pitch: MAX_PITCH,
        }
    }

    /// Returns the wall with a camera that may come as close as pictures with sides up to `longest_side` are worth.
    #[must_use]
    pub fn with_longest_side(self, longest_side: u32) -> Self {
        Self {
            max_pitch: self.max_pitch.max(2.0 * longest_side as f32),
            ..self
        }
    }

    /// Returns the pitch at which the whole wall fits on the screen.
    pub fn fitting_pitch(&self, screen: Size) -> f32 {
        let across = screen.width as f32 / self.columns as f32;
        let down = screen.height as f32 / self.rows as f32;
        across.min(down)
    }

    /// Returns the camera moved so that the screen shows nothing beyond the wall. A smaller wall is centred.
    pub fn keep_inside(&self, camera: Camera, screen: Size) -> Camera {
        let inside = |centre: f32, length: u32, pixels: u32| {
            let (length, half) = (length as f32, pixels as f32 / camera.pitch / 2.0);
            if length <= 2.0 * half {
                length / 2.0
            } else {
                centre.clamp(half, length - half)
            }
        };
        Camera {
            x: inside(camera.x, self.columns, screen.width),
            y: inside(camera.y, self.rows, screen.height),
            pitch: camera.pitch,
        }
    }

    /// Returns every spot that touches the screen, row by row. The wall's corner falls on whole pixels, so that pictures
    /// drawn at their own size stay sharp.
    pub fn visible(&self, camera: Camera, screen: Size) -> impl Iterator<Item = Spot> {
        let pitch = camera.pitch;
        let left = (screen.width as f32 / 2.0 - camera.x * pitch).round();
        let top = (screen.height as f32 / 2.0 - camera.y * pitch).round();
        let columns = spots_between(-left, screen.width as f32 - left, pitch, self.columns);
        let rows = spots_between(-top, screen.height as f32 - top, pitch, self.rows);
        let (wall_columns, pictures) = (self.columns, self.pictures);
        rows.flat_map(move |row| columns.clone().map(move |column| (row, column)))
            .map(move |(row, column)| Spot {
                picture: row * wall_columns + column,
                x: left + column as f32 * pitch,
                y: top + row as f32 * pitch,
            })
            .filter(move |spot| spot.picture < pictures)
    }
}

fn spots_between(from: f32, to: f32, pitch: f32, count: u32) -> std::ops::Range<u32> {
    let first = (from / pitch).floor().max(0.0) as u32;
    let end = (to / pitch).ceil().max(0.0) as u32;
    first.min(count)..end.min(count)
}

/// Returns where a pixmap is drawn: left and top edge from the spot's corner, width and height. It is centred and as
/// large as the box allows.
pub fn place_on_card(pixmap: Size, pitch: f32) -> [f32; 4] {
    let (width, height) = (pixmap.width as f32, pixmap.height as f32);
    let scale = pitch * PICTURE_SHARE / width.max(height);
    // A sliver stays visible.
    let (drawn_width, drawn_height) = ((width * scale).max(1.0), (height * scale).max(1.0));
    let (left, top) = ((pitch - drawn_width) / 2.0, (pitch - drawn_height) / 2.0);
    if (scale - 1.0).abs() < 1e-3 {
        // At its own size on whole pixels, each texel is one pixel.
        return [left.round(), top.round(), width, height];
    }
    if drawn_width.min(drawn_height) == 1.0 {
        return [left.round(), top.round(), drawn_width, drawn_height];
    }
    [left, top, drawn_width, drawn_height]
}
