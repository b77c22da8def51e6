//! Longer texts: what the cache promises, and why it is built as it is.
//!
//! Nothing to call is here.

#[doc = include_str!("../docs/qpixmapcache.md")]
pub mod qpixmapcache {}
