//! One frame of the list: which entries are in view, and the part of both caches in it.
//!
//! Each cache has a frame of its own, begun and flushed together. A sprite has an id of each, or `PixmapId::NONE`.

use std::collections::HashSet;

use pixmap_cache::{CacheDescriptor, InsertError, PixmapCache, PixmapId, PixmapKey};
use slotmap::SecondaryMap;
use wgpu::TextureFormat;

use crate::icons::{self, Icon};
use crate::line::{Glyph, Line};
use kit::draw::{Frame, Gpu};
use kit::pictures::font::{Font, FontSize, GlyphName};
use kit::pictures::texels;

/// Sampled as linear colors, as blending needs.
const PICTURE_FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// In pixels at scale 1: an entry's height and minimum width, its disc, and the picture on the disc.
const ENTRY_HEIGHT: f32 = 64.0;
const ENTRY_WIDTH: f32 = 236.0;
pub const DISC: f32 = 48.0;
pub const PICTURE: f32 = 36.0;
const MARGIN: f32 = 12.0;

/// Speed of the list in pixels per second.
const SPEED: f32 = 30.0;

const NAME_INK: [f32; 3] = [0.016, 0.018, 0.027];
const CODE_INK: [f32; 3] = [0.17, 0.19, 0.24];
/// Colors of the discs, linear.
const PAPERS: [[f32; 3]; 4] = [
    [0.84, 0.62, 0.53],
    [0.85, 0.75, 0.47],
    [0.55, 0.76, 0.6],
    [0.53, 0.69, 0.86],
];

/// A picture at one size.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureName {
    icon: u32,
    side: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum MaskName {
    Disc { side: u32 },
    Glyph(GlyphName),
}

/// One quad, as large as its mask: the instance attributes of `entry.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Sprite {
    /// In the cache of pictures; `NONE` for letters.
    pub picture: PixmapId,
    /// In the cache of masks.
    pub mask: PixmapId,
    /// Left and top edge in whole pixels.
    pub corner: [f32; 2],
    /// Color of the mask where the picture is transparent.
    pub ink: [f32; 3],
    /// The mask's coverage is raised to this power.
    pub contrast: f32,
}

/// Thin dark strokes look thinner in linear light than text usually does; the edges of discs don't.
const LETTERS: f32 = 0.72;
const DISCS: f32 = 1.0;

pub struct List {
    pub pictures: PixmapCache<PictureName>,
    pub masks: PixmapCache<MaskName>,
    /// Of the last frame. Kept, so that later frames do not allocate.
    pub sprites: Vec<Sprite>,
    /// Distance from the pen to a mask's left edge, and from the baseline up to its top edge.
    placements: SecondaryMap<PixmapKey, [i32; 2]>,
    /// Glyphs without ink, which have no mask.
    blank: HashSet<GlyphName>,
    /// Sprites of this frame whose picture or mask was not found.
    missing_pictures: Vec<(usize, PictureName)>,
    missing_masks: Vec<(usize, MaskName)>,
    fonts: [Font; 2],
    icons: Vec<Icon>,
    line: Line,
}

impl List {
    pub fn new(gpu: &Gpu) -> Result<Self, Box<dyn std::error::Error>> {
        let cache_of = |format, budget_bytes| CacheDescriptor {
            budget_bytes,
            format,
            ..Default::default()
        };
        let (pictures, masks) = (
            cache_of(PICTURE_FORMAT, 24 << 20),
            cache_of(TextureFormat::R8Unorm, 4 << 20),
        );
        Ok(Self {
            pictures: PixmapCache::new(&gpu.device, &gpu.queue, &pictures)?,
            masks: PixmapCache::new(&gpu.device, &gpu.queue, &masks)?,
            sprites: Vec::new(),
            placements: SecondaryMap::new(),
            blank: HashSet::new(),
            missing_pictures: Vec::new(),
            missing_masks: Vec::new(),
            fonts: [Font::ubuntu_light()?, Font::hack()?],
            icons: icons::all(),
            line: Line::default(),
        })
    }

    pub fn compose(&mut self, frame: &Frame) -> Result<(), InsertError> {
        self.pictures.begin_frame();
        self.masks.begin_frame();
        self.sprites.clear();
        self.add_entries(frame);
        // Inserted after everything visible was touched, so that no insertion evicts what this frame shows.
        self.insert_pictures()?;
        self.insert_masks()?;
        // Both before the pass is recorded.
        self.pictures.flush();
        self.masks.flush();
        Ok(())
    }

    /// Adds the entries in view.
    fn add_entries(&mut self, frame: &Frame) {
        let scale = frame.scale_factor as f32;
        let (width, height) = (frame.size.width as f32, frame.size.height as f32);
        let columns = (width / (ENTRY_WIDTH * scale)).max(1.0) as usize;
        let column_width = width / columns as f32;
        let moved = SPEED * scale * frame.time.as_secs_f32();
        let first = (moved / (ENTRY_HEIGHT * scale)) as usize;
        let rows = (height / (ENTRY_HEIGHT * scale)) as usize + 2;
        for row in first..first + rows {
            let top = (row as f32 * ENTRY_HEIGHT * scale - moved).round();
            for column in 0..columns {
                let icon = (row * columns + column) % self.icons.len();
                let left = (column as f32 * column_width + MARGIN * scale).round();
                let right = (column + 1) as f32 * column_width - 4.0;
                self.add_entry(icon, [left, top], (scale, right));
            }
        }
    }

    fn add_entry(&mut self, icon: usize, [left, top]: [f32; 2], (scale, right): (f32, f32)) {
        let disc = (DISC * scale).round();
        let picture = PictureName {
            icon: icon as u32,
            side: (PICTURE * scale).round() as u32,
        };
        let sprite = Sprite {
            picture: self.find_picture(picture),
            mask: PixmapId::NONE,
            corner: [left, (top + (ENTRY_HEIGHT * scale - disc) / 2.0).round()],
            ink: PAPERS[icon % PAPERS.len()],
            contrast: DISCS,
        };
        self.add_sprite(sprite, MaskName::Disc { side: disc as u32 });
        let (name, shortcode) = (self.icons[icon].name, self.icons[icon].shortcode);
        let text = left + disc + MARGIN * scale;
        let line = |part: f32| (top + part * ENTRY_HEIGHT * scale).round();
        self.add_line(
            (0, FontSize::nearest(16.0 * scale)),
            name,
            ([text, line(0.47)], right, NAME_INK),
        );
        self.add_line(
            (1, FontSize::nearest(11.0 * scale)),
            shortcode,
            ([text, line(0.75)], right, CODE_INK),
        );
    }

    /// Adds a line of text from a pen position on. What does not fit before `right` becomes an ellipsis.
    fn add_line(
        &mut self,
        (font, size): (u8, FontSize),
        text: &str,
        ([start, baseline], right, ink): ([f32; 2], f32, [f32; 3]),
    ) {
        let mut line = std::mem::take(&mut self.line);
        line.shape(&mut self.fonts[usize::from(font)], (text, size), (start, right));
        for Glyph { glyph, x, .. } in &line.glyphs {
            let (name, pixel) = GlyphName::at(*x, (font, *glyph, size));
            let sprite = Sprite {
                picture: PixmapId::NONE,
                mask: PixmapId::NONE,
                corner: [pixel, baseline],
                ink,
                contrast: LETTERS,
            };
            if !self.blank.contains(&name) {
                self.add_sprite(sprite, MaskName::Glyph(name));
            }
        }
        self.line = line;
    }

    /// Returns the picture's id, or `NONE` after noting that it is missing.
    fn find_picture(&mut self, name: PictureName) -> PixmapId {
        match self.pictures.find(&name) {
            Some(key) => key.id(),
            None => {
                self.missing_pictures.push((self.sprites.len(), name));
                PixmapId::NONE
            }
        }
    }

    /// Adds a sprite with its mask, or notes that the mask is missing.
    fn add_sprite(&mut self, mut sprite: Sprite, mask: MaskName) {
        match self.masks.find(&mask) {
            Some(key) => sprite.cut(key, self.placements[key]),
            None => self.missing_masks.push((self.sprites.len(), mask)),
        }
        self.sprites.push(sprite);
    }

    fn insert_pictures(&mut self) -> Result<(), InsertError> {
        for (sprite, name) in self.missing_pictures.drain(..) {
            // Looked up again, here and below: two sprites may have missed the same pixmap.
            let key = match self.pictures.find(&name) {
                Some(key) => key,
                None => {
                    // SVG renderers premultiply encoded colors; an sRGB texture wants linear ones premultiplied and
                    // then encoded.
                    let picture = self.icons[name.icon as usize].rasterize(name.side);
                    let picture = texels::to_pixmap(picture, PICTURE_FORMAT);
                    match self.pictures.insert_named(name, &picture) {
                        Ok(key) => key,
                        // The frame needs more than the budget: the other discs stay empty.
                        Err(InsertError::Full { .. }) => break,
                        Err(error) => return Err(error),
                    }
                }
            };
            self.sprites[sprite].picture = key.id();
        }
        Ok(())
    }

    fn insert_masks(&mut self) -> Result<(), InsertError> {
        for (sprite, name) in self.missing_masks.drain(..) {
            let sprite = &mut self.sprites[sprite];
            if let Some(key) = self.masks.find(&name) {
                sprite.cut(key, self.placements[key]);
                continue;
            }
            let (pixmap, placement) = match name {
                MaskName::Disc { side } => (icons::disc(side), [0, 0]),
                MaskName::Glyph(name) => {
                    let font = &mut self.fonts[usize::from(name.font)];
                    let Some(mask) = font.rasterize(name) else {
                        self.blank.insert(name);
                        continue;
                    };
                    (mask.pixmap, [mask.left, mask.top])
                }
            };
            let key = match self.masks.insert_named(name, &pixmap) {
                Ok(key) => key,
                // The rest stays `NONE`, which draws nothing.
                Err(InsertError::Full { .. }) => break,
                Err(error) => return Err(error),
            };
            self.placements.insert(key, placement);
            sprite.cut(key, placement);
        }
        Ok(())
    }
}

impl Sprite {
    /// Cuts the sprite with a mask. The corner, so far the pen's position, becomes the mask's.
    fn cut(&mut self, key: PixmapKey, [left, top]: [i32; 2]) {
        self.mask = key.id();
        self.corner[0] += left as f32;
        self.corner[1] -= top as f32;
    }
}
