//! `UploadDescriptor`: the limits on what comes from other threads.

/// Limits what other threads may hand over and how much of it a frame takes in. Use it with `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadDescriptor {
    /// Maximum bytes of main memory that the pixmaps in the queue take together. Each counts with its bytes, mip levels
    /// included, and 128 more; one that is larger than the limit gets in when nothing else is queued. Not included: the pixmaps of
    /// threads that wait, and pixmaps set aside because the cache has no room for them, which have a limit of the same
    /// size. Default: 64 MiB. With a higher limit, threads run further ahead of the owner before the queue is full.
    pub queue_bytes: u64,
    /// Maximum bytes that [`begin_frame`](crate::PixmapCache::begin_frame) takes in, counted as in `queue_bytes`; a
    /// single pixmap that is larger still gets in. Default: 8 MiB. With a higher limit, pixmaps arrive sooner, and a
    /// frame that takes in many of them takes longer.
    pub upload_bytes_per_frame: u64,
    /// Maximum number of names whose jobs haven't ended. Beyond it,
    /// [`find_or_request`](crate::PixmapCache::find_or_request) calls no more jobs. Default: 4,096. With a higher limit,
    /// the table of requests and the job queue of your pool may grow larger.
    pub max_requests: u32,
    /// Maximum number of failures remembered. The oldest is forgotten first, and its name can then be requested again.
    /// Default: 1,024. Each takes the memory of a name and of an error text.
    pub max_failures: u32,
    /// Number of frames for which a failure is remembered, from the frame in which it was noticed; `u64::MAX` for no
    /// limit. At most 30 frames for a pixmap that was refused for lack of room, which may be there by then. Default:
    /// 600. Higher values retry failed names less often.
    pub retry_after_frames: u64,
}

impl Default for UploadDescriptor {
    fn default() -> Self {
        Self {
            queue_bytes: 64 << 20,
            upload_bytes_per_frame: 8 << 20,
            max_requests: 4096,
            max_failures: 1024,
            retry_after_frames: 600,
        }
    }
}
