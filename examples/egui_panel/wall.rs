//! One frame of the wall: which emoji are in view, and the cache's part of it.
//!
//! Lives among egui's callback resources, with its cache and its pipeline. A budget that is too small is not an error
//! here: pictures that do not fit are left out, and the panel shows how many.

use pixmap_cache::{
    CacheDescriptor, CommitPolicy, CreateError, InsertError, PixmapCache, PixmapId, PixmapKey,
};
use wgpu::TextureFormat;

use crate::pipeline::WallPipeline;
use kit::draw::Gpu;
use kit::pictures::emoji::EmojiSet;
use kit::pictures::texels;

/// Sampled as linear colors, which is what blending needs.
const FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// Distance from one picture to the next, relative to its side.
const PITCH: f32 = 1.25;

/// What one frame shows, in pixels.
#[derive(Clone, Copy)]
pub struct View {
    pub size: [f32; 2],
    pub side: f32,
    /// How far the wall has moved up.
    pub moved: f32,
}

/// One picture: the instance attributes of `sprite.wgsl`, in pixels from the view's corner.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Sprite {
    pub id: PixmapId,
    pub corner: [f32; 2],
    pub side: f32,
}

/// An emoji at one size.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureName {
    emoji: u32,
    side: u32,
}

pub struct Wall {
    pub cache: PixmapCache<PictureName>,
    pub pipeline: WallPipeline,
    /// Of the last frame. Kept, so that later frames do not allocate.
    pub sprites: Vec<Sprite>,
    /// Pictures in view that did not fit.
    pub left_out: usize,
    /// Why a picture was refused, unless the cache was full.
    pub refusal: Option<InsertError>,
    /// Sprites of this frame whose pictures were not found.
    missing: Vec<(usize, PictureName)>,
    emoji: EmojiSet,
}

impl Wall {
    pub fn new(gpu: &Gpu, target: TextureFormat) -> Result<Self, CreateError> {
        let descriptor = CacheDescriptor {
            budget_bytes: 4 << 20,
            format: FORMAT,
            // Textures are committed and released with the budget, and the panel shows it.
            commit: CommitPolicy::Stepwise,
            // Small pages, so that a small budget still has several.
            page_side: Some(256),
            ..Default::default()
        };
        let cache = PixmapCache::new(&gpu.device, &gpu.queue, &descriptor)?;
        Ok(Self {
            pipeline: WallPipeline::new(gpu, &cache, target),
            cache,
            sprites: Vec::new(),
            left_out: 0,
            refusal: None,
            missing: Vec::new(),
            emoji: EmojiSet::shuffled(5),
        })
    }

    /// Runs the frame: find, insert, flush. The pass recorded next draws it.
    pub fn compose(&mut self, view: View) {
        self.cache.begin_frame();
        self.sprites.clear();
        let [width, height] = view.size;
        let pitch = (view.side * PITCH).round().max(1.0);
        let columns = ((width / pitch) as u32).max(1);
        let left = ((width - columns as f32 * pitch + pitch - view.side) / 2.0).round();
        let moved = view.moved.round();
        let first = (moved / pitch) as u32;
        let rows = (height / pitch) as u32 + 2;
        // A picture larger than a page is rasterized at the page's side and magnified.
        let raster_side = (view.side as u32).min(self.cache.page_side());
        for row in first..first + rows {
            for column in 0..columns {
                let name = PictureName {
                    emoji: (row * columns + column) % self.emoji.count() as u32,
                    side: raster_side,
                };
                let corner = [left + column as f32 * pitch, row as f32 * pitch - moved];
                self.add(name, corner, view.side);
            }
        }
        self.insert_missing();
        self.cache.flush();
    }

    fn add(&mut self, name: PictureName, corner: [f32; 2], side: f32) {
        let key = self.cache.find(&name);
        if key.is_none() {
            self.missing.push((self.sprites.len(), name));
        }
        let id = key.map_or(PixmapId::NONE, |key| key.id());
        self.sprites.push(Sprite { id, corner, side });
    }

    /// Inserts after everything visible was touched, so that no insertion evicts what this frame shows.
    fn insert_missing(&mut self) {
        self.left_out = 0;
        let missing = std::mem::take(&mut self.missing);
        for (done, (sprite, name)) in missing.iter().enumerate() {
            match self.find_or_insert(*name) {
                Ok(key) => self.sprites[*sprite].id = key.id(),
                // The other pictures have this size too: they are left out and counted.
                Err(InsertError::Full { .. }) => {
                    self.left_out = missing.len() - done;
                    break;
                }
                Err(error) => self.refusal = Some(error),
            }
        }
        self.missing = missing;
        self.missing.clear();
    }

    /// Finds it if two sprites missed the same picture and the first one has inserted it.
    fn find_or_insert(&mut self, name: PictureName) -> Result<PixmapKey, InsertError> {
        if let Some(key) = self.cache.find(&name) {
            return Ok(key);
        }
        // SVG renderers premultiply encoded colors; an sRGB texture wants linear ones premultiplied and then encoded.
        let picture = self.emoji.rasterize(name.emoji as usize, name.side);
        self.cache.insert_named(name, &texels::to_pixmap(picture, FORMAT))
    }
}
