//! A mark in the queue: tells whether the GPU is done with everything submitted before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Passed once the GPU is done with everything submitted before. Only polling the device updates it.
#[derive(Clone, Debug)]
pub(super) struct Fence(Arc<AtomicBool>);

impl Fence {
    pub(super) fn after_submitted(queue: &wgpu::Queue) -> Self {
        let passed = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&passed);
        queue.on_submitted_work_done(move || told.store(true, Ordering::Release));
        Self(passed)
    }

    pub(super) fn is_passed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
