//! What the atlas makes of ops, compared texel by texel, on every adapter there is.
//!
//! The ops are the tests' own, so that they come in orders that a layout seldom gives.

#[allow(dead_code, reason = "shared with the tests of what the GPU draws")]
#[path = "../../../tests/common/adapters.rs"]
mod adapters;
mod moves;
mod random;
mod scene;
