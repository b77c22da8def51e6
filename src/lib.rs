//! wip
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod cache;
mod descriptor;
mod error;
mod geometry;
mod gpu;
mod key;
mod key_table;
pub mod layout;
mod pixmap;
mod stats;

pub use cache::PixmapCache;
pub use descriptor::{CacheDescriptor, Commit};
pub use error::{CreateError, InsertError, ReadBackError};
pub use geometry::{Rect, Size};
pub use key::{PixmapId, PixmapKey};
pub use layout::{PageIndex, Region};
pub use pixmap::{PixelFormat, Pixmap, PixmapBuf};
pub use stats::CacheStats;
