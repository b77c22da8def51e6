//! What only a browser does: late verdicts, tasks instead of threads, and memory that only its collector would free.

mod backends;
mod beside;
mod browser;
mod late;
mod memory;
mod shaders;
mod steady;
mod tasks;

use crate::adapters::{Gpu, on_each_gpu};

/// Runs a test on WebGPU only: WebGL2 has nothing of the kind.
async fn on_webgpu(test: impl AsyncFn(&Gpu)) {
    on_each_gpu(async |gpu| {
        if gpu.is_webgpu() {
            test(gpu).await;
        }
    })
    .await;
}
