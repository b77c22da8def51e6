//! The Twemoji set as pictures: which emoji it has, in which order, and each one at any size.
//!
//! The drawings are by Twemoji, licensed under CC-BY 4.0, which requires attribution.
//! Emoji newer than the set, which have no SVG in it, are left out.

use std::borrow::Cow;

use image::RgbaImage;
#[cfg(not(target_arch = "wasm32"))]
use rand::{SeedableRng, seq::SliceRandom};
#[cfg(not(target_arch = "wasm32"))]
use rand_pcg::Pcg32;

use super::svg;

/// Between the drawings of a pack: no SVG has it.
const SEPARATOR: char = '\0';

pub struct EmojiSet {
    svgs: Vec<Cow<'static, str>>,
}

impl EmojiSet {
    /// Returns every emoji in all its skin tones, shuffled: in Unicode's order a view would show one gesture 26 times.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn shuffled(seed: u64) -> Self {
        let svgs = emojis::iter()
            .flat_map(|emoji| {
                let tones = emoji.skin_tones().into_iter().flatten();
                let only = emoji.skin_tone().is_none().then_some(emoji);
                only.into_iter().chain(tones)
            })
            .filter_map(|emoji| twemoji_assets::svg::SvgTwemojiAsset::from_emoji(emoji.as_str()))
            .map(|asset| Cow::Borrowed(asset.data.0));
        Self::in_order(svgs.collect(), seed)
    }

    /// Returns the emoji of a [`pack`](Self::pack), which a page loads instead of having them in its code.
    pub fn from_pack(pack: &str) -> Self {
        let svgs = pack.split(SEPARATOR).map(|svg| Cow::Owned(svg.to_owned()));
        Self { svgs: svgs.collect() }
    }

    /// Returns the drawings as one text.
    pub fn pack(&self) -> String {
        self.svgs.join(&SEPARATOR.to_string())
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn in_order(mut svgs: Vec<Cow<'static, str>>, seed: u64) -> Self {
        svgs.shuffle(&mut Pcg32::seed_from_u64(seed));
        Self { svgs }
    }

    /// Returns the number of emoji.
    pub fn count(&self) -> usize {
        self.svgs.len()
    }

    /// Returns the emoji as `side` x `side` texels, premultiplied and sRGB-encoded.
    pub fn rasterize(&self, index: usize, side: u32) -> RgbaImage {
        svg::rasterize(&self.svgs[index], side)
    }
}
