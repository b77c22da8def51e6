//! Values in sRGB and in linear light, and alpha multiplied in.
//!
//! Invariant: encoding what was decoded gives the same byte.

use std::sync::LazyLock;

/// Names the way in which the color channels of a cache's format stand for light. Alpha is always in proportion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColorEncoding {
    /// In proportion, as in `Rgba8Unorm`, `Bgra8Unorm` and `R8Unorm`.
    Linear,
    /// By the curve of sRGB, as in `Rgba8UnormSrgb` and `Bgra8UnormSrgb`.
    Srgb,
}

/// Entries of the table that encodes: the curve rises by at most 0.4 of a byte from one to the next.
const ENCODE_STEPS: usize = 8192;

static DECODED: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let value = byte as f64 / 255.0;
        let linear = if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        };
        linear as f32
    })
});

static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let encode = |step: usize| {
        let linear = step as f64 / ENCODE_STEPS as f64;
        let value = if linear <= 0.003_130_8 {
            linear * 12.92
        } else {
            1.055 * linear.powf(1.0 / 2.4) - 0.055
        };
        (value * 255.0).round() as u8
    };
    (0..=ENCODE_STEPS).map(encode).collect()
});

/// The light of a byte in sRGB, from 0 to 1.
pub(super) fn decode_srgb(byte: u8) -> f32 {
    DECODED[usize::from(byte)]
}

/// The byte in sRGB for some light, from 0 to 1.
pub(super) fn encode_srgb(light: f32) -> u8 {
    let step = (light.clamp(0.0, 1.0) * ENCODE_STEPS as f32 + 0.5) as usize;
    ENCODED[step]
}

/// The byte for a value from 0 to 1.
pub(super) fn encode_unorm(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// Multiplies alpha into a row of texels of four channels.
pub(super) fn premultiply_row(row: &mut [u8], encoding: ColorEncoding) {
    for [colors @ .., alpha] in row.as_chunks_mut::<4>().0 {
        for color in colors {
            *color = premultiply(*color, *alpha, encoding);
        }
    }
}

/// A color channel times alpha.
fn premultiply(byte: u8, alpha: u8, encoding: ColorEncoding) -> u8 {
    match (encoding, alpha) {
        (_, 0) => 0,
        (_, 255) => byte,
        (ColorEncoding::Srgb, _) => encode_srgb(decode_srgb(byte) * f32::from(alpha) / 255.0),
        (ColorEncoding::Linear, _) => ((u32::from(byte) * u32::from(alpha) + 127) / 255) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for byte in 0..=255 {
            assert_eq!(encode_srgb(decode_srgb(byte)), byte);
            assert_eq!(encode_unorm(f32::from(byte) / 255.0), byte);
        }
    }

    #[test]
    fn encoding_is_within_one_of_the_curve() {
        for step in 0..=100_000 {
            let light = step as f32 / 100_000.0;
            let exact = if light <= 0.003_130_8 {
                light * 12.92
            } else {
                1.055 * light.powf(1.0 / 2.4) - 0.055
            };
            let off = (f32::from(encode_srgb(light)) - exact * 255.0).abs();
            assert!(off <= 0.75, "{light} is {off} off");
        }
    }

    #[test]
    fn premultiplied_colors_keep_the_light_that_alpha_lets_through() {
        assert_eq!(premultiply(255, 128, ColorEncoding::Linear), 128);
        assert_eq!(
            premultiply(255, 128, ColorEncoding::Srgb),
            188,
            "half the light is 188 in sRGB"
        );
        for byte in [0, 1, 77, 255] {
            for encoding in [ColorEncoding::Linear, ColorEncoding::Srgb] {
                assert_eq!(premultiply(byte, 255, encoding), byte);
                assert_eq!(premultiply(byte, 0, encoding), 0);
            }
        }
    }
}
