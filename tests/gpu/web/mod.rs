//! What only a browser does: late verdicts, tasks instead of threads, and memory that only its collector would free.

mod backends;
mod beside;
mod browser;
mod late;
mod memory;
mod shaders;
mod steady;
mod tasks;
