//! Pixmaps from other threads: `Uploader` hands them over, `Request` is a name whose pixmap was requested.
//!
//! What the owner does with them is in `cache/intake.rs`; the queue and its lock are in `queue/`. Invariant: no pixel is
//! copied or dropped under the lock.

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
pub use self::error::RequestError;
pub use self::queue::UploadError;
pub use self::request::Request;

pub(crate) use self::queue::Queue;
use self::request::RequestToken;
pub(crate) use self::requests::{RequestStatus, Requests};

use crate::error::InsertError;
use crate::pixmap::PixmapBuf;

/// Bytes that a queued pixmap counts beside its texels: its place in the queue, with a name of ordinary length.
/// Without them, a queue of the smallest pixmaps could take many times its limit.
const OVERHEAD_BYTES: u64 = 128;

/// Hands over pixmaps from any thread. From [`PixmapCache::uploader`](crate::PixmapCache::uploader).
///
/// The owner takes them in at [`begin_frame`](crate::PixmapCache::begin_frame), in the order in which their names came,
/// at most [`UploadDescriptor::upload_bytes_per_frame`] per frame. The newest version wins: when a pixmap is handed over
/// while an older one of the same name is queued, it takes that one's place, and the older one is never uploaded. An
/// entry that has the name gets the new pixels and keeps its key and id; until then its old pixels are drawn. Other
/// names become entries as with [`insert_named`](crate::PixmapCache::insert_named). A pixmap that is refused then is
/// counted in [`CacheStats::refused`](crate::CacheStats::refused), and an entry that had the name stays as it was.
///
/// A pixmap that finds no room, because of what is in use or pinned or for lack of memory, is set aside. Each frame tries
/// it again before it takes from the queue, and without holding up the queue. A newer version of its name, from an
/// uploader or the owner, takes its place. When more is set aside than [`queue_bytes`](UploadDescriptor::queue_bytes),
/// the pixmaps tried longest ago are refused.
///
/// Clones share one queue. They don't keep the cache alive, and dropping one doesn't affect what it queued.
///
/// ```
/// use pixmap_cache::{CacheDescriptor, PixelFormat, PixmapBuf, PixmapCache, Size};
///
/// # fn decode(name: &str) -> PixmapBuf { PixmapBuf::new(PixelFormat::Rgba8, Size::new(2, 2), vec![255; 16]) }
/// # fn frames(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<(), pixmap_cache::CreateError> {
/// let mut cache: PixmapCache = PixmapCache::new(device, queue, &CacheDescriptor::default())?;
/// let uploader = cache.uploader();
/// std::thread::spawn(move || uploader.upload_blocking("save".to_owned(), decode("save")));
///
/// cache.begin_frame(); // takes in what has arrived
/// let save = cache.find("save"); // None until it has arrived
/// # Ok(()) }
/// ```
pub struct Uploader<N = String> {
    queue: Arc<Queue<N, Delivery>>,
}

/// What is queued under a name.
pub(crate) struct Delivery {
    pub(crate) pixmap: PixmapBuf,
    /// Token of the request that this fulfills. Dropped with the pixmap, which ends the request.
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
    pub(crate) fn new(queue: &Arc<Queue<N, Delivery>>) -> Self {
        Self {
            queue: Arc::clone(queue),
        }
    }
}

impl<N: Hash + Eq> Uploader<N> {
    /// Queues a pixmap under a name. Never waits, and may be called on any thread, also on the cache's own.
    ///
    /// The pixmap is checked when it is taken in.
    ///
    /// # Errors
    ///
    /// [`UploadError`] with name and pixmap, when the queue is full or closed. Nothing has changed.
    ///
    /// ```
    /// use pixmap_cache::{PixmapBuf, UploadError, Uploader};
    ///
    /// /// Queues what fits. The rest waits for the next call.
    /// fn upload_some(uploader: &Uploader, ready: &mut Vec<(String, PixmapBuf)>) {
    ///     while let Some((name, pixmap)) = ready.pop() {
    ///         match uploader.upload(name, pixmap) {
    ///             Ok(()) => {}
    ///             Err(UploadError::QueueFull { returned, .. }) => return ready.push(returned),
    ///             Err(_) => return, // the cache is gone
    ///         }
    ///     }
    /// }
    /// ```
    pub fn upload(&self, name: N, pixmap: impl Into<PixmapBuf>) -> Result<(), UploadError<(N, PixmapBuf)>> {
        let delivery = Delivery::new(pixmap.into(), None);
        let bytes = delivery.bytes();
        let pushed = self.queue.push(name, delivery, bytes);
        pushed.map_err(|error| error.map(|(name, delivery)| (name, delivery.pixmap)))
    }

    /// Queues a pixmap under a name, and waits while the queue is full.
    ///
    /// Threads are served in the order in which they came. The wait ends when a
    /// [`begin_frame`](crate::PixmapCache::begin_frame) has made room, when a newer version of the name was handed
    /// over (then this one is dropped, as if it had been queued), or when uploads are closed.
    ///
    /// Don't call this on the thread that owns the cache, nor on one that it waits for: only that thread can make room,
    /// so the wait would not end. Before you join a thread that uploads, call
    /// [`close_uploads`](crate::PixmapCache::close_uploads) or drop the cache.
    ///
    /// Not available on wasm32, where threads can't wait.
    ///
    /// # Errors
    ///
    /// [`UploadError::Closed`] with name and pixmap, when the cache is dropped or
    /// [`close_uploads`](crate::PixmapCache::close_uploads) is called, before or during the wait.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn upload_blocking(
        &self,
        name: N,
        pixmap: impl Into<PixmapBuf>,
    ) -> Result<(), UploadError<(N, PixmapBuf)>> {
        let delivery = Delivery::new(pixmap.into(), None);
        let bytes = delivery.bytes();
        let pushed = self.queue.push_blocking(name, delivery, bytes);
        pushed.map_err(|error| error.map(|(name, delivery)| (name, delivery.pixmap)))
    }
}

impl<N> Clone for Uploader<N> {
    fn clone(&self) -> Self {
        Self::new(&self.queue)
    }
}

impl<N> fmt::Debug for Uploader<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploader")
            .field("queue", &self.queue.stats())
            .finish()
    }
}
