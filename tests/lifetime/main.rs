//! A cache over its life: other budgets, trimming, idling, pins, lost devices. On every adapter where pixels or memory
//! are looked at, else on wgpu's noop device.

mod budget;
#[path = "../common/mod.rs"]
mod common;
mod idle;
mod loss;
mod names;
mod pins;
mod staging;
mod trim;

use common::{adapters, pixmaps};
