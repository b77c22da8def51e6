//! Pages as images, waited for or awaited.

use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll};

use image::RgbaImage;

use crate::cache::PixmapCache;
use crate::error::ReadBackError;
use crate::gpu::Reading;
use crate::layout::PageIndex;
use crate::pixmap::PixmapBuf;

/// A page's texels on their way, from [`PixmapCache::page_image_async`]. `Send`, and borrows nothing.
///
/// It makes no progress by itself: it is ready once somebody has called [`wgpu::Device::poll`] (or submitted more work)
/// after the GPU was done, as an application that draws does each frame. In a browser the event loop does. Dropping it
/// abandons the copy.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct PageImage {
    reading: Result<Reading, ReadBackError>,
}

impl Future for PageImage {
    type Output = Result<RgbaImage, ReadBackError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &self.reading {
            Ok(reading) => reading.poll(context).map(|pixels| pixels.and_then(to_image)),
            Err(error) => Poll::Ready(Err(*error)),
        }
    }
}

fn to_image(pixels: PixmapBuf) -> Result<RgbaImage, ReadBackError> {
    Ok(pixels
        .to_image()
        .expect("BUG: a page of another size than its bytes"))
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// A whole page as an image: channels in RGBA order, masks as opaque grey. Flushes and waits for the GPU. What no
    /// entry covers is whatever was there.
    ///
    /// # Errors
    ///
    /// [`ReadBackError`] when the page isn't committed or the device is lost.
    pub fn page_image(&mut self, page: PageIndex) -> Result<RgbaImage, ReadBackError> {
        self.read_page(page).and_then(to_image)
    }

    /// The same without waiting: the page as it is now, whatever the cache does next. Flushes, and submits the copy.
    ///
    /// Errors come out of the future. See [`PageImage`] for who has to poll the device.
    ///
    /// ```
    /// # async fn save(cache: &mut pixmap_cache::PixmapCache) -> Result<(), Box<dyn std::error::Error>> {
    /// let pages: Vec<_> = cache.pages().collect();
    /// for page in pages {
    ///     let image = cache.page_image_async(page);
    ///     // Here the cache is free for other use, while frames are drawn.
    ///     image.await?.save(format!("page-{}.png", page.0))?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn page_image_async(&mut self, page: PageIndex) -> PageImage {
        PageImage {
            reading: self.start_reading(page),
        }
    }
}
