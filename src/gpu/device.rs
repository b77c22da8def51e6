//! The device of an atlas, with the verdicts that it owes.
//!
//! Native devices say at once whether they accept an object. WebGPU says so later: meanwhile the object is used, and
//! `refusals` tells the cache what to take back. Invariant: verdicts are told in the order of the creations.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::scope::{DeviceFault, Outcome, Verdict, in_error_scope};
use crate::error::CreateError;
use crate::key::PixmapKey;

/// What a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A texture of pages.
    Pages(wgpu::Texture),
    /// A bind group, by the number of bind groups made before.
    BindGroup(u64),
    /// A copy from a texture of the application, to this entry.
    Copy(PixmapKey),
    /// Anything else, which a cache can't do without, and its bytes.
    Essential(u64),
}

impl Subject {
    fn bytes(&self) -> u64 {
        match self {
            Subject::Pages(texture) => {
                let texel_bytes = texture.format().block_copy_size(None).unwrap_or(4);
                let layer = u64::from(texture.width()) * u64::from(texture.height()) * u64::from(texel_bytes);
                layer * u64::from(texture.depth_or_array_layers())
            }
            Subject::Essential(bytes) => *bytes,
            Subject::BindGroup(_) | Subject::Copy(_) => 0,
        }
    }
}

/// Something in use that the device doesn't accept after all.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) subject: Subject,
    pub(crate) fault: DeviceFault,
}

/// A device and its verdicts. Clones share them.
#[derive(Clone)]
pub(super) struct Device {
    device: wgpu::Device,
    owed: Owed,
}

impl Deref for Device {
    type Target = wgpu::Device;

    fn deref(&self) -> &wgpu::Device {
        &self.device
    }
}

impl Device {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        Self {
            device: device.clone(),
            owed: Owed::default(),
        }
    }

    pub(super) fn owed(&self) -> &Owed {
        &self.owed
    }

    /// Runs `create` and returns its result, or what the device reported meanwhile. A verdict that comes later is about
    /// `subject`.
    pub(super) fn checked<T>(
        &self,
        create: impl Fn() -> T,
        subject: impl FnOnce(&T) -> Subject,
    ) -> Result<T, DeviceFault> {
        let outcome = in_error_scope(&self.device, create);
        #[cfg(test)]
        let outcome = self.owed.hold(outcome);
        match outcome {
            Outcome::Accepted(made) => Ok(made),
            Outcome::Refused(fault) => Err(fault),
            Outcome::Owed(made, verdict) => {
                self.owed.push(subject(&made), verdict);
                Ok(made)
            }
        }
    }
}

/// The tasks that wait for all verdicts. Each verdict wakes all of them.
#[derive(Default)]
struct Tasks(Mutex<Vec<Waker>>);

impl Tasks {
    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, task: &Waker) {
        let mut tasks = self.lock();
        if !tasks.iter().any(|other| other.will_wake(task)) {
            tasks.push(task.clone());
        }
    }
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        // A task that is woken may poll at once, under the same lock.
        let tasks = std::mem::take(&mut *self.lock());
        tasks.into_iter().for_each(Waker::wake);
    }
}

/// The verdicts that a device owes, and the refusals among those that it has told.
#[derive(Clone, Default)]
pub(crate) struct Owed(Arc<Mutex<Ledger>>);

#[derive(Default)]
struct Ledger {
    verdicts: Vec<(Subject, Verdict)>,
    refusals: Vec<Refusal>,
    /// Number of refusals ever.
    refused: u64,
    last_refusal: Option<CreateError>,
    tasks: Arc<Tasks>,
    /// Verdicts that tests hold back.
    #[cfg(test)]
    held: std::collections::VecDeque<HeldVerdict>,
}

impl Owed {
    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, subject: Subject, verdict: Verdict) {
        self.lock().verdicts.push((subject, verdict));
    }

    pub(crate) fn is_any(&self) -> bool {
        !self.lock().verdicts.is_empty()
    }

    /// Number of refusals ever.
    pub(crate) fn refused(&self) -> u64 {
        self.lock().refused
    }

    /// Takes the refusals that have become known.
    pub(super) fn refusals(&self) -> Vec<Refusal> {
        let mut ledger = self.lock();
        ledger.look();
        let refusals = std::mem::take(&mut ledger.refusals);
        let tasks = ledger.verdicts.is_empty().then(|| Arc::clone(&ledger.tasks));
        // A task that is woken may poll at once, under the same lock.
        drop(ledger);
        if let Some(tasks) = tasks {
            tasks.wake();
        }
        refusals
    }

    /// Puts back a refusal that couldn't be heeded.
    pub(crate) fn put_back(&self, refusal: Refusal) {
        self.lock().refusals.push(refusal);
    }

    /// Ready once nothing is owed: an error if there have been more refusals than `before`.
    pub(crate) fn poll(&self, before: u64, context: &Context<'_>) -> Poll<Result<(), CreateError>> {
        let mut ledger = self.lock();
        ledger.tasks.add(context.waker());
        ledger.look();
        if !ledger.verdicts.is_empty() {
            return Poll::Pending;
        }
        let refusal = ledger.last_refusal.clone().filter(|_| ledger.refused > before);
        let tasks = Arc::clone(&ledger.tasks);
        drop(ledger);
        // This one too, so that none is kept.
        tasks.wake();
        Poll::Ready(refusal.map_or(Ok(()), Err))
    }

    /// Holds back the next verdict, for a test to tell it.
    #[cfg(test)]
    pub(crate) fn hold_next(&self) -> HeldVerdict {
        let held = HeldVerdict::default();
        self.lock().held.push_back(held.clone());
        held
    }

    #[cfg(test)]
    fn hold<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        match (outcome, self.lock().held.pop_front()) {
            (Outcome::Accepted(made), Some(held)) => Outcome::Owed(made, held.verdict()),
            (outcome, _) => outcome,
        }
    }
}

impl Ledger {
    /// Looks at the verdicts once.
    fn look(&mut self) {
        let waker = Waker::from(Arc::clone(&self.tasks));
        let mut context = Context::from_waker(&waker);
        let mut told = Vec::new();
        self.verdicts
            .retain_mut(|(subject, verdict)| match verdict.as_mut().poll(&mut context) {
                Poll::Pending => true,
                Poll::Ready(fault) => {
                    let subject = subject.clone();
                    told.extend(fault.map(|fault| Refusal { subject, fault }));
                    false
                }
            });
        for refusal in told {
            self.refused += 1;
            self.last_refusal = Some(refusal.fault.clone().for_bytes(refusal.subject.bytes()));
            self.refusals.push(refusal);
        }
    }
}

/// A verdict that a test tells.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct HeldVerdict(Arc<Mutex<Option<Option<DeviceFault>>>>);

#[cfg(test)]
impl HeldVerdict {
    pub(crate) fn tell(&self, fault: Option<DeviceFault>) {
        *self.0.lock().expect("no test panicked") = Some(fault);
    }

    fn verdict(&self) -> Verdict {
        let told = Arc::clone(&self.0);
        Box::pin(std::future::poll_fn(move |_| {
            let told = told.lock().expect("no test panicked").take();
            told.map_or(Poll::Pending, Poll::Ready)
        }))
    }
}

impl fmt::Debug for Owed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ledger = self.lock();
        f.debug_struct("Owed")
            .field("verdicts", &ledger.verdicts.len())
            .field("refused", &ledger.refused)
            .finish()
    }
}
