//! Pixels that are awaited.
//!
//! The copies and their mapping are `gpu/read_back.rs`; `cache/read_back.rs` starts them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::ReadBackError;
use crate::geometry::{Rect, Size};
use crate::gpu::Reading;
use crate::pixmap::{PixelFormat, PixmapBuf};

/// A future of pixels on their way from the GPU, from [`PixmapCache::read_back_async`](crate::PixmapCache::read_back_async)
/// and [`read_page_async`](crate::PixmapCache::read_page_async). It borrows nothing and, except in a browser, is `Send`.
///
/// Each `poll` polls the device as well, so polling the future once per frame is enough. A task that sleeps until it is
/// woken, as under `pollster::block_on`, is woken only when something else polls the device: a call of
/// [`wgpu::Device::poll`], or a submission after the GPU is done. An application that draws does so in each frame. On
/// WebGPU the browser does. On WebGL2 nothing does: call [`wgpu::Device::poll`] in each frame or from a timer.
///
/// The future keeps the device alive, but not the queue. When the queue is dropped or the device is lost, it ends with
/// the pixels or an error. Dropping the future abandons the copies.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct ReadBack {
    pieces: Result<Vec<Piece>, ReadBackError>,
    /// What has arrived of the whole.
    whole: PixmapBuf,
}

/// A part of the whole.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) reading: Reading,
    /// Where it goes.
    pub(crate) stored: Rect,
}

impl ReadBack {
    pub(crate) fn of((format, size): (PixelFormat, Size), pieces: Vec<Piece>) -> Self {
        let bytes = vec![0; size.texels() as usize * format.bytes_per_texel() as usize];
        Self {
            pieces: Ok(pieces),
            whole: PixmapBuf::new(format, size, bytes),
        }
    }

    pub(crate) fn refused(format: PixelFormat, error: ReadBackError) -> Self {
        Self {
            pieces: Err(error),
            whole: PixmapBuf::new(format, Size::default(), Vec::new()),
        }
    }

    /// Waits for the GPU.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn wait(mut self) -> Result<PixmapBuf, ReadBackError> {
        for Piece { reading, stored } in self.pieces? {
            self.whole.overwrite(stored, &reading.wait()?.as_pixmap());
        }
        Ok(self.whole)
    }
}

impl Future for ReadBack {
    type Output = Result<PixmapBuf, ReadBackError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { pieces, whole } = &mut *self;
        let pieces = pieces.as_mut().map_err(|error| *error)?;
        while let Some(Piece { reading, stored }) = pieces.last_mut() {
            let pixels = std::task::ready!(Pin::new(reading).poll(context))?;
            whole.overwrite(*stored, &pixels.as_pixmap());
            pieces.pop();
        }
        let empty = PixmapBuf::new(whole.format, Size::default(), Vec::new());
        Poll::Ready(Ok(std::mem::replace(whole, empty)))
    }
}
