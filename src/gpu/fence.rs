//! A mark in the queue: whether the GPU is done with everything submitted up to some moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Passed once the GPU has done what was submitted before. Somebody has to poll the device for it to be noticed.
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
