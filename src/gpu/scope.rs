//! Error scopes around the creation of wgpu objects: a refusal of the device becomes a value.
//!
//! Vulkan, Metal and DX12 report a lack of memory here. GL never does, and a lost device reports nothing at all. WebGPU says
//! later whether it has accepted something: what follows from that is in `device.rs`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::error::CreateError;

/// The device's message about an object that it didn't create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceFault {
    OutOfMemory(String),
    Refused(String),
}

impl DeviceFault {
    /// Converts the fault to an error of creation; `bytes` is the size of the object.
    pub(crate) fn for_bytes(self, bytes: u64) -> CreateError {
        match self {
            DeviceFault::OutOfMemory(_) => CreateError::OutOfMemory { bytes },
            DeviceFault::Refused(message) => CreateError::Device { message },
        }
    }

    pub(crate) fn into_words(self) -> String {
        match self {
            DeviceFault::OutOfMemory(words) | DeviceFault::Refused(words) => words,
        }
    }
}

impl From<DeviceFault> for CreateError {
    fn from(fault: DeviceFault) -> Self {
        fault.for_bytes(0)
    }
}

/// What the device says of one creation: a fault, or nothing.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type Verdict = Pin<Box<dyn Future<Output = Option<DeviceFault>> + Send>>;
#[cfg(target_arch = "wasm32")]
pub(super) type Verdict = Pin<Box<dyn Future<Output = Option<DeviceFault>>>>;

/// What was created, and what the device has said of it so far.
pub(super) enum Outcome<T> {
    Accepted(T),
    Refused(DeviceFault),
    /// The device says so later, as WebGPU does.
    Owed(T, Verdict),
}

/// Runs `create` and asks the device what it thinks of it. Never waits.
///
/// `Fn`, so that the closure can't assign: its result is known to be valid only when the scopes have been popped.
pub(super) fn in_error_scope<T>(device: &wgpu::Device, create: impl Fn() -> T) -> Outcome<T> {
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let made = create();
    // Scopes are a stack: popped in reverse order, and at once.
    let (memory, internal, validation) = (memory.pop(), internal.pop(), validation.pop());
    let mut verdict: Verdict = Box::pin(async {
        let (memory, internal, validation) = (memory.await, internal.await, validation.await);
        match (memory, internal.or(validation)) {
            (Some(error), _) => Some(DeviceFault::OutOfMemory(words(&error))),
            (None, error) => error.map(|error| DeviceFault::Refused(words(&error))),
        }
    });
    match verdict.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(None) => Outcome::Accepted(made),
        Poll::Ready(Some(fault)) => Outcome::Refused(fault),
        Poll::Pending => Outcome::Owed(made, verdict),
    }
}

/// Runs `create` and returns its result, or what the device reported meanwhile. For what is noticed otherwise when the
/// device refuses it later.
pub(crate) fn with_error_scope<T>(device: &wgpu::Device, create: impl Fn() -> T) -> Result<T, DeviceFault> {
    match in_error_scope(device, create) {
        Outcome::Accepted(made) | Outcome::Owed(made, _) => Ok(made),
        Outcome::Refused(fault) => Err(fault),
    }
}

/// The text of an error and its causes. wgpu's own text has the causes for some kinds of error only.
fn words(error: &wgpu::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = error.source();
    }
    words
}
