//! The owner's table of names that were asked for: which are on their way, and which failed not long ago.
//!
//! Invariant: a name is in one of the two at most, and both are bounded. Jobs that have ended are noticed when their
//! name is asked for, or when the table is full.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;
use hashlink::LinkedHashMap;

use super::{RequestError, RequestToken, UploadDescriptor};

/// Frames for which a refusal is remembered whose cause may pass: half a second at 60 frames a second. Asking at once
/// would keep decoders busy with pixmaps that find no room.
const RETRY_SOON_FRAMES: u64 = 30;

#[derive(Debug)]
pub(crate) struct Requests<N> {
    in_flight: HashMap<N, Arc<RequestToken>>,
    /// Oldest first.
    failures: LinkedHashMap<N, Failure>,
    max_requests: usize,
    max_failures: usize,
    retry_after_frames: u64,
    /// When the table was last found full and looked through.
    swept_frame: Option<u64>,
}

#[derive(Debug)]
struct Failure {
    error: RequestError,
    /// The first frame in which the name is asked for again.
    retry_frame: u64,
}

/// How a name stands that isn't resident.
#[derive(Debug)]
pub(crate) enum RequestStatus {
    /// Nobody works on it.
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
    pub(crate) fn standing<Q>(&mut self, name: &Q, frame: u64) -> RequestStatus
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

    /// Notes that a name has been asked for. `None` when as many are as may be.
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

    /// Ends the request that a delivery answered, if it is the present one of its name.
    pub(crate) fn end(&mut self, name: &N, token: Option<Arc<RequestToken>>) {
        let present = self.in_flight.get(name);
        if let (Some(present), Some(token)) = (present, token)
            && Arc::ptr_eq(present, &token)
        {
            self.in_flight.remove(name);
        }
    }

    /// Remembers why a name failed, and forgets the oldest failure if there are too many.
    pub(crate) fn remember(&mut self, name: N, error: RequestError, frame: u64) {
        let frames = match &error {
            RequestError::Refused(refused) if refused.may_pass() => {
                RETRY_SOON_FRAMES.min(self.retry_after_frames)
            }
            RequestError::Refused(_) | RequestError::Failed(_) => self.retry_after_frames,
        };
        let retry_frame = frame.saturating_add(frames);
        self.failures.insert(name, Failure { error, retry_frame });
        while self.failures.len() > self.max_failures {
            self.failures.pop_front();
        }
    }

    /// Whether there was one.
    pub(crate) fn forget_failure<Q>(&mut self, name: &Q) -> bool
    where
        N: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        !self.failures.is_empty() && self.failures.remove(name).is_some()
    }

    /// Takes a name whose job has ended out of those in flight: it failed, or was abandoned.
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

    /// Does the same for all names, once a frame at most: it looks at each.
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
        let token = Arc::into_inner(token).expect("BUG: a request that ended while somebody holds it");
        if let Some(text) = token.into_failure() {
            self.remember(name, RequestError::Failed(text), frame);
        }
    }
}
