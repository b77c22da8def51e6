//! One frame of the list: which entries are in view, and what both caches do for it.
//!
//! Each has a frame of its own, begun and flushed side by side. A sprite has one id of each, or `PixmapId::NONE`.

use pixmap_cache::{CacheDescriptor, InsertError, PixmapCache, PixmapId, PixmapKey};
use slotmap::SecondaryMap;
use wgpu::TextureFormat;

use crate::font::{Font, FontSize, SUBPIXEL_BINS};
use crate::icons::{self, Icon};
use crate::stage::{Frame, Gpu};
use crate::texels;

/// Sampled as linear colours, which is what blending needs.
const PICTURE_FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// In pixels at scale 1: an entry's height and least width, its disc, and the picture on the disc.
const ENTRY_HEIGHT: f32 = 64.0;
const ENTRY_WIDTH: f32 = 236.0;
pub const DISC: f32 = 48.0;
pub const PICTURE: f32 = 36.0;
const MARGIN: f32 = 12.0;

/// Pixels a second that the list moves.
const SPEED: f32 = 30.0;

const NAME_INK: [f32; 3] = [0.016, 0.018, 0.027];
const CODE_INK: [f32; 3] = [0.17, 0.19, 0.24];
/// Of the discs, linear.
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
    Disc {
        side: u32,
    },
    Glyph {
        font: u8,
        glyph: u16,
        size: FontSize,
        bin: u8,
    },
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
    /// What the mask shows where the picture is transparent.
    pub ink: [f32; 3],
}

/// A shaped glyph: where its pen stands, and where the next one's does.
struct Glyph {
    glyph: u16,
    x: f32,
    end: f32,
}

pub struct List {
    pub pictures: PixmapCache<PictureName>,
    pub masks: PixmapCache<MaskName>,
    /// Of the last frame; kept, so that later ones allocate nothing.
    pub sprites: Vec<Sprite>,
    /// From the pen right to a glyph's mask, and up from the baseline to its top.
    placements: SecondaryMap<PixmapKey, [i32; 2]>,
    fonts: [Font; 2],
    icons: Vec<Icon>,
    /// Of one line.
    glyphs: Vec<Glyph>,
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
            fonts: [Font::ubuntu_light()?, Font::hack()?],
            icons: icons::all(),
            glyphs: Vec::new(),
        })
    }

    pub fn compose(&mut self, frame: &Frame) -> Result<(), InsertError> {
        let scale = frame.scale_factor as f32;
        let (width, height) = (frame.size.width as f32, frame.size.height as f32);
        let columns = (width / (ENTRY_WIDTH * scale)).max(1.0) as usize;
        let column = width / columns as f32;
        let moved = SPEED * scale * frame.time.as_secs_f32();
        let first = (moved / (ENTRY_HEIGHT * scale)) as usize;
        let rows = (height / (ENTRY_HEIGHT * scale)) as usize + 2;

        self.pictures.begin_frame();
        self.masks.begin_frame();
        self.sprites.clear();
        for row in first..first + rows {
            let top = (row as f32 * ENTRY_HEIGHT * scale - moved).round();
            for side_by_side in 0..columns {
                let icon = (row * columns + side_by_side) % self.icons.len();
                let left = (side_by_side as f32 * column + MARGIN * scale).round();
                self.add_entry(
                    icon,
                    [left, top],
                    (scale, (side_by_side + 1) as f32 * column - 4.0),
                )?;
            }
        }
        // Both before the pass is recorded.
        self.pictures.flush();
        self.masks.flush();
        Ok(())
    }

    fn add_entry(
        &mut self,
        icon: usize,
        [left, top]: [f32; 2],
        (scale, right): (f32, f32),
    ) -> Result<(), InsertError> {
        let disc = (DISC * scale).round();
        let corner = [left, (top + (ENTRY_HEIGHT * scale - disc) / 2.0).round()];
        let side = (PICTURE * scale).round() as u32;
        let icon_name = PictureName {
            icon: icon as u32,
            side,
        };
        let picture = self.find_or_draw(icon_name)?.id();
        let mask = self.find_or_insert_disc(disc as u32)?.id();
        self.sprites.push(Sprite {
            picture,
            mask,
            corner,
            ink: PAPERS[icon % PAPERS.len()],
        });
        let (name, shortcode) = (self.icons[icon].name, self.icons[icon].shortcode);
        let text = left + disc + MARGIN * scale;
        let line = |part: f32| (top + part * ENTRY_HEIGHT * scale).round();
        self.add_line(
            (0, FontSize::nearest(16.0 * scale)),
            name,
            ([text, line(0.47)], right, NAME_INK),
        )?;
        self.add_line(
            (1, FontSize::nearest(11.0 * scale)),
            shortcode,
            ([text, line(0.75)], right, CODE_INK),
        )
    }

    /// A line of text from a pen position on; what doesn't fit before `right` becomes dots.
    fn add_line(
        &mut self,
        (font, size): (u8, FontSize),
        text: &str,
        ([start, baseline], right, ink): ([f32; 2], f32, [f32; 3]),
    ) -> Result<(), InsertError> {
        self.shape_line((font, size), text, (start, right));
        let glyphs = std::mem::take(&mut self.glyphs);
        for Glyph { glyph, x, .. } in &glyphs {
            let quarters = (x * SUBPIXEL_BINS).round();
            let pixel = (quarters / SUBPIXEL_BINS).floor();
            let bin = (quarters - pixel * SUBPIXEL_BINS) as u8;
            let name = MaskName::Glyph {
                font,
                glyph: *glyph,
                size,
                bin,
            };
            let Some(key) = self.find_or_rasterise(name)? else {
                continue;
            };
            let [left, top] = self.placements[key];
            self.sprites.push(Sprite {
                picture: PixmapId::NONE,
                mask: key.id(),
                corner: [pixel + left as f32, baseline - top as f32],
                ink,
            });
        }
        self.glyphs = glyphs;
        Ok(())
    }

    /// Fills `glyphs` with those that have ink: rasterising tells that of a space only after all the work, each frame.
    fn shape_line(&mut self, (font, size): (u8, FontSize), text: &str, (start, right): (f32, f32)) {
        let font = &mut self.fonts[usize::from(font)];
        let glyphs = &mut self.glyphs;
        glyphs.clear();
        let mut pen = start;
        font.shape(text, size, |shaped| {
            let x = pen + shaped.x;
            pen += shaped.advance;
            if !shaped.whitespace {
                glyphs.push(Glyph {
                    glyph: shaped.glyph,
                    x,
                    end: pen,
                });
            }
        });
        if pen <= right {
            return;
        }
        font.shape("…", size, |dots| {
            while glyphs.pop_if(|glyph| glyph.end + dots.advance > right).is_some() {}
            let x = glyphs.last().map_or(start, |glyph| glyph.end);
            // Where not even they have room, the line stays empty.
            if x + dots.advance <= right {
                glyphs.push(Glyph {
                    glyph: dots.glyph,
                    x,
                    end: x + dots.advance,
                });
            }
        });
    }

    fn find_or_draw(&mut self, name: PictureName) -> Result<PixmapKey, InsertError> {
        if let Some(key) = self.pictures.find(&name) {
            return Ok(key);
        }
        // SVG renderers premultiply encoded colours; an sRGB texture wants linear ones premultiplied and then encoded.
        let picture = self.icons[name.icon as usize].rasterise(name.side);
        self.pictures
            .insert_named(name, &texels::to_pixmap(picture, PICTURE_FORMAT))
    }

    fn find_or_insert_disc(&mut self, side: u32) -> Result<PixmapKey, InsertError> {
        let name = MaskName::Disc { side };
        match self.masks.find(&name) {
            Some(key) => Ok(key),
            None => self.masks.insert_named(name, &icons::disc(side)),
        }
    }

    /// `None` for glyphs without ink.
    fn find_or_rasterise(&mut self, name: MaskName) -> Result<Option<PixmapKey>, InsertError> {
        if let Some(key) = self.masks.find(&name) {
            return Ok(Some(key));
        }
        let MaskName::Glyph {
            font,
            glyph,
            size,
            bin,
        } = name
        else {
            return Ok(None);
        };
        let Some(mask) = self.fonts[usize::from(font)].rasterise(glyph, size, bin) else {
            return Ok(None);
        };
        let key = self.masks.insert_named(name, &mask.pixmap)?;
        self.placements.insert(key, [mask.left, mask.top]);
        Ok(Some(key))
    }
}
