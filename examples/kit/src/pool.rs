//! Threads beside the one that draws.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Returns a pool of that many threads. 0 takes all cores except one, which is left to the frames.
pub fn pool(threads: usize) -> Result<ThreadPool, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { (cores - 1).max(1) } else { threads };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| format!("the threads cannot be started: {error}."))
}
