//! The pictures: the emoji, or those that were dropped on the page, numbered from 0.

use image::RgbaImage;
use image::imageops::{FilterType, resize};
use kit::pictures::emoji::EmojiSet;
use kit::pictures::texels::premultiply;
use kit::wall::{MAX_SIDE, Wall};
use pixmap_cache::Size;

pub enum Source {
    Emoji(EmojiSet),
    /// Premultiplied.
    Own(Vec<RgbaImage>),
}

impl Source {
    pub fn own(mut pictures: Vec<RgbaImage>) -> Self {
        pictures.iter_mut().for_each(premultiply);
        Self::Own(pictures)
    }

    pub fn len(&self) -> u32 {
        match self {
            Self::Emoji(set) => set.count() as u32,
            Self::Own(pictures) => pictures.len() as u32,
        }
    }

    /// Returns the picture's size in a box of `side` x `side` texels. It is never magnified.
    pub fn pixmap_size(&self, picture: u32, side: u32) -> Size {
        match self {
            Self::Emoji(_) => Size::new(side.min(MAX_SIDE), side.min(MAX_SIDE)),
            Self::Own(pictures) => {
                let (width, height) = pictures[picture as usize].dimensions();
                let longest = width.max(height);
                let side = side.min(longest);
                let scaled =
                    |length: u32| (u64::from(length) * u64::from(side) / u64::from(longest)).max(1) as u32;
                Size::new(scaled(width), scaled(height))
            }
        }
    }

    /// Returns `pixmap_size(picture, side)` texels, premultiplied and sRGB-encoded.
    pub fn rasterize(&self, picture: u32, side: u32) -> RgbaImage {
        match self {
            Self::Emoji(set) => set.rasterize(picture as usize, side),
            Self::Own(pictures) => {
                let size = self.pixmap_size(picture, side);
                resize(
                    &pictures[picture as usize],
                    size.width,
                    size.height,
                    FilterType::Triangle,
                )
            }
        }
    }

    /// Returns the wall of these pictures. The camera may come as close as the largest of them is worth.
    pub fn wall(&self, screen: Size) -> Wall {
        let longest = (0..self.len()).map(|picture| self.pixmap_size(picture, u32::MAX).longer_side());
        Wall::new(self.len(), screen).with_longest_side(longest.max().unwrap_or(MAX_SIDE))
    }
}
