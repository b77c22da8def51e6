//! Pixels on their way into the cache: `Pixmap` borrows them, `PixmapBuf` owns them.
//!
//! Rows run from top to bottom, texels from left to right, one byte per channel. What the bytes mean (sRGB or linear,
//! premultiplied or not) is up to the cache's format and the shader; nothing here changes a value.

use crate::geometry::Size;

/// Names the order of the channels in a pixmap's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelFormat {
    /// Red, green, blue, alpha; 4 bytes.
    Rgba8,
    /// Blue, green, red, alpha; 4 bytes.
    Bgra8,
    /// One channel, for masks; 1 byte. A shader reads it as red.
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
/// Converts from `&PixmapBuf`, and with the feature `image` from `&image::RgbaImage` and `&image::GrayImage`.
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
}

impl PixmapBuf {
    /// Makes a pixmap whose rows follow each other without padding.
    pub fn new(format: PixelFormat, size: Size, bytes: Vec<u8>) -> Self {
        Self {
            size,
            format,
            bytes_per_row: size.width.saturating_mul(format.bytes_per_texel()),
            bytes,
        }
    }

    /// Borrows the pixels.
    pub fn as_pixmap(&self) -> Pixmap<'_> {
        Pixmap {
            size: self.size,
            format: self.format,
            bytes_per_row: self.bytes_per_row,
            bytes: &self.bytes,
        }
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

#[cfg(feature = "image")]
mod image_conversions {
    use super::{PixelFormat, Pixmap, PixmapBuf, Size};
    use image::{GrayImage, RgbaImage};

    impl<'a> From<&'a RgbaImage> for Pixmap<'a> {
        fn from(image: &'a RgbaImage) -> Self {
            let size = Size::new(image.width(), image.height());
            Pixmap::new(PixelFormat::Rgba8, size, image.as_raw())
        }
    }

    impl<'a> From<&'a GrayImage> for Pixmap<'a> {
        fn from(image: &'a GrayImage) -> Self {
            let size = Size::new(image.width(), image.height());
            Pixmap::new(PixelFormat::R8, size, image.as_raw())
        }
    }

    impl From<RgbaImage> for PixmapBuf {
        fn from(image: RgbaImage) -> Self {
            let size = Size::new(image.width(), image.height());
            PixmapBuf::new(PixelFormat::Rgba8, size, image.into_raw())
        }
    }

    impl From<GrayImage> for PixmapBuf {
        fn from(image: GrayImage) -> Self {
            let size = Size::new(image.width(), image.height());
            PixmapBuf::new(PixelFormat::R8, size, image.into_raw())
        }
    }

    impl PixmapBuf {
        /// Converts the pixels to an image of the `image` crate: masks become gray, rows lose their padding.
        ///
        /// Returns `None` when the pixmap has no texels, when there are fewer bytes than its size needs, and when there is
        /// no memory for the image.
        pub fn to_image(&self) -> Option<RgbaImage> {
            let row_bytes = u64::from(self.size.width) * u64::from(self.format.bytes_per_texel());
            let bytes_per_row = u64::from(self.bytes_per_row);
            if self.size.is_empty() || bytes_per_row < row_bytes {
                return None;
            }
            let needed_bytes = bytes_per_row * u64::from(self.size.height - 1) + row_bytes;
            // From here on, nothing is larger than the bytes that are there.
            if (self.bytes.len() as u64) < needed_bytes {
                return None;
            }
            let mut rgba = Vec::new();
            rgba.try_reserve_exact(usize::try_from(self.size.texels() * 4).ok()?)
                .ok()?;
            for row in 0..self.size.height as usize {
                let start = row * self.bytes_per_row as usize;
                let row = self.bytes.get(start..start + row_bytes as usize)?;
                match self.format {
                    PixelFormat::Rgba8 => rgba.extend_from_slice(row),
                    PixelFormat::Bgra8 => {
                        rgba.extend(row.as_chunks().0.iter().flat_map(|[b, g, r, a]| [*r, *g, *b, *a]));
                    }
                    PixelFormat::R8 => rgba.extend(row.iter().flat_map(|v| [*v, *v, *v, 255])),
                }
            }
            RgbaImage::from_raw(self.size.width, self.size.height, rgba)
        }
    }
}
