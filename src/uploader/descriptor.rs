//! `UploadDescriptor`: the limits of what comes from other threads.

use super::WhenFull;

/// How much other threads may hand over, and how much of it a frame takes in. Use it with `..Default::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadDescriptor {
    /// Bytes of main memory that pixmaps in the queue may take together. Each counts with its bytes and 128 more; one
    /// that is larger by itself gets in when nothing else is queued. A thread that waits holds its pixmap besides, and
    /// as many bytes again may be set aside: pixmaps that found no room in the cache and are tried again in each frame.
    /// Default: 64 MiB. The more, the further threads run ahead of the owner before they wait or are refused.
    pub queue_bytes: u64,
    /// What happens to a pixmap for which the queue has no room. Default: its thread waits.
    pub when_full: WhenFull,
    /// Bytes that [`begin_frame`](crate::PixmapCache::begin_frame) takes in at most, counted as in `queue_bytes`; a
    /// single pixmap that is larger still gets in. Default: 8 MiB. The more, the sooner pixmaps are there, and the
    /// longer a frame takes in which many have come.
    pub upload_bytes_per_frame: u64,
    /// Names whose jobs haven't ended, at most. Beyond them
    /// [`find_or_request`](crate::PixmapCache::find_or_request) asks for no more. Default: 4,096. The more, the more
    /// memory and the more work in a pool's own queue.
    pub max_requests: u32,
    /// Failures remembered; the oldest is forgotten, and so its name asked for again. Default: 1,024. The more, the
    /// more memory: a name and the text of its error for each.
    pub max_failures: u32,
    /// Frames for which a failure is remembered, from the one in which it was noticed; `u64::MAX` for ever. At most 30
    /// for a pixmap that was set aside and given up, as there may be room by then. Default: 600. The more, the seldomer a name that fails is tried again.
    pub retry_after_frames: u64,
}

impl Default for UploadDescriptor {
    fn default() -> Self {
        Self {
            queue_bytes: 64 << 20,
            when_full: WhenFull::Wait,
            upload_bytes_per_frame: 8 << 20,
            max_requests: 4096,
            max_failures: 1024,
            retry_after_frames: 600,
        }
    }
}
