//! `Backoff`: when a device that had no memory for a texture is asked again.
//!
//! Counts in frames and doesn't depend on textures. Invariant: the wait doubles with each failure in a row, up to a
//! limit.

use crate::gpu::DeviceFault;

/// Frames until a texture that the device had no memory for is tried again; doubled each time.
pub(super) const RETRY_FRAMES: u64 = 120;

/// How often that is doubled at most: to about four minutes at 60 frames a second.
const MAX_DOUBLINGS: u32 = 7;

#[derive(Clone, Debug, Default)]
pub(super) struct Backoff {
    /// No texture is tried before this frame.
    retry_frame: u64,
    failures_in_a_row: u32,
    /// What the device said when it last refused; none once it has made a texture.
    last_fault: Option<String>,
}

impl Backoff {
    /// Whether it is too early to ask again.
    pub(super) fn is_waiting(&self, frame: u64) -> bool {
        frame < self.retry_frame
    }

    /// Whether a wait ends with this frame.
    pub(super) fn ends_at(&self, frame: u64) -> bool {
        frame == self.retry_frame
    }

    /// Whether the device refused when it was last asked.
    pub(super) fn has_failed(&self) -> bool {
        self.failures_in_a_row > 0
    }

    pub(super) fn last_fault(&self) -> Option<&str> {
        self.last_fault.as_deref()
    }

    pub(super) fn fail(&mut self, frame: u64, fault: DeviceFault) {
        self.retry_frame = frame + (RETRY_FRAMES << self.failures_in_a_row.min(MAX_DOUBLINGS));
        self.failures_in_a_row += 1;
        self.last_fault = Some(fault.into_words());
    }

    pub(super) fn succeed(&mut self) {
        self.failures_in_a_row = 0;
        self.last_fault = None;
    }

    /// Asks again at once, whatever was refused.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}
