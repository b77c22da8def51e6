//! Holds the guides: how to integrate the cache, why it is built as it is, what it costs, and what it promises.
//!
//! These modules contain text only.

#[doc = include_str!("../docs/integrating.md")]
pub mod integrating {}

#[doc = include_str!("../docs/design.md")]
pub mod design {}

#[doc = include_str!("../docs/benchmarks.md")]
pub mod benchmarks {}

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("../docs/qpixmapcache.md")]
pub mod qpixmapcache {}
