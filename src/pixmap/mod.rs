//! Pixels on their way into the cache: `Pixmap` borrows them, `PixmapBuf` owns them.
//!
//! Rows run from top to bottom, texels from left to right, one byte per channel. What the bytes mean (sRGB or linear,
//! premultiplied or not) is up to the cache's format and the shader. `channels` and `image` convert, `mipmaps` averages,
//! and `chain`, `tiling` and `cut` know how pixels lie in regions. Invariant: nothing else changes a value.

pub(crate) mod chain;
pub(crate) mod channels;
pub(crate) mod check;
pub(crate) mod color;
pub(crate) mod cut;
#[cfg(feature = "image")]
mod image;
pub(crate) mod mipmap_rule;
pub(crate) mod mipmaps;
pub(crate) mod tiling;

pub use self::color::ColorEncoding;
use self::mipmap_rule::MipmapRule;
use crate::geometry::{Rect, Size};

/// Names the order of the channels in a pixmap's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelFormat {
    /// Red, green, blue, alpha; 4 bytes.
    Rgba8,
    /// Blue, green, red, alpha; 4 bytes.
    Bgra8,
    /// One channel, for masks and gray; 1 byte. A cache of masks keeps it, and a shader reads it as red. A cache of colors
    /// stores opaque gray.
    R8,
}

impl PixelFormat {
    /// Returns the number of bytes per texel.
    pub const fn bytes_per_texel(self) -> u32 {
        match self {
            PixelFormat::Rgba8 | PixelFormat::Bgra8 => 4,
            PixelFormat::R8 => 1,
        }
    }
}

/// Borrows pixels.
///
/// Converts from `&PixmapBuf`, and with the feature `image` from `&image::RgbaImage` and `&image::GrayImage`, at no cost.
/// The fields are checked when the pixmap is inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixmap<'a> {
    /// Width and height in texels.
    pub size: Size,
    /// Order of the channels.
    pub format: PixelFormat,
    /// Bytes from the start of one row to the start of the next, at least `width * bytes_per_texel`.
    pub bytes_per_row: u32,
    /// The pixels, top row first: `bytes_per_row * height` bytes. The padding of the last row may be missing.
    pub bytes: &'a [u8],
    /// Whether mip levels are generated when `levels` is empty.
    pub mipmaps: Mipmaps,
    /// Mip levels from level 1 on, in the format of the base: level `k` is `width >> k` by `height >> k` texels. There may be
    /// fewer than [`Mipmaps::Generate`] makes. Levels of these levels are ignored.
    pub levels: &'a [PixmapBuf],
}

/// Says whether mip levels are generated. With them a pixmap takes 1.5 times the bytes, and 1.33 times in tiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mipmaps {
    /// As [`CacheDescriptor::mipmaps`](crate::CacheDescriptor::mipmaps) says.
    #[default]
    ByDescriptor,
    /// The pixmap has its base level only, or the levels that it brings.
    None,
    /// Every level until the shorter side is one texel, each the average of the one before, in linear light for sRGB formats.
    /// The thread that inserts or uploads the pixmap works them out, at about 10 ns per texel.
    Generate,
}

impl<'a> Pixmap<'a> {
    /// Makes a pixmap whose rows follow each other without padding.
    ///
    /// ```
    /// use pixmap_cache::{PixelFormat, Pixmap, Size};
    /// let white = Pixmap::new(PixelFormat::Rgba8, Size::new(2, 2), &[255; 16]);
    /// assert_eq!(white.bytes_per_row, 8);
    /// ```
    pub const fn new(format: PixelFormat, size: Size, bytes: &'a [u8]) -> Self {
        Self {
            size,
            format,
            bytes_per_row: size.width.saturating_mul(format.bytes_per_texel()),
            bytes,
            mipmaps: Mipmaps::ByDescriptor,
            levels: &[],
        }
    }

    /// Asks for mip levels, generated when the pixmap is inserted: [`Mipmaps::Generate`].
    pub const fn with_mipmaps(self) -> Self {
        Self {
            mipmaps: Mipmaps::Generate,
            ..self
        }
    }

    /// Sets the mip levels, from level 1 on, which are then not generated: [`Pixmap::levels`]. They are checked on insertion.
    pub const fn with_levels(self, levels: &'a [PixmapBuf]) -> Self {
        Self { levels, ..self }
    }

    /// Returns a rectangle of the base level. It lies inside, and the pixmap has been checked.
    pub(crate) fn part(&self, rect: Rect) -> Self {
        let texel_bytes = self.format.bytes_per_texel() as usize;
        let start = rect.y as usize * self.bytes_per_row as usize + rect.x as usize * texel_bytes;
        let last_row = (rect.height as usize - 1) * self.bytes_per_row as usize;
        let bytes = &self.bytes[start..][..last_row + rect.width as usize * texel_bytes];
        Self {
            size: rect.size(),
            bytes,
            levels: &[],
            ..*self
        }
    }

    /// Returns the bytes of one row of texels, without padding.
    pub(crate) fn row_bytes(&self) -> usize {
        self.size.width as usize * self.format.bytes_per_texel() as usize
    }

    /// Iterates over the rows, each without its padding. The pixmap has been checked.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let row_bytes = self.row_bytes();
        let rows = self.bytes.chunks(self.bytes_per_row as usize);
        rows.map(move |row| &row[..row_bytes])
    }
}

/// Owns pixels; the fields are those of [`Pixmap`].
#[derive(Clone, PartialEq, Eq)]
pub struct PixmapBuf {
    /// Width and height in texels.
    pub size: Size,
    /// Order of the channels.
    pub format: PixelFormat,
    /// Bytes from the start of one row to the start of the next.
    pub bytes_per_row: u32,
    /// The pixels, top row first.
    pub bytes: Vec<u8>,
    /// Whether mip levels are generated when `levels` is empty.
    pub mipmaps: Mipmaps,
    /// Mip levels from level 1 on.
    pub levels: Vec<PixmapBuf>,
}

impl PixmapBuf {
    /// Makes a pixmap whose rows follow each other without padding.
    pub fn new(format: PixelFormat, size: Size, bytes: Vec<u8>) -> Self {
        Self {
            size,
            format,
            bytes_per_row: size.width.saturating_mul(format.bytes_per_texel()),
            bytes,
            mipmaps: Mipmaps::ByDescriptor,
            levels: Vec::new(),
        }
    }

    /// Asks for mip levels, generated when the pixmap is inserted or uploaded: [`Mipmaps::Generate`].
    pub fn with_mipmaps(self) -> Self {
        Self {
            mipmaps: Mipmaps::Generate,
            ..self
        }
    }

    /// Sets the mip levels, from level 1 on, which are then not generated: [`Pixmap::levels`]. They are checked on insertion.
    pub fn with_levels(self, levels: Vec<PixmapBuf>) -> Self {
        Self { levels, ..self }
    }

    /// Borrows the pixels.
    pub fn as_pixmap(&self) -> Pixmap<'_> {
        Pixmap {
            size: self.size,
            format: self.format,
            bytes_per_row: self.bytes_per_row,
            bytes: &self.bytes,
            mipmaps: self.mipmaps,
            levels: &self.levels,
        }
    }

    /// Multiplies the color channels by alpha, in place, as blending with premultiplied alpha expects.
    ///
    /// Pass the encoding of the cache's format. With [`ColorEncoding::Srgb`] the product is taken in linear light, since the
    /// GPU decodes such texels before it filters and blends them. Masks stay as they are; levels are multiplied as well.
    /// Visits every texel, and leaves the padding of rows as it is.
    ///
    /// ```
    /// use pixmap_cache::{ColorEncoding, PixelFormat, PixmapBuf, Size};
    /// let half_red = PixmapBuf::new(PixelFormat::Rgba8, Size::new(1, 1), vec![255, 0, 0, 128]);
    /// assert_eq!(half_red.clone().premultiplied(ColorEncoding::Linear).bytes, [128, 0, 0, 128]);
    /// assert_eq!(half_red.premultiplied(ColorEncoding::Srgb).bytes, [188, 0, 0, 128]); // half of the light
    /// ```
    pub fn premultiplied(mut self, encoding: ColorEncoding) -> Self {
        if self.format != PixelFormat::R8 && self.bytes_per_row > 0 {
            let row_bytes = self.as_pixmap().row_bytes();
            for row in self.bytes.chunks_mut(self.bytes_per_row as usize) {
                let row_bytes = row_bytes.min(row.len());
                color::premultiply_row(&mut row[..row_bytes], encoding);
            }
        }
        let levels = std::mem::take(&mut self.levels).into_iter();
        self.levels = levels.map(|level| level.premultiplied(encoding)).collect();
        self
    }

    /// Generates the levels that a cache would, so that the cache needn't. Does nothing for a damaged pixmap, which the cache
    /// refuses.
    pub(crate) fn prepared(mut self, rule: MipmapRule) -> Self {
        let pixmap = self.as_pixmap();
        if pixmap.levels.is_empty() && !pixmap.size.is_empty() && check::levels(&pixmap).is_ok() {
            self.levels = rule.levels_of(&pixmap).into_owned();
        }
        self
    }

    /// Returns base and levels in another format, without padding. Not for a color as a mask.
    pub(crate) fn converted(&self, format: PixelFormat) -> Self {
        let mut row_buffer = Vec::new();
        let texels = self.size.width as usize * self.size.height as usize;
        let mut bytes = Vec::with_capacity(texels * format.bytes_per_texel() as usize);
        for row in self.as_pixmap().rows() {
            bytes.extend_from_slice(channels::row_as(row, (self.format, format), &mut row_buffer));
        }
        let levels = self.levels.iter().map(|level| level.converted(format));
        Self::new(format, self.size, bytes).with_levels(levels.collect())
    }

    /// Writes a pixmap of the same size as `rect` over the texels there, in the format of `self`.
    pub(crate) fn overwrite(&mut self, rect: Rect, pixmap: &Pixmap<'_>) {
        let texel_bytes = self.format.bytes_per_texel() as usize;
        let row_bytes = self.bytes_per_row as usize;
        let start = rect.y as usize * row_bytes + rect.x as usize * texel_bytes;
        let mut converted = Vec::new();
        let rows = self.bytes[start..].chunks_mut(row_bytes);
        for (row, texels) in rows.zip(pixmap.rows().take(rect.height as usize)) {
            let texels = channels::row_as(texels, (pixmap.format, self.format), &mut converted);
            row[..texels.len()].copy_from_slice(texels);
        }
    }

    /// Bytes of the base and of all levels, unused capacity included.
    pub(crate) fn heap_bytes(&self) -> u64 {
        let levels: u64 = self.levels.iter().map(PixmapBuf::heap_bytes).sum();
        self.bytes.capacity() as u64 + levels
    }
}

impl std::fmt::Debug for PixmapBuf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PixmapBuf")
            .field("size", &self.size)
            .field("format", &self.format)
            .field("bytes_per_row", &self.bytes_per_row)
            .finish_non_exhaustive()
    }
}

impl<'a> From<&'a PixmapBuf> for Pixmap<'a> {
    fn from(pixmap: &'a PixmapBuf) -> Self {
        pixmap.as_pixmap()
    }
}

impl<'a> From<&Pixmap<'a>> for Pixmap<'a> {
    fn from(pixmap: &Pixmap<'a>) -> Self {
        *pixmap
    }
}
