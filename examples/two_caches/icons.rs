//! The entries of the list: emoji with their names, and their pictures at any size.
//!
//! The drawings are by Twemoji, licensed under CC-BY 4.0, which requires attribution.

use image::RgbaImage;
use pixmap_cache::{PixelFormat, PixmapBuf, Size};
use twemoji_assets::svg::SvgTwemojiAsset;

use kit::pictures::svg;

pub struct Icon {
    pub name: &'static str,
    /// As typed in chat programs, without colons.
    pub shortcode: &'static str,
    svg: &'static str,
}

/// Returns all emoji that have a shortcode and a picture: animals first, then Unicode's order.
pub fn all() -> Vec<Icon> {
    let is_animal = |emoji: &&emojis::Emoji| emoji.group() == emojis::Group::AnimalsAndNature;
    let animals = emojis::iter().filter(is_animal);
    animals
        .chain(emojis::iter().filter(move |emoji| !is_animal(emoji)))
        .filter_map(|emoji| {
            Some(Icon {
                name: emoji.name(),
                shortcode: emoji.shortcode()?,
                svg: SvgTwemojiAsset::from_emoji(emoji.as_str())?.data.0,
            })
        })
        .collect()
}

impl Icon {
    /// Returns `side` x `side` texels, premultiplied and sRGB-encoded.
    pub fn rasterize(&self, side: u32) -> RgbaImage {
        svg::rasterize(self.svg, side)
    }
}

/// Returns the mask of a disc of this diameter.
pub fn disc(side: u32) -> PixmapBuf {
    let radius = side as f32 / 2.0;
    let cover = |at: u32| {
        let (x, y) = (
            (at % side) as f32 + 0.5 - radius,
            (at / side) as f32 + 0.5 - radius,
        );
        ((radius - x.hypot(y) + 0.5).clamp(0.0, 1.0) * 255.0) as u8
    };
    let bytes = (0..side * side).map(cover).collect();
    PixmapBuf::new(PixelFormat::R8, Size::new(side, side), bytes)
}
