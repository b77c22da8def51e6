//! `Request`: a name whose pixmap was requested, held by the job that makes the pixmap.
//!
//! Invariant: a request has ended exactly when only the owner holds its `RequestToken`. So whatever ends a job, a panic
//! included, ends its request, without a message that could be lost.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use super::{Delivery, Queue, UploadError};
use crate::pixmap::PixmapBuf;
use crate::pixmap::mipmap_rule::MipmapRule;

/// A name whose pixmap is missing. From [`PixmapCache::find_or_request`](crate::PixmapCache::find_or_request).
///
/// Send it to any thread, which [delivers](Self::deliver) the pixmap or [fails](Self::fail). Dropping it, a panic
/// included, abandons the request: the name is requested again when it is next looked up.
#[must_use = "dropping a request abandons it"]
pub struct Request<N = String> {
    name: N,
    token: Arc<RequestToken>,
    queue: Arc<Queue<N, Delivery>>,
    mipmaps: MipmapRule,
}

/// Shared by the owner's table and the request, later by the queued pixmap.
#[derive(Debug, Default)]
pub(crate) struct RequestToken {
    failure: OnceLock<Arc<str>>,
}

impl RequestToken {
    pub(super) fn into_failure(self) -> Option<Arc<str>> {
        self.failure.into_inner()
    }
}

impl<N> Request<N> {
    pub(crate) fn new(
        name: N,
        token: Arc<RequestToken>,
        (queue, mipmaps): (Arc<Queue<N, Delivery>>, MipmapRule),
    ) -> Self {
        Self {
            name,
            token,
            queue,
            mipmaps,
        }
    }

    /// Returns the requested name.
    pub fn name(&self) -> &N {
        &self.name
    }

    /// Ends the request without a pixmap. The error is remembered, and the name is not requested again until
    /// [`UploadDescriptor::retry_after_frames`](crate::UploadDescriptor::retry_after_frames) have passed or
    /// [`retry`](crate::PixmapCache::retry) is called.
    pub fn fail(self, error: impl fmt::Display) {
        let text = Arc::from(error.to_string());
        self.token.failure.get_or_init(|| text);
    }

    /// Reverses `into_delivery`, for what the queue gave back.
    fn from_delivery(
        name: N,
        delivery: Delivery,
        (queue, mipmaps): (&Arc<Queue<N, Delivery>>, MipmapRule),
    ) -> (Self, PixmapBuf) {
        let token = delivery
            .token
            .expect("BUG: a request's delivery without its token");
        let request = Self::new(name, token, (Arc::clone(queue), mipmaps));
        (request, delivery.pixmap)
    }

    fn into_delivery(self, pixmap: PixmapBuf) -> (N, Delivery, Arc<Queue<N, Delivery>>) {
        let Self {
            name,
            token,
            queue,
            mipmaps,
        } = self;
        (name, Delivery::new(pixmap.prepared(mipmaps), Some(token)), queue)
    }
}

impl<N: Hash + Eq> Request<N> {
    /// Queues the pixmap, like [`Uploader::upload`](crate::Uploader::upload). Never waits.
    ///
    /// The cache checks the pixmap when it is taken in, and remembers a refusal as it remembers a failure.
    ///
    /// # Errors
    ///
    /// [`UploadError`] with the request and the pixmap, when the queue is full or closed. The request goes on: deliver
    /// the pixmap again later, or drop the request, and the name is requested again.
    pub fn deliver(self, pixmap: impl Into<PixmapBuf>) -> Result<(), UploadError<(Self, PixmapBuf)>> {
        let mipmaps = self.mipmaps;
        let (name, delivery, queue) = self.into_delivery(pixmap.into());
        let bytes = delivery.bytes();
        let pushed = queue.push(name, delivery, bytes);
        pushed.map_err(|error| {
            error.map(|(name, delivery)| Self::from_delivery(name, delivery, (&queue, mipmaps)))
        })
    }

    /// Queues the pixmap, and waits while the queue is full, like
    /// [`Uploader::upload_blocking`](crate::Uploader::upload_blocking).
    ///
    /// Don't call this on the thread that owns the cache, for instance in the closure of
    /// [`find_or_request`](crate::PixmapCache::find_or_request), nor on one that it waits for: the wait would not end.
    ///
    /// Not available on wasm32, where threads can't wait.
    ///
    /// # Errors
    ///
    /// [`UploadError::Closed`] with the request and the pixmap, when the cache is dropped or
    /// [`close_uploads`](crate::PixmapCache::close_uploads) is called, before or during the wait.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn deliver_blocking(
        self,
        pixmap: impl Into<PixmapBuf>,
    ) -> Result<(), UploadError<(Self, PixmapBuf)>> {
        let mipmaps = self.mipmaps;
        let (name, delivery, queue) = self.into_delivery(pixmap.into());
        let bytes = delivery.bytes();
        let pushed = queue.push_blocking(name, delivery, bytes);
        pushed.map_err(|error| {
            error.map(|(name, delivery)| Self::from_delivery(name, delivery, (&queue, mipmaps)))
        })
    }
}

impl<N: fmt::Debug> fmt::Debug for Request<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
