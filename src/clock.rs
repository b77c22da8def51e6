//! The clock that [`CacheDescriptor::idle`](crate::CacheDescriptor::idle) counts by.

/// A moment: `std::time::Instant`, and in a browser, where that one panics, `web_time::Instant`.
#[cfg(not(target_arch = "wasm32"))]
pub type Instant = std::time::Instant;
/// A moment: `web_time::Instant`, since `std::time::Instant` panics in a browser.
#[cfg(target_arch = "wasm32")]
pub type Instant = web_time::Instant;
