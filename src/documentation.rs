//! Longer texts: how to build the cache into a renderer, why it is made as it is, and what it promises.
//!
//! Nothing to call is here.

#[doc = include_str!("../docs/integrating.md")]
pub mod integrating {}

#[doc = include_str!("../docs/design.md")]
pub mod design {}

#[doc = include_str!("../docs/qpixmapcache.md")]
pub mod qpixmapcache {}
