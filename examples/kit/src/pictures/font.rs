//! One font: shapes text into glyphs and rasterizes glyphs into masks.
//!
//! Horizontal positions are rounded to quarters of a pixel and glyphs are rasterized there, so that letters keep their
//! distances at any size. Vertical positions are whole pixels, which keeps lines of text sharp.

use std::borrow::Cow;
use std::path::Path;

use pixmap_cache::{PixelFormat, PixmapBuf, Size};
use swash::scale::{Render, ScaleContext, Source};
use swash::shape::ShapeContext;
use swash::zeno::{Format, Vector};
use swash::{CacheKey, FontRef};

/// Horizontal positions within a pixel at which a glyph is rasterized.
const SUBPIXEL_BINS: f32 = 4.0;

/// Steps per pixel of font size. Without steps every frame of a zoom would rasterize all glyphs again.
const SIZE_STEPS: f32 = 4.0;

pub struct Font {
    bytes: Cow<'static, [u8]>,
    offset: u32,
    /// Identifies the font in swash's own caches.
    key: CacheKey,
    shaping: ShapeContext,
    scaling: ScaleContext,
}

/// A size in quarters of a pixel per em.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FontSize(u16);

/// Everything that distinguishes one glyph's mask from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GlyphName {
    /// Index in the example's list of fonts.
    pub font: u8,
    pub glyph: u16,
    pub size: FontSize,
    /// Quarters of a pixel from a whole pixel to the pen.
    pub bin: u8,
}

/// A shaped glyph, and how far it moves the pen.
#[derive(Clone, Copy)]
pub struct Shaped {
    pub glyph: u16,
    /// From the pen, in pixels.
    pub x: f32,
    pub advance: f32,
    pub whitespace: bool,
}

/// A rasterized glyph: how much of each pixel it covers.
pub struct Mask {
    pub pixmap: PixmapBuf,
    /// From the whole pixel of the pen to the mask's left edge.
    pub left: i32,
    /// From the baseline up to the mask's top edge.
    pub top: i32,
}

impl FontSize {
    pub fn nearest(pixels: f32) -> Self {
        Self((pixels * SIZE_STEPS).round().clamp(SIZE_STEPS, 2000.0) as u16)
    }

    pub fn pixels(self) -> f32 {
        f32::from(self.0) / SIZE_STEPS
    }
}

impl GlyphName {
    /// Returns the mask for a pen at `x`, and the whole pixel that it is placed from. `x` is rounded to the nearest bin;
    /// after the last bin comes the next pixel.
    pub fn at(x: f32, (font, glyph, size): (u8, u16, FontSize)) -> (Self, f32) {
        let quarters = (x * SUBPIXEL_BINS).round();
        let pixel = (quarters / SUBPIXEL_BINS).floor();
        let bin = (quarters - pixel * SUBPIXEL_BINS) as u8;
        let name = Self {
            font,
            glyph,
            size,
            bin,
        };
        (name, pixel)
    }
}

impl Font {
    pub fn ubuntu_light() -> Result<Self, String> {
        Self::new(Cow::Borrowed(epaint_default_fonts::UBUNTU_LIGHT), "Ubuntu Light")
    }

    pub fn hack() -> Result<Self, String> {
        Self::new(Cow::Borrowed(epaint_default_fonts::HACK_REGULAR), "Hack")
    }

    pub fn from_file(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| format!("the font {name} cannot be read ({error}): give another --font."))?;
        Self::new(Cow::Owned(bytes), &name)
    }

    fn new(bytes: Cow<'static, [u8]>, name: &str) -> Result<Self, String> {
        let font = FontRef::from_index(&bytes, 0)
            .ok_or_else(|| format!("{name} is not a TrueType or OpenType font: give another --font."))?;
        let (offset, key) = (font.offset, font.key);
        Ok(Self {
            bytes,
            offset,
            key,
            shaping: ShapeContext::new(),
            scaling: ScaleContext::new(),
        })
    }

    /// Calls `glyph` for each glyph of the text in order, with kerning and ligatures applied.
    pub fn shape(&mut self, text: &str, size: FontSize, mut glyph: impl FnMut(Shaped)) {
        let font = font_ref(&self.bytes, self.offset, self.key);
        let mut shaper = self.shaping.builder(font).size(size.pixels()).build();
        shaper.add_str(text);
        shaper.shape_with(|cluster| {
            for shaped in cluster.glyphs {
                glyph(Shaped {
                    glyph: shaped.id,
                    x: shaped.x,
                    advance: shaped.advance,
                    whitespace: cluster.info.is_whitespace(),
                });
            }
        });
    }

    /// Returns the mask of that glyph, or `None` if it has no ink.
    pub fn rasterize(&mut self, name: GlyphName) -> Option<Mask> {
        let font = font_ref(&self.bytes, self.offset, self.key);
        // No hinting: it would snap outlines to whole pixels, and sizes change in small steps.
        let mut scaler = self
            .scaling
            .builder(font)
            .size(name.size.pixels())
            .hint(false)
            .build();
        let image = Render::new(&[Source::Outline])
            .format(Format::Alpha)
            .offset(Vector::new(f32::from(name.bin) / SUBPIXEL_BINS, 0.0))
            .render(&mut scaler, name.glyph)?;
        let placement = image.placement;
        let extent = Size::new(placement.width, placement.height);
        (!extent.is_empty()).then(|| Mask {
            pixmap: PixmapBuf::new(PixelFormat::R8, extent, image.data),
            left: placement.left,
            top: placement.top,
        })
    }
}

fn font_ref(data: &[u8], offset: u32, key: CacheKey) -> FontRef<'_> {
    FontRef { data, offset, key }
}
