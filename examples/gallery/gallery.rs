//! One frame of the gallery: what is in view is found or requested, and what the threads deliver is taken in.
//!
//! This thread only looks up, uploads and draws. `begin_frame` takes in what the threads delivered, up to the
//! descriptor's bytes per frame, so that no frame takes long.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use pixmap_cache::{CacheDescriptor, Found, PixmapCache, PixmapId, Request, Size, UploadDescriptor};
use rayon::ThreadPool;

use crate::photos::Photos;
use kit::draw::{Frame, Gpu};
use kit::pool::pool;
use kit::terminal::printable;

/// In pixels at scale 1.
const THUMBNAIL: Size = Size::new(144, 108);
const GAP: f32 = 10.0;
/// Speed at which the gallery scrolls by itself, in pixels per second.
const SPEED: f32 = 36.0;

/// Rows below the view that are requested in advance.
const ROWS_AHEAD: i64 = 1;

/// Time between two checks for thumbnails, when a frame waits for them.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// A photo at one size.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThumbnailName {
    photo: u32,
    size: Size,
}

/// What a frame does about thumbnails that are not ready.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Draws placeholders, so that scrolling never stalls.
    Steady,
    /// Waits for them: the same picture on every machine.
    Complete,
}

/// One spot of the gallery: the instance attributes of `thumbnail.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Spot {
    /// `NONE` until the thumbnail is ready.
    pub id: PixmapId,
    pub corner: [f32; 2],
    pub size: [f32; 2],
    /// 1 if the thumbnail failed.
    pub failed: f32,
}

pub struct Gallery {
    pub cache: PixmapCache<ThumbnailName>,
    /// Of the last frame. Kept, so that later frames do not allocate.
    pub spots: Vec<Spot>,
    pool: ThreadPool,
    photos: Arc<Photos>,
    pace: Pace,
    /// What the wheel has added, in pixels.
    scrolled: f32,
}

impl Gallery {
    pub fn new(gpu: &Gpu, photos: Arc<Photos>, pace: Pace) -> Result<Self, Box<dyn std::error::Error>> {
        let descriptor = CacheDescriptor {
            budget_bytes: 48 << 20,
            // Files hold sRGB-encoded bytes, which are sampled as linear colors.
            format: wgpu::TextureFormat::Rgba8UnormSrgb,
            uploads: UploadDescriptor {
                // Few, so that thumbnails in view do not wait long behind those that were scrolled past.
                max_requests: 48,
                upload_bytes_per_frame: 2 << 20,
                ..Default::default()
            },
            ..Default::default()
        };
        Ok(Self {
            cache: PixmapCache::new(&gpu.device, &gpu.queue, &descriptor)?,
            spots: Vec::new(),
            pool: pool(0)?,
            photos,
            pace,
            scrolled: 0.0,
        })
    }

    pub fn scroll(&mut self, pixels: f32) {
        self.scrolled += pixels;
    }

    pub fn compose(&mut self, frame: &Frame) {
        loop {
            self.cache.begin_frame();
            let pending = self.fill_spots(frame);
            // Before the pass is recorded: what begin_frame took in is submitted here.
            self.cache.flush();
            if pending == 0 || self.pace == Pace::Steady {
                return;
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Fills `spots` and returns how many of their thumbnails are not ready.
    fn fill_spots(&mut self, frame: &Frame) -> u32 {
        let shelves = Shelves::new(frame);
        let moved = SPEED * frame.scale_factor as f32 * frame.time.as_secs_f32() + self.scrolled;
        let rows = shelves.rows_in_view(moved.round(), frame.size.height as f32);
        self.spots.clear();
        let mut pending = 0;
        for row in rows.start..rows.end + ROWS_AHEAD {
            for column in 0..shelves.columns {
                // The gallery is endless.
                let photo = (row * shelves.columns + column).rem_euclid(i64::from(self.photos.len()));
                let found = self.find_or_decode(ThumbnailName {
                    photo: photo as u32,
                    size: shelves.thumbnail,
                });
                if row >= rows.end {
                    continue;
                }
                pending += u32::from(found == Found::Pending);
                self.spots.push(Spot {
                    id: found.key().map_or(PixmapId::NONE, |key| key.id()),
                    corner: shelves.corner(row, column, moved.round()),
                    size: [shelves.thumbnail.width as f32, shelves.thumbnail.height as f32],
                    failed: f32::from(matches!(found, Found::Failed(_))),
                });
            }
        }
        pending
    }

    /// Requests each missing thumbnail once, however many frames it takes.
    fn find_or_decode(&mut self, name: ThumbnailName) -> Found {
        let (pool, photos) = (&self.pool, &self.photos);
        self.cache.find_or_request(&name, |request| {
            let photos = Arc::clone(photos);
            pool.spawn(move || decode(&photos, request));
        })
    }
}

/// How thumbnails are laid out on a screen; lengths in pixels.
struct Shelves {
    columns: i64,
    thumbnail: Size,
    gap: f32,
}

impl Shelves {
    /// Takes as many columns as fit and widens them to fill the width.
    fn new(frame: &Frame) -> Self {
        let scale = frame.scale_factor as f32;
        let gap = (GAP * scale).round();
        let room = frame.size.width as f32 - gap;
        let columns = (room / (THUMBNAIL.width as f32 * scale + gap)).floor().max(1.0);
        let width = (room / columns - gap).floor().max(1.0);
        let height = width * THUMBNAIL.height as f32 / THUMBNAIL.width as f32;
        Self {
            columns: columns as i64,
            thumbnail: Size::new(width as u32, height.round().max(1.0) as u32),
            gap,
        }
    }

    fn rows_in_view(&self, moved: f32, screen_height: f32) -> Range<i64> {
        let pitch = self.thumbnail.height as f32 + self.gap;
        let row = |y: f32| (y / pitch).floor() as i64;
        row(moved - self.gap)..row(moved + screen_height) + 1
    }

    fn corner(&self, row: i64, column: i64, moved: f32) -> [f32; 2] {
        let across = self.thumbnail.width as f32 + self.gap;
        let down = self.thumbnail.height as f32 + self.gap;
        [
            self.gap + column as f32 * across,
            self.gap + row as f32 * down - moved,
        ]
    }
}

/// In a thread of the pool.
fn decode(photos: &Photos, request: Request<ThumbnailName>) {
    let ThumbnailName { photo, size } = *request.name();
    match photos.thumbnail(photo, size) {
        // Fails only after the cache was dropped.
        Ok(thumbnail) => drop(request.deliver_blocking(thumbnail)),
        // Kept with the name: frames find it as `Failed`, and the photo is retried much later.
        Err(reason) => {
            eprintln!("gallery: {}", printable(&reason));
            request.fail(reason);
        }
    }
}
