//! The owner's table of requested names: those in flight, and those that failed recently.
//!
//! Invariant: a name is in at most one of the two, and both are bounded. The end of a job is noticed when its name is
//! looked up, or when the table is full.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;
use hashlink::LinkedHashMap;

use super::{RequestError, RequestToken, UploadDescriptor};

/// Number of frames for which a refusal is remembered if its cause may pass: half a second at 60 frames a second. If
/// the names were requested again at once, decoders would be kept busy with pixmaps that find no room.
const RETRY_SOON_FRAMES: u64 = 30;

#[derive(Debug)]
pub(crate) struct Requests<N> {
    in_flight: HashMap<N, Arc<RequestToken>>,
    /// Oldest first.
    failures: LinkedHashMap<N, Failure>,
    max_requests: usize,
    max_failures: usize,
    retry_after_frames: u64,
    /// The frame in which the full table was last searched for jobs that have ended.
    swept_frame: Option<u64>,
}

#[derive(Debug)]
struct Failure {
    error: RequestError,
    /// The first frame in which the name is requested again.
    retry_frame: u64,
}

/// The status of a name that isn't resident.
#[derive(Debug)]
pub(crate) enum RequestStatus {
    /// It isn't requested.
    Missing,
    InFlight,
    Failed(RequestError),
}

impl<N> Requests<N> {
    pub(crate) fn new(descriptor: &UploadDescriptor) -> Self {
        Self {
            in_flight: HashMap::new(),
            failures: LinkedHashMap::new(),
            max_requests: descriptor.max_requests as usize,
            max_failures: descriptor.max_failures as usize,
            retry_after_frames: descriptor.retry_after_frames,
            swept_frame: None,
        }
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.len() as u32
    }

    pub(crate) fn failures(&self) -> u32 {
        self.failures.len() as u32
    }

    pub(crate) fn forget_failures(&mut self) {
        self.failures.clear();
    }
}

impl<N: Hash + Eq> Requests<N> {
    pub(crate) fn status<Q>(&mut self, name: &Q, frame: u64) -> RequestStatus
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.notice_end(name, frame);
        if self.in_flight.contains_key(name) {
            return RequestStatus::InFlight;
        }
        match self.failures.get(name) {
            Some(failure) if frame < failure.retry_frame => RequestStatus::Failed(failure.error.clone()),
            _ => RequestStatus::Missing,
        }
    }

    /// Begins a request for a name. Returns `None` when the maximum number is in flight.
    pub(crate) fn begin<Q>(&mut self, name: &Q, frame: u64) -> Option<Arc<RequestToken>>
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = N> + ?Sized,
    {
        if self.in_flight.len() >= self.max_requests {
            self.sweep(frame);
        }
        if self.in_flight.len() >= self.max_requests {
            return None;
        }
        self.forget_failure(name);
        let token = Arc::new(RequestToken::default());
        self.in_flight.insert(name.to_owned(), Arc::clone(&token));
        Some(token)
    }

    /// Ends the request that a delivery fulfilled, if it is the current one of its name.
    pub(crate) fn end(&mut self, name: &N, token: Option<Arc<RequestToken>>) {
        let current = self.in_flight.get(name);
        if let (Some(current), Some(token)) = (current, token)
            && Arc::ptr_eq(current, &token)
        {
            self.in_flight.remove(name);
        }
    }

    /// Remembers why a name failed. Forgets the oldest failure if there are too many.
    pub(crate) fn remember(&mut self, name: N, error: RequestError, frame: u64) {
        let frames = match &error {
            RequestError::Refused(refused) if refused.may_pass() => {
                RETRY_SOON_FRAMES.min(self.retry_after_frames)
            }
            RequestError::Refused(_) | RequestError::Failed(_) | RequestError::Closed => {
                self.retry_after_frames
            }
        };
        let retry_frame = frame.saturating_add(frames);
        self.failures.insert(name, Failure { error, retry_frame });
        while self.failures.len() > self.max_failures {
            self.failures.pop_front();
        }
    }

    /// Forgets the failure of a name. Returns whether there was one.
    pub(crate) fn forget_failure<Q>(&mut self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        !self.failures.is_empty() && self.failures.remove(name).is_some()
    }

    /// Removes a name from those in flight if its job has ended: it failed, or was abandoned.
    fn notice_end<Q>(&mut self, name: &Q, frame: u64)
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let ended = |token: &mut Arc<RequestToken>| Arc::get_mut(token).is_some();
        if !self.in_flight.get_mut(name).is_some_and(ended) {
            return;
        }
        if let Some((name, token)) = self.in_flight.remove_entry(name) {
            self.conclude(name, token, frame);
        }
    }

    /// Removes all names whose jobs have ended. Looks at every name, so it runs at most once per frame.
    fn sweep(&mut self, frame: u64) {
        if self.swept_frame.replace(frame) == Some(frame) {
            return;
        }
        let ended = |_: &N, token: &mut Arc<RequestToken>| Arc::get_mut(token).is_some();
        let ended: Vec<_> = self.in_flight.extract_if(ended).collect();
        for (name, token) in ended {
            self.conclude(name, token, frame);
        }
    }

    fn conclude(&mut self, name: N, token: Arc<RequestToken>, frame: u64) {
        let token = Arc::into_inner(token).expect("BUG: a request that ended while its token is held");
        if let Some(text) = token.into_failure() {
            self.remember(name, RequestError::Failed(text), frame);
        }
    }
}
