//! A page as an image that is awaited.
//!
//! Its pixels are awaited in `read_back.rs`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use image::RgbaImage;

use crate::error::ReadBackError;
use crate::inspect::ReadBack;
use crate::pixmap::PixmapBuf;

/// A future of a page's image, from [`PixmapCache::page_image_async`](crate::PixmapCache::page_image_async). What must poll
/// the device is said at [`ReadBack`].
///
/// Natively, `PixmapCache::page_image` waits for the image.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct PageImage {
    pixels: ReadBack,
}

impl PageImage {
    pub(crate) fn new(pixels: ReadBack) -> Self {
        Self { pixels }
    }

    /// Waits for the GPU.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn wait(self) -> Result<RgbaImage, ReadBackError> {
        self.pixels.wait().map(|pixels| to_image(&pixels))
    }
}

impl Future for PageImage {
    type Output = Result<RgbaImage, ReadBackError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let pixels = Pin::new(&mut self.pixels).poll(context);
        pixels.map_ok(|pixels| to_image(&pixels))
    }
}

/// Converts the pixels of a page, whose size and bytes agree.
fn to_image(pixels: &PixmapBuf) -> RgbaImage {
    let image = pixels.to_image();
    image.expect("BUG: a page of another size than its bytes")
}
