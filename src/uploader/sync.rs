//! The locks of the queue: the standard library's. `tests/interleavings.rs` compiles the queue with a model checker's
//! locks instead of this module.

pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
