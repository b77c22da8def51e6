//! The pictures: the emoji set or a folder of images, numbered from 0.
//!
//! A source returns each picture's size in a given box, and its texels. It does not involve the cache.

use std::path::Path;

use image::RgbaImage;
use pixmap_cache::Size;

use crate::folder::Folder;
use kit::pictures::emoji::EmojiSet;
use kit::wall::{MAX_SIDE, Wall};

pub enum Source {
    Emoji(EmojiSet),
    Folder(Folder),
}

impl Source {
    pub fn emoji(seed: u64) -> Self {
        Self::Emoji(EmojiSet::shuffled(seed))
    }

    /// Reads a folder's images. What a cache of this budget can't hold beside others is scaled down.
    pub fn folder(path: &Path, budget_bytes: u64) -> Result<Self, String> {
        Folder::open(path, budget_bytes).map(Self::Folder)
    }

    pub fn len(&self) -> u32 {
        let len = match self {
            Self::Emoji(set) => set.count(),
            Self::Folder(folder) => folder.len(),
        };
        u32::try_from(len).expect("BUG: a folder stops at far fewer pictures")
    }

    /// Returns the picture's size in a box of `side` x `side` texels: it fits, keeps its proportions and is never
    /// magnified. A picture that would be less than a texel wide or high is larger than the box.
    pub fn pixmap_size(&self, picture: u32, side: u32) -> Size {
        match self {
            Self::Emoji(_) => Size::new(side.min(MAX_SIDE), side.min(MAX_SIDE)),
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

    /// Returns the longest side of any picture.
    pub fn longest_side(&self) -> u32 {
        let longest = |picture| self.pixmap_size(picture, u32::MAX).longer_side();
        (0..self.len()).map(longest).max().unwrap_or(MAX_SIDE)
    }

    /// Returns how many images were larger than the demo keeps them.
    pub fn scaled_down(&self) -> usize {
        match self {
            Self::Emoji(_) => 0,
            Self::Folder(folder) => folder.scaled_down(),
        }
    }

    /// Returns the wall of these pictures. The camera may come as close as the largest of them is worth.
    pub fn wall(&self, screen: Size) -> Wall {
        Wall::new(self.len(), screen).with_longest_side(self.longest_side())
    }

    /// Returns the name shown in the report.
    pub fn name(&self) -> &str {
        match self {
            Self::Emoji(_) => "Twemoji",
            Self::Folder(folder) => folder.name(),
        }
    }
}
