//! `UploadError`: why the queue doesn't accept a pixmap.

use std::fmt;

/// Explains why a pixmap was not queued, and gives back what was handed over.
///
/// `T` is the name and the pixmap for an [`Uploader`](crate::Uploader), the request and the pixmap for a
/// [`Request`](crate::Request). Neither is printed, so that neither has to implement `Debug`.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError<T> {
    /// The queue is full.
    #[error(
        "no room for {bytes} bytes: {queued_bytes} of {limit_bytes} are queued, and {waiting} threads wait; try again \
         after begin_frame, raise queue_bytes, or use upload_blocking or deliver_blocking in another thread than the \
         cache's"
    )]
    QueueFull {
        /// What was handed over.
        returned: T,
        /// Bytes of the pixmap, as [`queue_bytes`](crate::UploadDescriptor::queue_bytes) counts them.
        bytes: u64,
        /// Bytes in the queue.
        queued_bytes: u64,
        /// The limit, [`UploadDescriptor::queue_bytes`](crate::UploadDescriptor::queue_bytes).
        limit_bytes: u64,
        /// Threads that wait for room. They come first, even if this pixmap is small enough to fit.
        waiting: u32,
    },
    /// The cache was dropped, or [`close_uploads`](crate::PixmapCache::close_uploads) was called. No later attempt can
    /// succeed.
    #[error("the cache was dropped or its uploads were closed; end the thread that uploads")]
    Closed {
        /// What was handed over.
        returned: T,
    },
}

impl<T> UploadError<T> {
    /// Returns what was handed over, to try again.
    pub fn into_inner(self) -> T {
        match self {
            Self::QueueFull { returned, .. } | Self::Closed { returned } => returned,
        }
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> UploadError<U> {
        match self {
            Self::QueueFull {
                returned,
                bytes,
                queued_bytes,
                limit_bytes,
                waiting,
            } => UploadError::QueueFull {
                returned: f(returned),
                bytes,
                queued_bytes,
                limit_bytes,
                waiting,
            },
            Self::Closed { returned } => UploadError::Closed {
                returned: f(returned),
            },
        }
    }
}

impl<T> fmt::Debug for UploadError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull {
                bytes,
                queued_bytes,
                limit_bytes,
                waiting,
                ..
            } => f
                .debug_struct("QueueFull")
                .field("bytes", bytes)
                .field("queued_bytes", queued_bytes)
                .field("limit_bytes", limit_bytes)
                .field("waiting", waiting)
                .finish_non_exhaustive(),
            Self::Closed { .. } => f.debug_struct("Closed").finish_non_exhaustive(),
        }
    }
}
