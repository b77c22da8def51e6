//! Error scopes around the creation of wgpu objects: a refusal of the device becomes a value.
//!
//! Vulkan, Metal and DX12 report a lack of memory here. GL never does, and a lost device reports nothing at all.

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

/// Runs `create` and returns its result, or what the device reported meanwhile.
///
/// `Fn`, so that the closure can't assign: its result is known to be valid only when the scopes have been popped.
pub(crate) fn with_error_scope<T>(device: &wgpu::Device, create: impl Fn() -> T) -> Result<T, DeviceFault> {
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let made = create();
    // Scopes are a stack: popped in reverse order. On native devices the futures are ready at once.
    let memory = pollster::block_on(memory.pop());
    let internal = pollster::block_on(internal.pop());
    let validation = pollster::block_on(validation.pop());
    match (memory, internal.or(validation)) {
        (Some(error), _) => Err(DeviceFault::OutOfMemory(words(&error))),
        (None, Some(error)) => Err(DeviceFault::Refused(words(&error))),
        (None, None) => Ok(made),
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
