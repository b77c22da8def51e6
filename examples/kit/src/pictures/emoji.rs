//! The Twemoji set as pictures: which emoji it has, in which order, and each one at any size.
//!
//! The drawings are by Twemoji, licensed under CC-BY 4.0, which requires attribution.
//! Emoji newer than the set, which have no SVG in it, are left out.

use image::RgbaImage;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg32;
use twemoji_assets::svg::SvgTwemojiAsset;

use super::svg;

pub struct EmojiSet {
    svgs: Vec<&'static str>,
}

impl EmojiSet {
    /// Returns every emoji in all its skin tones, shuffled: in Unicode's order a view would show one gesture 26 times.
    pub fn shuffled(seed: u64) -> Self {
        let mut svgs: Vec<&'static str> = emojis::iter()
            .flat_map(|emoji| {
                let tones = emoji.skin_tones().into_iter().flatten();
                let only = emoji.skin_tone().is_none().then_some(emoji);
                only.into_iter().chain(tones)
            })
            .filter_map(|emoji| SvgTwemojiAsset::from_emoji(emoji.as_str()))
            .map(|asset| asset.data.0)
            .collect();
        svgs.shuffle(&mut Pcg32::seed_from_u64(seed));
        Self { svgs }
    }

    /// Returns the number of emoji.
    pub fn count(&self) -> usize {
        self.svgs.len()
    }

    /// Returns the emoji as `side` x `side` texels, premultiplied and sRGB-encoded.
    pub fn rasterize(&self, index: usize, side: u32) -> RgbaImage {
        svg::rasterize(self.svgs[index], side)
    }
}
