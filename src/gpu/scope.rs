//! Error scopes around the creation of wgpu objects: what a device can't do becomes a value.
//!
//! Vulkan, Metal and DX12 report a lack of memory here. GL never does, and a lost device reports nothing at all.

use crate::error::CreateError;

/// Why the device didn't create something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceFault {
    OutOfMemory,
    Refused(String),
}

impl DeviceFault {
    /// The fault as an error of creation; `bytes` is what was asked for.
    pub(crate) fn for_bytes(self, bytes: u64) -> CreateError {
        match self {
            DeviceFault::OutOfMemory => CreateError::OutOfMemory { bytes },
            DeviceFault::Refused(message) => CreateError::Device { message },
        }
    }
}

impl From<DeviceFault> for CreateError {
    fn from(fault: DeviceFault) -> Self {
        fault.for_bytes(0)
    }
}

/// Runs `create` and returns what it made, or what the device reported meanwhile.
pub(crate) fn guarded<T>(device: &wgpu::Device, create: impl FnOnce() -> T) -> Result<T, DeviceFault> {
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let made = create();
    // Scopes are a stack: popped in reverse order. On native devices the futures are ready at once.
    let memory = pollster::block_on(memory.pop());
    let internal = pollster::block_on(internal.pop());
    let validation = pollster::block_on(validation.pop());
    if memory.is_some() {
        return Err(DeviceFault::OutOfMemory);
    }
    match internal.or(validation) {
        Some(error) => Err(DeviceFault::Refused(error.to_string())),
        None => Ok(made),
    }
}
