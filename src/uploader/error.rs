//! Why other threads' pixmaps don't come in.

use std::sync::Arc;

use super::queue::PushError;
use crate::error::InsertError;

/// Why a pixmap wasn't queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The cache has been dropped.
    #[error("the cache has been dropped; end the thread that uploads")]
    Closed,
    /// The queue has no room, and its thread must not wait.
    #[error(
        "no room for {bytes} bytes: {queued_bytes} of {limit_bytes} are queued; call begin_frame, raise queue_bytes, \
         or wait in another thread than the owner's"
    )]
    QueueFull {
        /// Bytes of the pixmap, as `queue_bytes` counts them.
        bytes: u64,
        /// Bytes in the queue.
        queued_bytes: u64,
        /// The limit, [`UploadDescriptor::queue_bytes`](crate::UploadDescriptor::queue_bytes).
        limit_bytes: u64,
    },
}

impl UploadError {
    pub(super) fn new(error: PushError, bytes: u64) -> Self {
        match error {
            PushError::Closed => Self::Closed,
            PushError::Full {
                queued_bytes,
                limit_bytes,
            } => Self::QueueFull {
                bytes,
                queued_bytes,
                limit_bytes,
            },
        }
    }
}

/// Why a pixmap that was asked for isn't there, and isn't asked for again yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The job said so, in its own words.
    #[error("the job failed: {0}; it is tried again after retry_after_frames, or after retry")]
    Failed(Arc<str>),
    /// The cache refused what was delivered. One that found no room is refused only when too much is set aside, and
    /// asked for again soon.
    #[error("what was delivered was refused: {0}")]
    Refused(#[from] InsertError),
}
