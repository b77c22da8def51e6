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
/// Each `poll` asks the device, so polling it once per frame will do. Between polls nobody asks: a task that sleeps until
/// it is woken, as under `pollster::block_on`, sleeps until somebody else calls [`wgpu::Device::poll`] or submits more
/// work after the GPU is done. An application that draws does so in each frame; in a browser the event loop does; who
/// has neither takes [`page_image`](PixmapCache::page_image), which waits.
///
/// It holds on to the device, not to the queue: when that is dropped, or the device is lost, it ends, with the image or
/// an error. Dropping it abandons the copy.
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
    /// A whole page as an image: channels in RGBA order, masks as opaque grey, and nothing else converted. Texels that
    /// were inserted premultiplied stay so, while PNG and most viewers take straight alpha, and show them with dark
    /// edges: divide by alpha before saving. Flushes and waits for the GPU. What no
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
    pub fn page_image_async(&mut self, page: PageIndex) -> PageImage {
        PageImage {
            reading: self.start_reading(page),
        }
    }
}
