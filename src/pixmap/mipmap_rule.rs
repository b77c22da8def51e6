//! Whether a pixmap gets mip levels: from its own fields and the cache's descriptor.
//!
//! `mipmaps.rs` works them out. Invariant: levels that a pixmap brings are never generated.

use std::borrow::Cow;

use super::mipmaps::generate;
use super::{ColorEncoding, Mipmaps, Pixmap, PixmapBuf};

/// Which pixmaps of a cache get levels, and how they are averaged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MipmapRule {
    /// Whether pixmaps get levels that don't say.
    pub(crate) by_default: bool,
    pub(crate) encoding: ColorEncoding,
}

impl MipmapRule {
    /// Returns the levels below the base: those that the pixmap brings, or generated ones if it is to have some. The pixmap
    /// has been checked.
    pub(crate) fn levels_of<'p>(self, pixmap: &Pixmap<'p>) -> Cow<'p, [PixmapBuf]> {
        let generates = match pixmap.mipmaps {
            Mipmaps::ByDescriptor => self.by_default,
            Mipmaps::Generate => true,
            Mipmaps::None => false,
        };
        if pixmap.levels.is_empty() && generates {
            Cow::Owned(generate(pixmap, self.encoding))
        } else {
            Cow::Borrowed(pixmap.levels)
        }
    }
}
