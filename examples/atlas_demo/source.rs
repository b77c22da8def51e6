//! The pictures: the emoji set or a folder of images, numbered from 0.
//!
//! A source returns each picture's size in a given box, and its texels. It does not involve the cache.

use std::path::Path;

use image::RgbaImage;
use pixmap_cache::Size;

use crate::folder::Folder;
use kit::pictures::emoji::EmojiSet;
use kit::wall::MAX_SIDE;

pub enum Source {
    Emoji(EmojiSet),
    Folder(Folder),
}

impl Source {
    pub fn emoji(seed: u64) -> Self {
        Self::Emoji(EmojiSet::shuffled(seed))
    }

    pub fn folder(path: &Path) -> Result<Self, String> {
        Folder::open(path).map(Self::Folder)
    }

    pub fn len(&self) -> u32 {
        let len = match self {
            Self::Emoji(set) => set.count(),
            Self::Folder(folder) => folder.len(),
        };
        u32::try_from(len).expect("BUG: a folder stops at far fewer pictures")
    }

    /// Returns the picture's size in a box of `side` x `side` texels: it fits, keeps its proportions and is never
    /// magnified.
    pub fn pixmap_size(&self, picture: u32, side: u32) -> Size {
        match self {
            Self::Emoji(_) => Size::new(side, side),
            Self::Folder(folder) => folder.pixmap_size(picture as usize, side),
        }
    }

    /// Returns `pixmap_size(picture, side)` texels, premultiplied and sRGB-encoded.
    pub fn rasterize(&self, picture: u32, side: u32) -> RgbaImage {
        match self {
            Self::Emoji(set) => set.rasterize(picture as usize, side),
            Self::Folder(folder) => folder.scale(picture as usize, side),
        }
    }

    /// Returns the longest side of any pixmap in any box.
    pub fn longest_side(&self) -> u32 {
        let longest = |picture| {
            let size = self.pixmap_size(picture, MAX_SIDE);
            size.width.max(size.height)
        };
        (0..self.len()).map(longest).max().unwrap_or(MAX_SIDE)
    }

    /// Returns the name shown in the report.
    pub fn name(&self) -> &str {
        match self {
            Self::Emoji(_) => "Twemoji",
            Self::Folder(folder) => folder.name(),
        }
    }
}
