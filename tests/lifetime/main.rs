//! A cache over its life: other budgets, trimming, idling, pins, lost devices. On every adapter where pixels or memory
//! are looked at, else on wgpu's noop device.

#[allow(dead_code, reason = "shared with the tests of what the GPU draws")]
#[path = "../gpu/adapters.rs"]
mod adapters;
mod budget;
mod idle;
mod loss;
mod names;
mod pins;
mod pixmaps;
mod staging;
mod trim;
