//! One frame of the page: which glyphs are in view, and the cache's part of it.
//!
//! A mask's texels are in the cache; where it stands about the pen is in `placements`, by the cache's key. Invariant:
//! whatever the cache finds has its placement there.

use std::collections::HashSet;

use pixmap_cache::{CacheDescriptor, InsertError, PixmapCache, PixmapId, PixmapKey};
use slotmap::SecondaryMap;

use crate::layout::{Layout, PlacedGlyph};
use crate::text::PAGE;
use kit::draw::{Frame, Gpu};
use kit::pictures::font::{Font, FontSize, GlyphName};

/// Size of the body text, and by how much of it the page breathes.
const BODY: f32 = 17.0;
const BREATH: f32 = 0.2;

const MARGIN: f32 = 28.0;
const LONGEST_LINE: f32 = 760.0;

/// Pixels a second that the page moves by itself.
const SPEED: f32 = 40.0;

/// One glyph on the screen: the instance attributes of `glyph.wgsl`. How large it is, the shader asks the cache.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Sprite {
    pub id: PixmapId,
    /// Left and top edge in whole pixels.
    pub corner: [f32; 2],
    pub ink: [f32; 3],
}

/// From the pen to a mask's left edge, and from the baseline up to its top edge.
#[derive(Clone, Copy)]
struct Placement {
    left: i32,
    top: i32,
}

pub struct Page {
    /// A glyph at another size, or another quarter of a pixel, is another pixmap.
    pub masks: PixmapCache<GlyphName>,
    /// Of the last frame; kept, so that later ones allocate nothing.
    pub sprites: Vec<Sprite>,
    /// A key that dies is followed in its place by the next of the same row, so this grows no larger than the cache.
    placements: SecondaryMap<PixmapKey, Placement>,
    /// Masks that turned out to have no ink, which no cache holds.
    blank: HashSet<GlyphName>,
    /// Sprites of this frame whose masks weren't found.
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
            // Drawn texel by pixel; nothing is ever between two.
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

    /// Breaks the lines anew, if size or width are others.
    fn set(&mut self, body: f32, column: f32) {
        let set_for = (FontSize::nearest(body), column);
        if self.set_for != Some(set_for) {
            self.set_for = Some(set_for);
            self.layout.set(PAGE, &mut self.fonts, set_for);
        }
    }

    /// How far the page has moved up: down to its end and back again.
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

    /// Only now, with everything visible touched, so that nothing of it makes room for what comes in.
    fn insert_missing(&mut self) -> Result<(), InsertError> {
        for (sprite, name) in self.missing.drain(..) {
            let sprite = &mut self.sprites[sprite];
            // Asked again: a letter is seldom missing at one place only.
            if let Some(key) = self.masks.find(&name) {
                sprite.show(key, self.placements[key]);
                continue;
            }
            let font = &mut self.fonts[usize::from(name.font)];
            let Some(mask) = font.rasterise(name) else {
                self.blank.insert(name);
                continue;
            };
            let key = match self.masks.insert_named(name, &mask.pixmap) {
                Ok(key) => key,
                // This frame uses all the budget: what is still missing stays `NONE`, which draws nothing.
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
    /// With the mask in its place about the pen, where the corner was so far.
    fn show(&mut self, key: PixmapKey, placement: Placement) {
        self.id = key.id();
        self.corner[0] += placement.left as f32;
        self.corner[1] -= placement.top as f32;
    }
}
