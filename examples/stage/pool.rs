//! The threads beside the one that draws.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// So many threads; 0 are all cores but one, which is left to the frames.
pub fn pool(threads: usize) -> Result<ThreadPool, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = match threads {
        0 => (cores - 1).max(1),
        threads => threads,
    };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| format!("there are no threads: {error}."))
}
