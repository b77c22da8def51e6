//! `Request`: a name that was asked for, in the hands of the job that makes its pixmap.
//!
//! Invariant: a request is over exactly when nobody but the owner holds its `RequestToken`. So whatever ends a job, also a
//! panic, ends its request, without a message that could be lost.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use super::{Delivery, Queue, UploadError, Uploader, WhenFull};
use crate::pixmap::PixmapBuf;

/// A name whose pixmap is missing. From [`PixmapCache::find_or_request`](crate::PixmapCache::find_or_request).
///
/// Goes to any thread, which [delivers](Self::deliver) the pixmap or [fails](Self::fail). Dropping it, also in a
/// panic, abandons the request, and the name is asked for again.
#[must_use = "dropping a request abandons it"]
pub struct Request<N = String> {
    /// What to do when the queue has no room; [`UploadDescriptor::when_full`](crate::UploadDescriptor::when_full)
    /// unless changed here.
    pub when_full: WhenFull,
    name: N,
    token: Arc<RequestToken>,
    queue: Arc<Queue<N, Delivery>>,
}

/// Shared by the owner's table and whoever is to answer: the job, then the queued pixmap.
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
    pub(crate) fn new(name: N, token: Arc<RequestToken>, uploader: Uploader<N>) -> Self {
        Self {
            when_full: uploader.when_full,
            name,
            token,
            queue: uploader.queue,
        }
    }

    /// What was asked for.
    pub fn name(&self) -> &N {
        &self.name
    }

    /// Ends the request without a pixmap. The error is remembered, and the name not asked for again until
    /// [`UploadDescriptor::retry_after_frames`](crate::UploadDescriptor::retry_after_frames) have passed or
    /// [`retry`](crate::PixmapCache::retry) is called.
    pub fn fail(self, error: impl fmt::Display) {
        let text = Arc::from(error.to_string());
        self.token.failure.get_or_init(|| text);
    }
}

impl<N: Hash + Eq> Request<N> {
    /// Queues the pixmap, as [`Uploader::upload`] does. The cache checks it when it is taken in, and remembers a
    /// refusal as it remembers a failure.
    ///
    /// # Errors
    ///
    /// [`UploadError`]. The request is abandoned.
    pub fn deliver(self, pixmap: impl Into<PixmapBuf>) -> Result<(), UploadError> {
        let pixmap = pixmap.into();
        let token = Some(self.token);
        let uploader = Uploader::new(&self.queue, self.when_full);
        uploader.hand_over(self.name, Delivery::new(pixmap, token))
    }
}

impl<N: fmt::Debug> fmt::Debug for Request<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("name", &self.name)
            .field("when_full", &self.when_full)
            .finish_non_exhaustive()
    }
}
