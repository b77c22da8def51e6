//! Pixmaps from and to the images of the `image` crate.

use image::{GrayImage, Rgba, RgbaImage};
use pixmap_cache::{ColorEncoding, PixelFormat, Pixmap, PixmapBuf, Size};

use crate::noop::{Noop, assert_works};

fn image() -> RgbaImage {
    RgbaImage::from_fn(3, 2, |x, y| Rgba([x as u8, y as u8, 100, 200]))
}

#[test]
fn an_rgba_image_becomes_a_pixmap_and_an_image_again() {
    let image = image();
    let pixmap = Pixmap::from(&image);
    assert_eq!(
        (pixmap.size, pixmap.format),
        (Size::new(3, 2), PixelFormat::Rgba8)
    );
    assert_eq!(pixmap.bytes, image.as_raw().as_slice());
    let owned = PixmapBuf::from(image.clone());
    assert_eq!(owned.as_pixmap(), pixmap, "owned and borrowed are the same");
    assert_eq!(owned.to_image(), Some(image));
}

#[test]
fn a_gray_image_becomes_a_mask_and_gray_again() {
    let gray = GrayImage::from_raw(3, 1, vec![0, 127, 255]).expect("three bytes");
    let pixmap = Pixmap::from(&gray);
    assert_eq!((pixmap.size, pixmap.format), (Size::new(3, 1), PixelFormat::R8));
    let owned = PixmapBuf::from(gray.clone());
    assert_eq!(owned.as_pixmap(), pixmap, "owned and borrowed are the same");
    let shown = owned.to_image().expect("as many bytes as it says");
    let expected = [0, 127, 255].map(|gray| Rgba([gray, gray, gray, 255]));
    assert!(shown.pixels().eq(expected.iter()), "{shown:?}");
}

#[test]
fn a_bgra_pixmap_becomes_an_image_with_red_and_blue_in_their_places() {
    let bgra = PixmapBuf::new(PixelFormat::Bgra8, Size::new(1, 1), vec![1, 2, 3, 4]);
    let shown = bgra.to_image().expect("as many bytes as it says");
    assert_eq!(shown.as_raw().as_slice(), [3, 2, 1, 4]);
}

#[test]
fn an_image_has_no_padding() {
    let padded = PixmapBuf {
        size: Size::new(1, 2),
        format: PixelFormat::Rgba8,
        bytes_per_row: 6,
        bytes: vec![1, 2, 3, 4, 99, 99, 5, 6, 7, 8],
        ..PixmapBuf::new(PixelFormat::Rgba8, Size::default(), Vec::new())
    };
    let shown = padded.to_image().expect("the last padding may be missing");
    assert_eq!(shown.as_raw().as_slice(), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn too_few_bytes_become_no_image() {
    for (bytes_per_row, bytes) in [(8, 15), (8, 0), (u32::MAX, 16)] {
        let short = PixmapBuf {
            bytes_per_row,
            ..PixmapBuf::new(PixelFormat::Rgba8, Size::new(2, 2), vec![0; bytes])
        };
        assert_eq!(short.to_image(), None, "{bytes} bytes, {bytes_per_row} to a row");
    }
}

#[test]
fn images_are_inserted_as_they_are() {
    let mut cache = Noop::new().tiled_cache();
    let key = cache.insert(&image()).expect("room");
    assert_eq!(cache.size(key), Some(Size::new(3, 2)));
    let named = cache.insert_named("image".into(), &image());
    assert!(named.is_ok(), "under a name: {named:?}");
    assert_eq!(cache.replace(key, &image()), Ok(()), "as a replacement");
    let refused = cache.insert(&RgbaImage::new(0, 5));
    assert!(refused.is_err(), "an image without texels");
    assert_works(&mut cache);
}

#[test]
fn too_few_bytes_make_no_image_however_large_the_size() {
    for side in [0, 2, 1 << 20, u32::MAX] {
        let few = PixmapBuf::new(PixelFormat::Rgba8, Size::new(side, side), vec![0; 15]);
        assert!(few.to_image().is_none(), "{side}x{side} out of 15 bytes");
    }
}

#[test]
fn a_pixmap_without_texels_makes_no_image() {
    for (width, height) in [(0, 5), (5, 0), (0, 0), (0, u32::MAX), (u32::MAX, 0)] {
        let empty = PixmapBuf::new(PixelFormat::Rgba8, Size::new(width, height), Vec::new());
        assert_eq!(empty.to_image(), None, "{width}x{height} has no texels");
    }
}

/// Every kind of image that `image` decodes to.
fn every_kind(color: [u8; 4]) -> Vec<image::DynamicImage> {
    let rgba8 = image::DynamicImage::ImageRgba8(RgbaImage::from_pixel(2, 1, Rgba(color)));
    vec![
        image::DynamicImage::ImageRgb8(rgba8.to_rgb8()),
        image::DynamicImage::ImageRgb16(rgba8.to_rgb16()),
        image::DynamicImage::ImageRgba16(rgba8.to_rgba16()),
        image::DynamicImage::ImageRgb32F(rgba8.to_rgb32f()),
        image::DynamicImage::ImageRgba32F(rgba8.to_rgba32f()),
        rgba8,
    ]
}

#[test]
fn every_decoded_image_goes_into_a_color_cache() {
    for image in every_kind([10, 120, 250, 255]) {
        let kind = image.color();
        let pixmap = PixmapBuf::from(image);
        assert_eq!(pixmap.format, PixelFormat::Rgba8, "{kind:?}");
        assert_eq!(
            pixmap.bytes,
            [10, 120, 250, 255].repeat(2),
            "{kind:?} keeps its values"
        );
        let mut cache = Noop::new().tiled_cache();
        cache.insert(&pixmap).expect("colors go into a cache of colors");
    }
}

#[test]
fn gray_goes_into_masks_and_into_colors() {
    let gray = GrayImage::from_raw(2, 1, vec![7, 200]).expect("two bytes");
    let dynamic = image::DynamicImage::ImageLuma8(gray);
    for image in [
        image::DynamicImage::ImageLuma16(dynamic.to_luma16()),
        dynamic.clone(),
    ] {
        let pixmap = PixmapBuf::from(image);
        assert_eq!(
            (pixmap.format, pixmap.bytes.as_slice()),
            (PixelFormat::R8, [7, 200].as_slice())
        );
        let mut colors = Noop::new().tiled_cache();
        colors.insert(&pixmap).expect("gray goes into a cache of colors");
    }
    let with_alpha = image::DynamicImage::ImageLumaA8(dynamic.to_luma_alpha8());
    let pixmap = PixmapBuf::from(with_alpha);
    assert_eq!(
        pixmap.bytes,
        [7, 7, 7, 255, 200, 200, 200, 255],
        "alpha needs four channels"
    );
}

#[test]
fn premultiplied_pixels_let_through_as_much_light_as_alpha_says() {
    let texel = |format| PixmapBuf::new(format, Size::new(1, 1), vec![255, 100, 0, 128]);
    let linear = texel(PixelFormat::Rgba8).premultiplied(ColorEncoding::Linear);
    assert_eq!(linear.bytes, [128, 50, 0, 128]);
    let srgb = texel(PixelFormat::Bgra8).premultiplied(ColorEncoding::Srgb);
    assert_eq!(
        srgb.bytes,
        [188, 72, 0, 128],
        "the product is taken in linear light"
    );
    let mask = PixmapBuf::new(PixelFormat::R8, Size::new(2, 1), vec![1, 2]);
    assert_eq!(
        mask.clone().premultiplied(ColorEncoding::Srgb),
        mask,
        "masks stay as they are"
    );
}

#[test]
fn padding_of_any_length_is_not_premultiplied() {
    let texels = [
        [200, 100, 50, 128, 20, 10, 5, 255],
        [1, 2, 3, 0, 255, 0, 255, 127],
    ];
    let size = Size::new(2, 2);
    let tight = PixmapBuf::new(PixelFormat::Rgba8, size, texels.concat());
    let tight = tight.premultiplied(ColorEncoding::Linear);
    for padding in 0..9 {
        let padded = PixmapBuf {
            bytes_per_row: 8 + padding as u32,
            ..PixmapBuf::new(PixelFormat::Rgba8, size, Vec::new())
        };
        let rows = texels.map(|row| [&row[..], &vec![77; padding]].concat());
        let bytes = rows.concat();
        let multiplied = PixmapBuf { bytes, ..padded }.premultiplied(ColorEncoding::Linear);
        let expected = tight
            .bytes
            .chunks(8)
            .map(|row| [row, &vec![77; padding]].concat());
        assert_eq!(
            multiplied.bytes,
            expected.collect::<Vec<_>>().concat(),
            "{padding} bytes of padding"
        );
    }
    let damaged = PixmapBuf {
        bytes_per_row: 0,
        ..PixmapBuf::new(PixelFormat::Rgba8, size, vec![9; 7])
    };
    assert_eq!(damaged.clone().premultiplied(ColorEncoding::Srgb), damaged);
}
