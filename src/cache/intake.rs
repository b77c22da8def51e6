//! What comes from other threads, on the owner's side: deliveries are taken in, missing names are requested.
//!
//! The queue and the table of requests are in `uploader/`. Invariant: deliveries are taken in at the end of a frame,
//! before `begin_frame` ends its protection, so that none of them evicts an entry that is on screen.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use super::PixmapCache;
use crate::error::InsertError;
use crate::key::PixmapKey;
use crate::uploader::{
    Delivery, Queue, Request, RequestError, RequestStatus, Requests, UploadDescriptor, Uploader,
};

/// The result of [`PixmapCache::find_or_request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Found {
    /// The pixmap is resident. It was touched, as by [`find`](PixmapCache::find).
    Ready(PixmapKey),
    /// The pixmap is requested, will be requested when fewer requests are in flight, or waits for room. Draw a
    /// placeholder.
    Pending,
    /// The request failed recently, or uploads are closed. Draw something that stands for a failure.
    Failed(RequestError),
}

impl Found {
    /// Returns the key if the pixmap is resident.
    pub fn key(&self) -> Option<PixmapKey> {
        match self {
            Found::Ready(key) => Some(*key),
            Found::Pending | Found::Failed(_) => None,
        }
    }
}

pub(super) struct Intake<N> {
    pub(super) queue: Arc<Queue<N, Delivery>>,
    pub(super) requests: Requests<N>,
    pub(super) descriptor: UploadDescriptor,
    pub(super) taken_in: u64,
    /// Frames begun so far. Unlike the layout's count, it never starts over.
    frame: u64,
}

impl<N> Intake<N> {
    pub(super) fn new(descriptor: UploadDescriptor) -> Self {
        Self {
            queue: Arc::new(Queue::new(descriptor.queue_bytes)),
            requests: Requests::new(&descriptor),
            descriptor,
            taken_in: 0,
            frame: 0,
        }
    }
}

impl<N> Drop for Intake<N> {
    fn drop(&mut self) {
        self.queue.close();
        // Uploaders keep the queue alive, but not the pixmaps in it.
        self.queue.clear();
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// Creates a handle with which other threads hand over pixmaps.
    pub fn uploader(&self) -> Uploader<N> {
        Uploader::new(&self.intake.queue, self.mipmaps)
    }

    /// Closes the queue for good: nothing more is accepted from other threads, and all of their waits end.
    ///
    /// Call it before you join threads that upload, if the cache is dropped only after that. Otherwise a thread that
    /// waits in `Uploader::upload_blocking` or `Request::deliver_blocking` never
    /// ends, since no frame makes room any more. Dropping the cache does the same.
    ///
    /// What was queued or set aside before is still taken in by the next frames. A thread that waits gets
    /// [`UploadError::Closed`](crate::UploadError::Closed), as does each later attempt. From now on
    /// [`find_or_request`](Self::find_or_request) requests nothing and returns [`RequestError::Closed`] for a missing
    /// name.
    ///
    /// ```
    /// use std::thread::JoinHandle;
    /// # use pixmap_cache::PixmapCache;
    ///
    /// struct Renderer {
    ///     workers: Vec<JoinHandle<()>>, // each uploads until it is told that uploads are closed
    ///     cache: PixmapCache,
    /// }
    ///
    /// impl Drop for Renderer {
    ///     fn drop(&mut self) {
    ///         self.cache.close_uploads();
    ///         for worker in self.workers.drain(..) {
    ///             let _ = worker.join();
    ///         }
    ///     }
    /// }
    /// ```
    pub fn close_uploads(&mut self) {
        self.intake.queue.close();
    }

    /// Finds the entry of a name and touches it, like [`find`](Self::find). If there is none, calls `job` with a request
    /// for it.
    ///
    /// `job` is called once per missing name until its [`Request`] is delivered and taken in, fails or is abandoned, even
    /// if the name was resident and evicted in between. It runs on the calling thread: it should hand the request to a
    /// pool, a runtime or a thread, and leave the work to that. A failure, and a delivery that the cache refused, is
    /// remembered: `job` is called again after
    /// [`retry_after_frames`](crate::UploadDescriptor::retry_after_frames) or [`retry`](Self::retry). If `job` panics,
    /// its request is abandoned and the cache is unchanged.
    ///
    /// A delivery for which there is no room yet is not a failure. It is set aside and tried again in each frame; see
    /// [`Uploader`].
    ///
    /// After [`close_uploads`](Self::close_uploads), `job` is not called: a name that is neither resident nor on its way
    /// is [`Failed`](Found::Failed) with [`RequestError::Closed`].
    ///
    /// If your application draws only when something changes, let the jobs wake it after they deliver.
    ///
    /// ```
    /// # use pixmap_cache::{PixelFormat, PixmapBuf, PixmapCache, Size};
    /// # mod rayon { pub fn spawn(job: impl FnOnce() + Send + 'static) { std::thread::spawn(job); } }
    /// # fn decode(_: &str) -> Result<PixmapBuf, std::io::Error> { unimplemented!() }
    /// # fn draw(_: pixmap_cache::PixmapKey) {}
    /// # fn draw_placeholder() {}
    /// # fn frame(cache: &mut PixmapCache) {
    /// use pixmap_cache::Found;
    ///
    /// let found = cache.find_or_request("save.png", |request| {
    ///     rayon::spawn(move || match decode(request.name()) {
    ///         // An error means that the cache is gone.
    ///         Ok(pixmap) => drop(request.deliver_blocking(pixmap)),
    ///         Err(error) => request.fail(error),
    ///     });
    /// });
    /// match found {
    ///     Found::Ready(key) => draw(key),
    ///     Found::Failed(error) => eprintln!("save.png: {error}"),
    ///     _ => draw_placeholder(),
    /// }
    /// # }
    /// ```
    pub fn find_or_request<Q>(&mut self, name: &Q, job: impl FnOnce(Request<N>)) -> Found
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = N> + ?Sized,
    {
        if let Some(key) = self.find(name) {
            return Found::Ready(key);
        }
        let intake = &mut self.intake;
        match intake.requests.status(name, intake.frame) {
            RequestStatus::InFlight => return Found::Pending,
            RequestStatus::Failed(error) => return Found::Failed(error),
            RequestStatus::Missing if intake.queue.contains(name) => return Found::Pending,
            RequestStatus::Missing if intake.queue.is_closed() => return Found::Failed(RequestError::Closed),
            RequestStatus::Missing => {}
        }
        if let Some(token) = intake.requests.begin(name, intake.frame) {
            let queue = Arc::clone(&intake.queue);
            job(Request::new(name.to_owned(), token, (queue, self.mipmaps)));
        }
        Found::Pending
    }

    /// Forgets that a name failed, so that [`find_or_request`](Self::find_or_request) requests it again. Returns `false`
    /// if no failure of the name was remembered.
    pub fn retry<Q>(&mut self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.intake.requests.forget_failure(name)
    }

    /// Forgets all failures, so that their names are requested again.
    pub fn retry_all(&mut self) {
        self.intake.requests.forget_failures();
    }

    /// Takes in what other threads have handed over, as much as one frame may upload. A pixmap that finds no room is set
    /// aside.
    pub(super) fn take_in(&mut self) {
        self.intake.frame += 1;
        let queue = Arc::clone(&self.intake.queue);
        let mut arriving = queue.drain(self.intake.descriptor.upload_bytes_per_frame);
        while let Some((name, delivery)) = arriving.next() {
            let Some((name, delivery)) = self.take_in_one(name, delivery) else {
                continue;
            };
            for (name, delivery) in arriving.set_aside(name, delivery) {
                self.give_up(name, delivery);
            }
        }
    }

    /// Returns the delivery if a later frame may have room for it.
    fn take_in_one(&mut self, name: N, mut delivery: Delivery) -> Option<(N, Delivery)> {
        let pixmap = delivery.pixmap.as_pixmap();
        let previous = self.names.key_of(&name);
        let outcome = match previous {
            Some(key) => self.replace_pixels(key, &pixmap).map(|_| key),
            None => self.insert_unnamed(&pixmap),
        };
        // Even if the delivery is set aside: its job has ended, and another name may be requested.
        self.intake.requests.end(&name, delivery.token.take());
        self.intake.requests.forget_failure(&name);
        match outcome {
            Ok(key) => {
                self.intake.taken_in += 1;
                if previous.is_none() {
                    self.set_name(key, name);
                }
            }
            Err(error) if error.may_pass() => {
                delivery.refusal = Some(error);
                return Some((name, delivery));
            }
            Err(error) => self.remember(name, error),
        }
        let _ = self.finish(outcome);
        None
    }

    /// Refuses a delivery that was set aside, to make room for later ones.
    fn give_up(&mut self, name: N, delivery: Delivery) {
        let error = delivery.refusal.expect("BUG: set aside without a refusal");
        self.counts.refused += 1;
        self.remember(name, error);
    }

    fn remember(&mut self, name: N, error: InsertError) {
        let frame = self.intake.frame;
        self.intake.requests.remember(name, error.into(), frame);
    }

    /// Drops what was set aside under an entry's name: the owner has just inserted newer pixels.
    pub(super) fn supersede_delivery(&self, key: PixmapKey) {
        let queue = &self.intake.queue;
        if queue.stats().set_aside > 0
            && let Some(name) = self.names.name_of(key)
        {
            queue.supersede(name);
        }
    }
}
