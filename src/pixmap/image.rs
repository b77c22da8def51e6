//! Pixmaps from and to the images of the `image` crate.
//!
//! Borrowed where the bytes already are what a pixmap holds, converted where they are not. Alpha stays as it is:
//! `PixmapBuf::premultiplied` multiplies it in.

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use super::{PixelFormat, Pixmap, PixmapBuf};
use crate::geometry::Size;

impl<'a> From<&'a RgbaImage> for Pixmap<'a> {
    /// Borrows the bytes.
    fn from(image: &'a RgbaImage) -> Self {
        let size = Size::new(image.width(), image.height());
        Pixmap::new(PixelFormat::Rgba8, size, image.as_raw())
    }
}

impl<'a> From<&'a GrayImage> for Pixmap<'a> {
    /// Borrows the bytes.
    fn from(image: &'a GrayImage) -> Self {
        let size = Size::new(image.width(), image.height());
        Pixmap::new(PixelFormat::R8, size, image.as_raw())
    }
}

impl From<RgbaImage> for PixmapBuf {
    /// Takes over the bytes.
    fn from(image: RgbaImage) -> Self {
        let size = Size::new(image.width(), image.height());
        PixmapBuf::new(PixelFormat::Rgba8, size, image.into_raw())
    }
}

impl From<GrayImage> for PixmapBuf {
    /// Takes over the bytes.
    fn from(image: GrayImage) -> Self {
        let size = Size::new(image.width(), image.height());
        PixmapBuf::new(PixelFormat::R8, size, image.into_raw())
    }
}

impl From<RgbImage> for PixmapBuf {
    /// Adds an opaque alpha: visits every texel and writes four bytes for it.
    fn from(image: RgbImage) -> Self {
        DynamicImage::ImageRgb8(image).into_rgba8().into()
    }
}

impl From<GrayAlphaImage> for PixmapBuf {
    /// Repeats the gray value in three channels: visits every texel and writes four bytes for it.
    fn from(image: GrayAlphaImage) -> Self {
        DynamicImage::ImageLumaA8(image).into_rgba8().into()
    }
}

impl From<DynamicImage> for PixmapBuf {
    /// Converts any decoded image: gray without alpha becomes `R8`, everything else `Rgba8`.
    ///
    /// RGBA and gray of 8 bits keep their bytes, at no cost. All others are rounded to 8 bits per channel in a new buffer of
    /// four bytes per texel (one for gray), which visits every texel. Floating-point values are clamped to 0 to 1; no transfer
    /// curve is applied. Alpha stays straight: see [`premultiplied`](PixmapBuf::premultiplied).
    fn from(image: DynamicImage) -> Self {
        if image.color().has_color() || image.color().has_alpha() {
            image.into_rgba8().into()
        } else {
            image.into_luma8().into()
        }
    }
}

impl PixmapBuf {
    /// Converts the base level to an image of the `image` crate: masks become gray, rows lose their padding. Writes four
    /// bytes per texel.
    ///
    /// Returns `None` when the pixmap has no texels, when there are fewer bytes than its size needs, and when there is no
    /// memory for the image.
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
        for row in self.as_pixmap().rows().take(self.size.height as usize) {
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
