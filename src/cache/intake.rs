//! What comes from other threads, on the owner's side: deliveries taken in, names asked for.
//!
//! The queue and the table of requests are in `uploader/`. Invariant: deliveries are taken in at the end of a frame,
//! before `begin_frame` ends its protection, so that none of them costs an entry that is on screen.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use super::PixmapCache;
use crate::error::InsertError;
use crate::key::PixmapKey;
use crate::uploader::{
    Delivery, Queue, Request, RequestError, RequestStatus, Requests, UploadDescriptor, Uploader,
};

/// What [`PixmapCache::find_or_request`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Found {
    /// It is resident, and touched as by [`find`](PixmapCache::find).
    Ready(PixmapKey),
    /// Somebody works on it, or will be asked to when fewer requests are in flight; or it has come and waits for room.
    /// Draw a placeholder.
    Pending,
    /// It failed not long ago. Draw what stands for a failure.
    Failed(RequestError),
}

impl Found {
    /// The key, if it is ready.
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
    /// Its own count, which starts over with nothing.
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
    }
}

impl<N: Hash + Eq> PixmapCache<N> {
    /// For other threads, to hand over pixmaps.
    pub fn uploader(&self) -> Uploader<N> {
        // Before the first frame, too, the owner's thread must not wait for itself.
        self.intake.queue.own();
        Uploader::new(&self.intake.queue, self.intake.descriptor.when_full)
    }

    /// The key of a name, touched, as [`find`](Self::find) gives it. When the name is missing, asks `job` for it.
    ///
    /// `job` is called once per missing name, until its [`Request`] is delivered and taken in, fails or is abandoned;
    /// also when a name has been evicted in between. It runs here, on the owner's thread: let it hand the request to a
    /// pool, a runtime or a thread, and not do the work. A failure, and a delivery that the cache refused, is
    /// remembered: `job` is called again after
    /// [`retry_after_frames`](crate::UploadDescriptor::retry_after_frames) or [`retry`](Self::retry). When it panics,
    /// its request is abandoned and the cache is as it was.
    ///
    /// A delivery for which there is no room yet is no failure. It is set aside and tried again in each frame, as
    /// [`Uploader`] says.
    ///
    /// An application that draws only when something changes should be woken by its jobs after they deliver.
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
    ///         // An error means that the cache is gone, or that its queue is full.
    ///         Ok(pixmap) => drop(request.deliver(pixmap)),
    ///         Err(error) => request.fail(error),
    ///     });
    /// });
    /// match found {
    ///     Found::Ready(key) => draw(key),
    ///     Found::Pending => draw_placeholder(),
    ///     Found::Failed(error) => eprintln!("save.png: {error}"),
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
        match intake.requests.standing(name, intake.frame) {
            RequestStatus::InFlight => return Found::Pending,
            RequestStatus::Failed(error) => return Found::Failed(error),
            RequestStatus::Missing if intake.queue.contains(name) => return Found::Pending,
            RequestStatus::Missing => {}
        }
        if let Some(token) = intake.requests.begin(name, intake.frame) {
            job(Request::new(name.to_owned(), token, self.uploader()));
        }
        Found::Pending
    }

    /// Forgets that a name failed, so that [`find_or_request`](Self::find_or_request) asks for it again. False when no
    /// failure of it was remembered.
    pub fn retry<Q>(&mut self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.intake.requests.forget_failure(name)
    }

    /// Forgets all failures.
    pub fn retry_all(&mut self) {
        self.intake.requests.forget_failures();
    }

    /// Takes in what other threads have handed over, as much as one frame may upload. What finds no room is set aside.
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

    /// Returns a delivery that another frame may have room for.
    fn take_in_one(&mut self, name: N, mut delivery: Delivery) -> Option<(N, Delivery)> {
        let pixmap = delivery.pixmap.as_pixmap();
        let previous = self.keys.key_of(&name);
        let outcome = match previous {
            Some(key) => self.replace_pixels(key, &pixmap).map(|_| key),
            None => self.insert_unnamed(&pixmap),
        };
        // Also of one that is set aside: its job has ended, and another name may be asked for.
        self.intake.requests.end(&name, delivery.token.take());
        self.intake.requests.forget_failure(&name);
        match outcome {
            Ok(key) => {
                self.intake.taken_in += 1;
                if previous.is_none() {
                    self.keys.name(key, name);
                    self.hand_over();
                }
            }
            Err(error) if error.may_pass() => {
                delivery.refusal = Some(error);
                return Some((name, delivery));
            }
            Err(error) => self.remember(name, error),
        }
        let _ = self.finish(&delivery.pixmap.as_pixmap(), outcome);
        None
    }

    /// Drops a delivery that was set aside, for others that came later.
    fn give_up(&mut self, name: N, delivery: Delivery) {
        let error = delivery.refusal.expect("BUG: set aside without a refusal");
        self.counts.refused += 1;
        self.remember(name, error);
    }

    fn remember(&mut self, name: N, error: InsertError) {
        let frame = self.intake.frame;
        self.intake.requests.remember(name, error.into(), frame);
    }

    /// Drops what was set aside under an entry's name: the owner has just given it newer pixels.
    pub(super) fn supersede_delivery(&self, key: PixmapKey) {
        let queue = &self.intake.queue;
        if queue.stats().set_aside > 0
            && let Some(name) = self.keys.name_of(key)
        {
            queue.supersede(name);
        }
    }
}
