//! The layout as frames use it: what is never refused, what that may cost, and which entries stay.
//!
//! `WORKING_SET_SEEDS=N` runs more than the usual number of seeds.

mod atlas;
mod cost;
mod new_pages;
mod promise;
mod release;
mod survival;
mod tiles;
