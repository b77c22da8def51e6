//! What several test binaries share.

#![allow(dead_code, reason = "no binary uses all of it")]

pub mod adapters;
pub mod pixmaps;
