//! The results of ops on the GPU, compared texel by texel on every adapter.
//!
//! The tests make their own ops, in orders that a layout rarely produces.

#[allow(dead_code, reason = "shared with the tests of what the GPU draws")]
#[path = "../../../tests/common/adapters.rs"]
mod adapters;
mod moves;
mod random;
mod scene;
