//! What the GPU draws, on every adapter of this machine: pixels, edges, order of work, budget, limits and formats.
//!
//! One test binary, since linking wgpu takes longer than most of these tests.

mod awaited;
mod bleeding;
mod budget;
mod budget_changes;
mod busy;
mod churn;
#[path = "../common/mod.rs"]
mod common;
mod draw;
mod formats;
mod full;
#[cfg(feature = "image")]
mod inspect;
mod labels;
mod limits;
mod memory;
mod mipmaps;
mod nearest;
mod neighbors;
mod noise;
mod order;
#[cfg(feature = "overlay")]
mod overlay;
mod own_texture;
mod pixels;
mod pressure;
mod read_back;
mod record;
mod releasing;
mod samplers;
mod swaps;
mod table;
mod target;
mod tiles;
mod two_caches;
mod update;
mod waiting;
mod watched;

use common::adapters;
