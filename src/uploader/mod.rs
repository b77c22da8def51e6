//! Pixmaps from other threads: `Uploader` hands them over, `Request` is a name that was asked for.
//!
//! What the owner does with them is in `cache/intake.rs`. No pixel is copied or dropped under a lock; the queue and
//! its lock are in `queue/`.

mod descriptor;
mod error;
mod queue;
mod request;
mod requests;
mod sync;

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

pub use self::descriptor::UploadDescriptor;
pub use self::error::{RequestError, UploadError};
pub use self::queue::WhenFull;
pub use self::request::Request;

pub(crate) use self::queue::Queue;
use self::request::RequestToken;
pub(crate) use self::requests::{RequestStatus, Requests};

use crate::error::InsertError;
use crate::pixmap::PixmapBuf;

/// Bytes that a queued pixmap counts besides its texels: its place in the queue, with a name of ordinary length.
/// Without them a queue of the smallest pixmaps would take many times its limit.
const OVERHEAD_BYTES: u64 = 128;

/// Hands over pixmaps from any thread. From [`PixmapCache::uploader`](crate::PixmapCache::uploader).
///
/// The owner takes them in at [`begin_frame`](crate::PixmapCache::begin_frame), in the order in which their names came
/// and as many as [`UploadDescriptor::upload_bytes_per_frame`] says. The newest wins: a version that is handed over
/// while an older one of the same name is queued has its place, and the older one is never uploaded. An entry that has
/// the name gets the new pixels and keeps key and id, and its old pixels are drawn until then. Other names become
/// entries as by [`insert_named`](crate::PixmapCache::insert_named). What is refused then is counted in
/// [`CacheStats::refused`](crate::CacheStats::refused), and an entry that had the name stays as it was.
///
/// What finds no room, because of what is in use or pinned or for want of memory, is set aside and tried again in each
/// frame, before what is queued and without holding it up. A newer version of its name, from an uploader or the owner,
/// takes its place. When more is set aside than [`queue_bytes`](UploadDescriptor::queue_bytes), what was tried longest
/// ago is refused.
///
/// Clones share one queue. None of them keeps the cache alive; dropping one changes nothing for the owner.
///
/// ```
/// use pixmap_cache::{CacheDescriptor, PixelFormat, PixmapBuf, PixmapCache, Size};
///
/// # fn decode(name: &str) -> PixmapBuf { PixmapBuf::new(PixelFormat::Rgba8, Size::new(2, 2), vec![255; 16]) }
/// # fn frames(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<(), pixmap_cache::CreateError> {
/// let mut cache: PixmapCache = PixmapCache::new(device, queue, &CacheDescriptor::default())?;
/// let uploader = cache.uploader();
/// std::thread::spawn(move || uploader.upload("save".to_owned(), decode("save")));
///
/// cache.begin_frame(); // takes in what has come
/// let save = cache.find("save"); // None in the frames before it came
/// # Ok(()) }
/// ```
pub struct Uploader<N = String> {
    /// What to do with a pixmap for which there is no room; [`UploadDescriptor::when_full`] unless changed here.
    pub when_full: WhenFull,
    queue: Arc<Queue<N, Delivery>>,
}

/// What is queued under a name.
pub(crate) struct Delivery {
    pub(crate) pixmap: PixmapBuf,
    /// Of the request that it answers; dropped with the pixmap, which ends the request.
    pub(crate) token: Option<Arc<RequestToken>>,
    /// Why the cache set it aside, if it did.
    pub(crate) refusal: Option<InsertError>,
}

impl Delivery {
    pub(crate) fn new(pixmap: PixmapBuf, token: Option<Arc<RequestToken>>) -> Self {
        Self {
            pixmap,
            token,
            refusal: None,
        }
    }

    /// What it counts in the queue and in a frame.
    pub(crate) fn bytes(&self) -> u64 {
        self.pixmap.bytes.capacity() as u64 + OVERHEAD_BYTES
    }
}

impl<N> Uploader<N> {
    pub(crate) fn new(queue: &Arc<Queue<N, Delivery>>, when_full: WhenFull) -> Self {
        Self {
            when_full,
            queue: Arc::clone(queue),
        }
    }
}

impl<N: Hash + Eq> Uploader<N> {
    /// Queues a pixmap under a name. It is checked when it is taken in.
    ///
    /// Under [`WhenFull::Wait`] this may wait until the owner has begun another frame, or dropped the cache.
    ///
    /// # Errors
    ///
    /// [`UploadError`]; the pixmap is dropped, nothing else has changed.
    pub fn upload(&self, name: N, pixmap: impl Into<PixmapBuf>) -> Result<(), UploadError> {
        let pixmap = pixmap.into();
        self.hand_over(name, Delivery::new(pixmap, None))
    }

    fn hand_over(&self, name: N, delivery: Delivery) -> Result<(), UploadError> {
        let bytes = delivery.bytes();
        let pushed = self.queue.push(name, delivery, bytes, self.when_full);
        pushed.map_err(|error| UploadError::new(error, bytes))
    }
}

impl<N> Clone for Uploader<N> {
    fn clone(&self) -> Self {
        Self::new(&self.queue, self.when_full)
    }
}

impl<N> fmt::Debug for Uploader<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploader")
            .field("when_full", &self.when_full)
            .field("queue", &self.queue.stats())
            .finish()
    }
}
