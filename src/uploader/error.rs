//! `RequestError`: why a requested pixmap isn't there.

use std::sync::Arc;

use crate::error::InsertError;

/// Explains why a requested pixmap isn't resident and isn't requested again yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The job [failed](crate::Request::fail), with this text.
    #[error("the job failed: {0}; it is requested again after retry_after_frames, or after retry")]
    Failed(Arc<str>),
    /// The cache refused the pixmap that was delivered. A pixmap that found no room is refused only when too many of
    /// them are set aside, and is requested again within 30 frames.
    #[error("the delivered pixmap was refused: {0}")]
    Refused(#[from] InsertError),
    /// [`close_uploads`](crate::PixmapCache::close_uploads) was called: nothing can be delivered, so nothing is
    /// requested.
    #[error("uploads were closed; insert the pixmap on the thread that owns the cache")]
    Closed,
}
