//! Converts texels between images, the cache's formats and PNGs.
//!
//! Sources give colors premultiplied by alpha *after* sRGB encoding, as SVG renderers do. A unorm cache takes them as
//! they are. An sRGB cache is sampled and blended in linear light and needs colors premultiplied *before* encoding.

use std::sync::LazyLock;

use image::RgbaImage;
use pixmap_cache::{PixelFormat, PixmapBuf, Size};
use wgpu::TextureFormat;

/// The linear value of each sRGB byte.
static LINEAR: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|byte| linear(byte as f32 / 255.0)));

/// How a sample becomes a linear premultiplied color. Mirrored in `wall.wgsl`.
#[derive(Clone, Copy, PartialEq)]
pub enum Texels {
    /// It is one: the texture decodes sRGB.
    Linear = 0,
    /// sRGB-encoded bytes in a unorm texture.
    Encoded = 1,
    /// One channel: the amount of ink.
    Ink = 2,
}

impl Texels {
    pub fn of(format: TextureFormat) -> Self {
        match format {
            TextureFormat::R8Unorm => Self::Ink,
            format if format.is_srgb() => Self::Linear,
            _ => Self::Encoded,
        }
    }
}

/// Multiplies encoded colors by alpha.
pub fn premultiply(image: &mut RgbaImage) {
    for texel in image.pixels_mut() {
        let [r, g, b, a] = texel.0;
        let times = |color: u8| ((u32::from(color) * u32::from(a) + 127) / 255) as u8;
        texel.0 = [times(r), times(g), times(b), a];
    }
}

/// Converts a source's picture to a pixmap for a cache of `format`.
pub fn to_pixmap(image: RgbaImage, format: TextureFormat) -> PixmapBuf {
    let size = Size::new(image.width(), image.height());
    if format == TextureFormat::R8Unorm {
        let bytes = image.pixels().map(|texel| ink(texel.0)).collect();
        return PixmapBuf::new(PixelFormat::R8, size, bytes);
    }
    let mut bytes = image.into_raw();
    if format.is_srgb() {
        bytes
            .as_chunks_mut()
            .0
            .iter_mut()
            .for_each(premultiply_in_linear_light);
    }
    let bgra = matches!(format, TextureFormat::Bgra8Unorm | TextureFormat::Bgra8UnormSrgb);
    if bgra {
        swap_red_and_blue(&mut bytes);
    }
    let format = if bgra {
        PixelFormat::Bgra8
    } else {
        PixelFormat::Rgba8
    };
    PixmapBuf::new(format, size, bytes)
}

/// Converts a page of the atlas to straight sRGB-encoded RGBA. An R8 page becomes black ink on transparent.
pub fn to_image(page: PixmapBuf, format: TextureFormat) -> RgbaImage {
    let (width, height) = (page.size.width, page.size.height);
    let mut bytes = match page.format {
        PixelFormat::R8 => page.bytes.iter().flat_map(|ink| [0, 0, 0, *ink]).collect(),
        _ => page.bytes,
    };
    if page.format == PixelFormat::Bgra8 {
        swap_red_and_blue(&mut bytes);
    }
    let linear_light = format.is_srgb();
    for texel in bytes.as_chunks_mut().0 {
        straighten(texel, linear_light);
    }
    RgbaImage::from_raw(width, height, bytes).expect("BUG: pages are read back with tight rows")
}

/// Returns how much of the paper the ink hides, in linear light: all if dark and opaque, nothing if white or
/// transparent.
fn ink([r, g, b, a]: [u8; 4]) -> u8 {
    let light = (u32::from(r) * 54 + u32::from(g) * 183 + u32::from(b) * 19) >> 8;
    let straight = (light * 255 / u32::from(a).max(1)).min(255);
    (f32::from(a) * (1.0 - LINEAR[straight as usize])).round() as u8
}

fn swap_red_and_blue(bytes: &mut [u8]) {
    for texel in bytes.as_chunks_mut::<4>().0 {
        texel.swap(0, 2);
    }
}

fn premultiply_in_linear_light(texel: &mut [u8; 4]) {
    let alpha = texel[3];
    if alpha == 0 || alpha == 255 {
        return;
    }
    let share = f32::from(alpha) / 255.0;
    for color in &mut texel[..3] {
        let straight = (f32::from(*color) / share).round().min(255.0);
        *color = encode(LINEAR[straight as usize] * share);
    }
}

fn straighten(texel: &mut [u8; 4], linear_light: bool) {
    let alpha = texel[3];
    if alpha == 0 || alpha == 255 {
        return;
    }
    let share = f32::from(alpha) / 255.0;
    for color in &mut texel[..3] {
        *color = if linear_light {
            encode((LINEAR[*color as usize] / share).min(1.0))
        } else {
            (f32::from(*color) / share).round().min(255.0) as u8
        };
    }
}

fn linear(encoded: f32) -> f32 {
    if encoded <= 0.040_45 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    }
}

fn encode(linear: f32) -> u8 {
    let encoded = if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0).round() as u8
}
