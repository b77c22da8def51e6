//! Pixmaps from other threads and names asked for: each rule of the public docs, each error, each limit.
//!
//! On wgpu's noop device, which validates and draws nothing; pixels are compared in `upload_stress.rs`.

mod close;
mod failures;
mod full;
mod panics;
mod queue;
mod requests;
mod set_aside;
mod setup;
mod waiting;
