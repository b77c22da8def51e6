//! Code that the benches share with the `replay` example.
//!
//! A [`Trace`](trace::Trace) comes from a file or from a [`workload`], and is replayed by the rules of [`replay`] through
//! the caches of [`mod@reference`]. [`gpu`] opens a device on every adapter and times work on it. Targets and the figures of
//! a single bench are not here: they belong to the benches.

pub mod columns;
#[cfg(not(target_arch = "wasm32"))]
pub mod gpu;
pub mod outcome;
pub mod pages;
pub mod reference;
pub mod regions;
pub mod replay;
pub mod trace;
pub mod versions;
pub mod workload;
