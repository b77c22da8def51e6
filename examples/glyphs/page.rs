//! One frame of the page: which glyphs are in view, and the cache's part of it.
//!
//! A mask's texels are in the cache; its placement relative to the pen is in `placements`, under the cache's key.
//! Invariant: every key that the cache finds has a placement.

use std::collections::HashSet;

use pixmap_cache::{CacheDescriptor, InsertError, PixmapCache, PixmapId, PixmapKey};
use slotmap::SecondaryMap;

use crate::layout::{Layout, PlacedGlyph};
use crate::text::PAGE;
use kit::draw::{Frame, Gpu};
use kit::pictures::font::{Font, FontSize, GlyphName};

/// Size of the body text, and the share by which it grows and shrinks.
const BODY: f32 = 17.0;
const BREATH: f32 = 0.2;

const MARGIN: f32 = 28.0;
const LONGEST_LINE: f32 = 760.0;

/// Speed at which the page scrolls by itself, in pixels per second.
const SPEED: f32 = 40.0;

/// One glyph on the screen: the instance attributes of `glyph.wgsl`. The shader gets the size from the cache.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Sprite {
    pub id: PixmapId,
    /// Left and top edge in whole pixels.
    pub corner: [f32; 2],
    pub ink: [f32; 3],
}

/// Distance from the pen to a mask's left edge, and from the baseline up to its top edge.
#[derive(Clone, Copy)]
struct Placement {
    left: i32,
    top: i32,
}

pub struct Page {
    /// Each size and each quarter of a pixel is a pixmap of its own.
    pub masks: PixmapCache<GlyphName>,
    /// Of the last frame. Kept, so that later frames do not allocate.
    pub sprites: Vec<Sprite>,
    /// A dead key's place is taken by the next key of its row, so this grows no larger than the cache.
    placements: SecondaryMap<PixmapKey, Placement>,
    /// Glyphs without ink, which have no mask.
    blank: HashSet<GlyphName>,
    /// Sprites of this frame whose masks were not found.
    missing: Vec<(usize, GlyphName)>,
    fonts: [Font; 2],
    layout: Layout,
    /// What `layout` was set for.
    set_for: Option<(FontSize, f32)>,
    /// What the wheel has added, in pixels.
    scrolled: f32,
}

impl Page {
    pub fn new(gpu: &Gpu, fonts: [Font; 2]) -> Result<Self, pixmap_cache::CreateError> {
        let descriptor = CacheDescriptor {
            // One byte a texel: room for some twenty thousand letters of this size.
            budget_bytes: 8 << 20,
            format: wgpu::TextureFormat::R8Unorm,
            // Each texel is drawn as one pixel.
            filter: wgpu::FilterMode::Nearest,
            ..Default::default()
        };
        Ok(Self {
            masks: PixmapCache::new(&gpu.device, &gpu.queue, &descriptor)?,
            sprites: Vec::new(),
            placements: SecondaryMap::new(),
            blank: HashSet::new(),
            missing: Vec::new(),
            fonts,
            layout: Layout::default(),
            set_for: None,
            scrolled: 0.0,
        })
    }

    pub fn scroll(&mut self, pixels: f32) {
        self.scrolled += pixels;
    }

    pub fn compose(&mut self, frame: &Frame) -> Result<(), InsertError> {
        let scale = frame.scale_factor as f32;
        let time = frame.time.as_secs_f32();
        let width = frame.size.width as f32;
        let column = (width - 2.0 * MARGIN * scale).min(LONGEST_LINE * scale);
        self.set(
            BODY * scale * (1.0 + BREATH * (0.9 * time).sin()),
            column.max(1.0),
        );
        let left = ((width - column) / 2.0).round();
        let top = -self.way(frame.size.height as f32, SPEED * scale * time).round();

        self.masks.begin_frame();
        self.sprites.clear();
        for index in 0..self.layout.glyphs.len() {
            let glyph = self.layout.glyphs[index];
            let baseline = top + glyph.baseline;
            let reach = 2.0 * glyph.size.pixels();
            if baseline + reach > 0.0 && baseline - reach < frame.size.height as f32 {
                self.add_glyph(glyph, [left + glyph.x, baseline]);
            }
        }
        self.insert_missing()?;
        // Before the pass is recorded: moves and uploads are submitted here.
        self.masks.flush();
        Ok(())
    }

    /// Breaks the lines again if size or width have changed.
    fn set(&mut self, body: f32, column: f32) {
        let set_for = (FontSize::nearest(body), column);
        if self.set_for != Some(set_for) {
            self.set_for = Some(set_for);
            self.layout.set(PAGE, &mut self.fonts, set_for);
        }
    }

    /// Returns how far the page has moved up: down to its end and back.
    fn way(&self, screen_height: f32, moved: f32) -> f32 {
        let longest = (self.layout.height - screen_height).max(1.0);
        let along = (moved + self.scrolled).rem_euclid(2.0 * longest);
        longest - (along - longest).abs()
    }

    fn add_glyph(&mut self, glyph: PlacedGlyph, [x, baseline]: [f32; 2]) {
        let (name, pixel) = GlyphName::at(x, (glyph.font, glyph.glyph, glyph.size));
        let mut sprite = Sprite {
            id: PixmapId::NONE,
            corner: [pixel, baseline],
            ink: glyph.ink,
        };
        match self.masks.find(&name) {
            Some(key) => sprite.show(key, self.placements[key]),
            None if self.blank.contains(&name) => return,
            None => self.missing.push((self.sprites.len(), name)),
        }
        self.sprites.push(sprite);
    }

    /// Inserts after everything visible was touched, so that no insertion evicts what this frame shows.
    fn insert_missing(&mut self) -> Result<(), InsertError> {
        for (sprite, name) in self.missing.drain(..) {
            let sprite = &mut self.sprites[sprite];
            // Looked up again: a missing letter is usually missing in several places.
            if let Some(key) = self.masks.find(&name) {
                sprite.show(key, self.placements[key]);
                continue;
            }
            let font = &mut self.fonts[usize::from(name.font)];
            let Some(mask) = font.rasterize(name) else {
                self.blank.insert(name);
                continue;
            };
            let key = match self.masks.insert_named(name, &mask.pixmap) {
                Ok(key) => key,
                // The frame needs more than the budget: the rest stays `NONE`, which draws nothing.
                Err(InsertError::Full { .. }) => break,
                Err(error) => return Err(error),
            };
            let (left, top) = (mask.left, mask.top);
            let placement = Placement { left, top };
            self.placements.insert(key, placement);
            sprite.show(key, placement);
        }
        Ok(())
    }
}

impl Sprite {
    /// Shows a mask. The corner, so far the pen's position, becomes the mask's.
    fn show(&mut self, key: PixmapKey, placement: Placement) {
        self.id = key.id();
        self.corner[0] += placement.left as f32;
        self.corner[1] -= placement.top as f32;
    }
}
