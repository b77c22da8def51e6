//! What the GPU draws, on every adapter of this machine: pixels, edges, order of work, budget, limits and formats.
//!
//! One test binary, since linking wgpu takes longer than most of these tests. In a browser it runs on WebGL2 and WebGPU; tests
//! that block, or need threads or another backend, are native only.

#[cfg(not(target_arch = "wasm32"))]
mod awaited;
mod bands;
#[cfg(not(target_arch = "wasm32"))]
mod bleeding;
#[cfg(not(target_arch = "wasm32"))]
mod budget;
#[cfg(not(target_arch = "wasm32"))]
mod budget_changes;
#[cfg(not(target_arch = "wasm32"))]
mod busy;
mod churn;
#[path = "../common/mod.rs"]
mod common;
mod draw;
mod formats;
#[cfg(not(target_arch = "wasm32"))]
mod full;
#[cfg(all(feature = "image", not(target_arch = "wasm32")))]
mod inspect;
#[cfg(not(target_arch = "wasm32"))]
mod labels;
mod life;
#[cfg(not(target_arch = "wasm32"))]
mod limits;
#[cfg(not(target_arch = "wasm32"))]
mod memory;
mod mipmaps;
#[cfg(not(target_arch = "wasm32"))]
mod nearest;
#[cfg(not(target_arch = "wasm32"))]
mod neighbors;
mod noise;
#[cfg(not(target_arch = "wasm32"))]
mod order;
#[cfg(feature = "overlay")]
mod overlay;
mod own_texture;
mod pixels;
#[cfg(not(target_arch = "wasm32"))]
mod pressure;
#[cfg(not(target_arch = "wasm32"))]
mod read_back;
mod record;
#[cfg(not(target_arch = "wasm32"))]
mod releasing;
mod samplers;
mod swaps;
#[cfg(not(target_arch = "wasm32"))]
mod table;
mod target;
mod texture;
mod tiles;
#[cfg(not(target_arch = "wasm32"))]
mod two_caches;
mod update;
#[cfg(not(target_arch = "wasm32"))]
mod waiting;
#[cfg(not(target_arch = "wasm32"))]
mod watched;

#[cfg(target_arch = "wasm32")]
mod web;

use common::adapters;
