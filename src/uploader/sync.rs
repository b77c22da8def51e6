//! What the queue locks and waits with: the standard library's, or a model checker's where `tests/interleavings.rs`
//! puts another module in this one's place.

pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
pub(super) use std::thread::{ThreadId, current};
