//! An SVG as texels of any size.

use image::RgbaImage;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Returns `side` x `side` texels, premultiplied and sRGB-encoded. An SVG that can't be parsed stays blank.
pub fn rasterize(svg: &str, side: u32) -> RgbaImage {
    let blank = RgbaImage::new(side, side);
    let (Ok(tree), Some(mut texels)) = (Tree::from_str(svg, &Options::default()), Pixmap::new(side, side))
    else {
        return blank;
    };
    let scale = side as f32 / tree.size().width().max(tree.size().height());
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut texels.as_mut());
    RgbaImage::from_raw(side, side, texels.take()).unwrap_or(blank)
}
