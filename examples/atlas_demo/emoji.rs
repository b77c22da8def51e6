//! The Twemoji set as pictures: which emoji there are, in what order, and their SVGs rasterised at any size.
//!
//! The drawings are Twemoji's, under CC-BY 4.0; whoever shows them elsewhere names Twemoji.
//! Emoji newer than the set, which have no SVG in it, are left out.

use image::RgbaImage;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg32;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg;
use twemoji_assets::svg::SvgTwemojiAsset;

pub struct EmojiSet {
    svgs: Vec<&'static str>,
    parsing: usvg::Options<'static>,
}

impl EmojiSet {
    /// Every emoji in all its skin tones, shuffled: in Unicode's order a view would show one gesture 26 times.
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
        Self {
            svgs,
            parsing: usvg::Options::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.svgs.len()
    }

    /// The emoji as `side` x `side` texels, premultiplied, sRGB-encoded. One that can't be parsed stays blank.
    pub fn rasterise(&self, index: usize, side: u32) -> RgbaImage {
        let Ok(tree) = usvg::Tree::from_str(self.svgs[index], &self.parsing) else {
            return RgbaImage::new(side, side);
        };
        let scale = side as f32 / tree.size().width().max(tree.size().height());
        let mut texels = Pixmap::new(side, side).expect("BUG: the sides of a picture are 16 to 160");
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut texels.as_mut());
        RgbaImage::from_raw(side, side, texels.take()).expect("BUG: 4 bytes for each texel")
    }
}
