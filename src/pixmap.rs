//! Pixels on their way into the cache: `Pixmap` borrows them, `PixmapBuf` owns them.
//!
//! Rows run from top to bottom, texels from left to right, one byte per channel. What a format's bytes mean (sRGB or
//! linear, premultiplied or not) is the cache's and the shader's business; nothing here changes a value.

use crate::geometry::Size;

/// Order of the channels in a pixmap's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Red, green, blue, alpha; 4 bytes.
    Rgba8,
    /// Blue, green, red, alpha; 4 bytes.
    Bgra8,
    /// One channel, for masks; 1 byte. A shader reads it as red.
    R8,
}

impl PixelFormat {
    /// Bytes per texel.
    pub const fn bytes_per_texel(self) -> u32 {
        match self {
            PixelFormat::Rgba8 | PixelFormat::Bgra8 => 4,
            PixelFormat::R8 => 1,
        }
    }
}

/// Borrowed pixels.
///
/// Conversions: from `&PixmapBuf`, and with the feature `image` from `&image::RgbaImage` and `&image::GrayImage`.
/// The fields are checked when the pixmap is inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixmap<'a> {
    /// Width and height in texels.
    pub size: Size,
    /// Order of the channels.
    pub format: PixelFormat,
    /// Bytes from the start of one row to the start of the next, at least `width * bytes_per_texel`.
    pub bytes_per_row: u32,
    /// `bytes_per_row * height` bytes; the last row may end with its last texel.
    pub bytes: &'a [u8],
}

impl<'a> Pixmap<'a> {
    /// A pixmap whose rows follow each other without padding.
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

    /// Bytes of the texels of one row, without padding.
    pub(crate) fn row_bytes(&self) -> usize {
        self.size.width as usize * self.format.bytes_per_texel() as usize
    }

    /// The rows, each without its padding. The pixmap has been checked.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let row_bytes = self.row_bytes();
        let rows = self.bytes.chunks(self.bytes_per_row as usize);
        rows.map(move |row| &row[..row_bytes])
    }
}

/// Owned pixels; the fields are those of [`Pixmap`].
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
    /// Owned pixels whose rows follow each other without padding.
    pub fn new(format: PixelFormat, size: Size, bytes: Vec<u8>) -> Self {
        Self {
            size,
            format,
            bytes_per_row: size.width.saturating_mul(format.bytes_per_texel()),
            bytes,
        }
    }

    /// The same pixels, borrowed.
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
        /// The pixels as an image of the `image` crate: masks become grey, rows lose their padding.
        ///
        /// `None` when the bytes are fewer than the size says.
        pub fn to_image(&self) -> Option<RgbaImage> {
            let row_bytes = self.as_pixmap().row_bytes();
            let last_row = u64::from(self.bytes_per_row) * u64::from(self.size.height.checked_sub(1)?);
            if (self.bytes.len() as u64) < last_row.saturating_add(row_bytes as u64)
                || (self.bytes_per_row as usize) < row_bytes
            {
                return None;
            }
            let mut rgba = Vec::with_capacity(self.size.texels() as usize * 4);
            for row in 0..self.size.height as usize {
                let start = row * self.bytes_per_row as usize;
                let row = self.bytes.get(start..start + row_bytes)?;
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
