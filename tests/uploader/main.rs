//! Pixmaps from other threads, and requests: each rule of the public docs, each error, each limit.
//!
//! On wgpu's noop device, which validates and draws nothing; `upload_stress.rs` compares pixels.

mod close;
mod failures;
mod full;
mod panics;
mod queue;
mod requests;
mod set_aside;
mod setup;
mod waiting;
