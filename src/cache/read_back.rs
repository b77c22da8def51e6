//! Pixels read back from the GPU: an entry's, a page's, and pages as images.
//!
//! The copies are made by `gpu/read_back.rs`, and `inspect::ReadBack` is the future. Invariant: reading changes nothing
//! in the cache, but flushes it.

use std::hash::Hash;

#[cfg(all(feature = "image", not(target_arch = "wasm32")))]
use image::RgbaImage;

use super::PixmapCache;
use crate::error::ReadBackError;
use crate::geometry::{Rect, Size};
#[cfg(feature = "image")]
use crate::inspect::PageImage;
use crate::inspect::{Piece, ReadBack};
use crate::key::PixmapKey;
use crate::layout::{PageIndex, Region};
#[cfg(not(target_arch = "wasm32"))]
use crate::pixmap::PixmapBuf;

impl<N: Hash + Eq> PixmapCache<N> {
    /// Reads the base level of an entry back from the GPU. Flushes and waits: for tests and tools.
    ///
    /// Not available on wasm32, where nothing can wait: see [`read_back_async`](Self::read_back_async).
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the key is dead or the device is lost.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read_back(&mut self, key: PixmapKey) -> Result<PixmapBuf, ReadBackError> {
        self.read_back_async(key).wait()
    }

    /// Reads the base level of an entry back, without waiting for the GPU.
    ///
    /// The pixels are those of now, whatever the cache does next. Flushes, and submits the copies. Errors come out of the
    /// future, whose documentation says what has to poll the device.
    pub fn read_back_async(&mut self, key: PixmapKey) -> ReadBack {
        let pieces = self.start_reading(key);
        self.reading_of(pieces)
    }

    fn start_reading(&mut self, key: PixmapKey) -> Result<(Size, Vec<Piece>), ReadBackError> {
        let size = self.size(key).ok_or(ReadBackError::NotResident)?;
        if self.retained.awaits_pixels(key) {
            return Err(ReadBackError::NotResident);
        }
        let whole = Rect::new(0, 0, size);
        let tiles: Vec<(Rect, Region)> = match self.region(key) {
            Some(region) => vec![(whole, region)],
            None => self.tiles(key).map(|tile| (tile.stored, tile.region)).collect(),
        };
        let start = |(stored, region)| {
            let reading = self.atlas.start_reading(region)?;
            Ok(Piece { reading, stored })
        };
        let pieces: Result<Vec<Piece>, ReadBackError> = tiles.into_iter().map(start).collect();
        Ok((size, pieces?))
    }

    fn reading_of(&self, pieces: Result<(Size, Vec<Piece>), ReadBackError>) -> ReadBack {
        let format = self.atlas.plan().pixels;
        match pieces {
            Ok((size, pieces)) => ReadBack::of((format, size), pieces),
            Err(error) => ReadBack::refused(format, error),
        }
    }

    /// Reads a whole page's texels back from the GPU. Flushes and waits: for tests and tools. Texels that no entry
    /// covers are whatever was there before.
    ///
    /// Not available on wasm32, where nothing can wait: see [`read_page_async`](Self::read_page_async).
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the page isn't committed or the device is lost.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read_page(&mut self, page: PageIndex) -> Result<PixmapBuf, ReadBackError> {
        self.read_page_async(page).wait()
    }

    /// Reads a whole page's texels back, like [`read_back_async`](Self::read_back_async). Texels that no entry covers are
    /// whatever was there before.
    pub fn read_page_async(&mut self, page: PageIndex) -> ReadBack {
        let pieces = self.start_reading_page(page);
        self.reading_of(pieces)
    }

    fn start_reading_page(&mut self, page: PageIndex) -> Result<(Size, Vec<Piece>), ReadBackError> {
        let region = self.region_of_page(page)?;
        let reading = self.atlas.start_reading(region)?;
        let stored = region.rect;
        Ok((stored.size(), vec![Piece { reading, stored }]))
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
    #[cfg(all(feature = "image", not(target_arch = "wasm32")))]
    pub fn page_image(&mut self, page: PageIndex) -> Result<RgbaImage, ReadBackError> {
        self.page_image_async(page).wait()
    }

    /// Reads a whole page back as an image, without waiting for the GPU.
    ///
    /// Channels are put in RGBA order and masks become opaque gray; nothing else is converted. The image shows the page as it is now, whatever the cache does next. Flushes, and submits the copy. Errors come
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
        PageImage::new(self.read_page_async(page))
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
