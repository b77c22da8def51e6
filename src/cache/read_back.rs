//! Pixels read back from the GPU: an entry's, a page's, and pages as images.
//!
//! The copies are made by `gpu/read_back.rs`, and `inspect::PageImage` is the future. Invariant: reading changes nothing
//! in the cache, but flushes it.

use std::hash::Hash;

#[cfg(feature = "image")]
use image::RgbaImage;

use super::{PixmapCache, Tile};
use crate::error::ReadBackError;
use crate::geometry::{Rect, Size};
#[cfg(feature = "image")]
use crate::inspect::{PageImage, to_image};
use crate::key::PixmapKey;
use crate::layout::{PageIndex, Region};
use crate::pixmap::PixmapBuf;

impl<N: Hash + Eq> PixmapCache<N> {
    /// Reads the base level of an entry back from the GPU. Flushes and waits: for tests and tools.
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the key is dead or the device is lost.
    pub fn read_back(&mut self, key: PixmapKey) -> Result<PixmapBuf, ReadBackError> {
        if !self.contains(key) || self.retained.awaits_pixels(key) {
            return Err(ReadBackError::NotResident);
        }
        if let Some(region) = self.region(key) {
            return self.atlas.read(region);
        }
        self.read_tiles(key)
    }

    fn read_tiles(&mut self, key: PixmapKey) -> Result<PixmapBuf, ReadBackError> {
        let size = self.size(key).ok_or(ReadBackError::NotResident)?;
        let tiles: Vec<Tile> = self.tiles(key).collect();
        let format = self.atlas.plan().pixels;
        let texel_bytes = format.bytes_per_texel() as usize;
        let bytes = vec![0; size.texels() as usize * texel_bytes];
        let mut whole = PixmapBuf::new(format, size, bytes);
        for tile in tiles {
            let texels = self.atlas.read(tile.region)?;
            let row_bytes = whole.bytes_per_row as usize;
            for (row, texels) in (tile.stored.y as usize..).zip(texels.as_pixmap().rows()) {
                let start = row * row_bytes + tile.stored.x as usize * texel_bytes;
                whole.bytes[start..start + texels.len()].copy_from_slice(texels);
            }
        }
        Ok(whole)
    }

    /// Reads a whole page's texels back from the GPU. Flushes and waits: for tests and tools. Texels that no entry
    /// covers are whatever was there before.
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the page isn't committed or the device is lost.
    pub fn read_page(&mut self, page: PageIndex) -> Result<PixmapBuf, ReadBackError> {
        let region = self.region_of_page(page)?;
        self.atlas.read(region)
    }

    /// Reads a whole page back from the GPU as an image. Flushes and waits for the GPU.
    ///
    /// Channels are put in RGBA order and masks become opaque gray; nothing else is converted. Texels that were inserted
    /// premultiplied stay so, while PNG and most viewers expect straight alpha and show them with dark edges: divide by
    /// alpha before saving. Texels that no entry covers are whatever was there before.
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the page isn't committed or the device is lost.
    #[cfg(feature = "image")]
    pub fn page_image(&mut self, page: PageIndex) -> Result<RgbaImage, ReadBackError> {
        self.read_page(page).map(|pixels| to_image(&pixels))
    }

    /// Reads a whole page back as an image, like [`page_image`](Self::page_image), without waiting for the GPU.
    ///
    /// The image shows the page as it is now, whatever the cache does next. Flushes, and submits the copy. Errors come
    /// out of the future, whose documentation says what has to poll the device.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// # use pixmap_cache::{PageIndex, PixmapCache};
    /// # fn draw_frame(cache: &mut PixmapCache) {}
    /// # fn save(cache: &mut PixmapCache, page: PageIndex) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut image = Box::pin(cache.page_image_async(page));
    /// let image = loop {
    ///     draw_frame(cache); // the cache is free for any use
    ///     if let Poll::Ready(image) = image.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
    ///         break image?;
    ///     }
    /// };
    /// image.save(format!("page-{}.png", page.0))?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "image")]
    pub fn page_image_async(&mut self, page: PageIndex) -> PageImage {
        let region = self.region_of_page(page);
        PageImage::new(region.and_then(|region| self.atlas.start_reading(region)))
    }

    fn region_of_page(&self, page: PageIndex) -> Result<Region, ReadBackError> {
        if !self.pages().any(|committed| committed == page) {
            return Err(ReadBackError::NotResident);
        }
        let side = self.page_side();
        let rect = Rect::new(0, 0, Size::new(side, side));
        Ok(Region { page, rect })
    }
}
