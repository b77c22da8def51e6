//! A page as an image that is awaited.
//!
//! The copy and its mapping are `gpu/read_back.rs`; `cache/read_back.rs` starts it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use image::RgbaImage;

use crate::error::ReadBackError;
use crate::gpu::Reading;
use crate::pixmap::PixmapBuf;

/// A future of a page's image, from [`PixmapCache::page_image_async`](crate::PixmapCache::page_image_async). It is `Send`
/// and borrows nothing.
///
/// Each `poll` polls the device as well, so polling the future once per frame is enough. A task that sleeps until it is
/// woken, as under `pollster::block_on`, is woken only when something else polls the device: a call of
/// [`wgpu::Device::poll`], or a submission after the GPU is done. An application that draws does so in each frame, and in
/// a browser the event loop does. Elsewhere use [`page_image`](crate::PixmapCache::page_image), which waits.
///
/// The future keeps the device alive, but not the queue. When the queue is dropped or the device is lost, it ends with
/// the image or an error. Dropping the future abandons the copy.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct PageImage {
    reading: Result<Reading, ReadBackError>,
}

impl PageImage {
    pub(crate) fn new(reading: Result<Reading, ReadBackError>) -> Self {
        Self { reading }
    }
}

impl Future for PageImage {
    type Output = Result<RgbaImage, ReadBackError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.reading {
            Ok(reading) => Pin::new(reading).poll(context).map_ok(|pixels| to_image(&pixels)),
            Err(error) => Poll::Ready(Err(*error)),
        }
    }
}

/// Converts the pixels of a page, whose size and bytes agree.
pub(crate) fn to_image(pixels: &PixmapBuf) -> RgbaImage {
    let image = pixels.to_image();
    image.expect("BUG: a page of another size than its bytes")
}
