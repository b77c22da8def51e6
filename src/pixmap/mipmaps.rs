//! Mip levels worked out on the CPU: each texel is the average of the area that it covers in the level above.
//!
//! Averages are taken in linear light, so sRGB values are decoded and encoded; premultiplied colors are averaged as they
//! are. Sides that are odd are halved with three weighted texels (Guthe and Heckbert, *Non-power-of-two mipmapping*,
//! 2005). Invariant: levels follow from the one before without rounding in between.

use super::color::{ColorEncoding, decode_srgb, encode_srgb, encode_unorm};
use super::{PixelFormat, Pixmap, PixmapBuf, chain};
use crate::geometry::{Rect, Size};

/// Works out every level below the base, the largest first. About 10 ns for each texel of the base.
pub(crate) fn generate(base: &Pixmap<'_>, encoding: ColorEncoding) -> Vec<PixmapBuf> {
    let channels = base.format.bytes_per_texel() as usize;
    let decode = Decode::new(base.format, encoding);
    let rows: Vec<&[u8]> = base.rows().collect();
    let mut levels = Vec::new();
    let mut size = base.size;
    let mut texels: Vec<f32> = Vec::new();
    for level in 1..chain::full_levels(base.size) {
        let smaller = chain::level_size(base.size, level);
        texels = if level == 1 {
            let read = |row: usize, line: &mut [f32]| decode.row(rows[row], line);
            halve(size, channels, read)
        } else {
            let row_texels = size.width as usize * channels;
            let read = |row: usize, line: &mut [f32]| {
                line.copy_from_slice(&texels[row * row_texels..][..row_texels]);
            };
            halve(size, channels, read)
        };
        size = smaller;
        let bytes = decode.encode(&texels);
        levels.push(PixmapBuf::new(base.format, size, bytes));
    }
    levels
}

/// Returns what a change of a rectangle of the base changes of each level, the base first.
pub(crate) fn changed(size: Size, rect: Rect, levels: u32) -> Vec<Rect> {
    let along = |start: u32, length: u32, side: u32| {
        // A texel averages two texels of the level above, or three where the side is odd.
        let first = start.saturating_sub(2).div_ceil(2).min(side - 1);
        let end = ((start + length - 1) / 2 + 1).min(side);
        (first, end.max(first + 1) - first)
    };
    let smaller = |(level, rect): &(u32, Rect)| {
        let side = chain::level_size(size, level + 1);
        if side.is_empty() {
            return None;
        }
        let (x, width) = along(rect.x, rect.width, side.width);
        let (y, height) = along(rect.y, rect.height, side.height);
        Some((level + 1, Rect::new(x, y, Size::new(width, height))))
    };
    let rects = std::iter::successors(Some((0, rect)), smaller);
    rects.take(levels as usize).map(|(_, rect)| rect).collect()
}

/// Works out rectangles of a pixmap's levels again, each from the level above; `rects` has one for each, the base first.
pub(crate) fn regenerate(pixmap: &mut PixmapBuf, rects: &[Rect], encoding: ColorEncoding) {
    let decode = Decode::new(pixmap.format, encoding);
    let mut levels = std::mem::take(&mut pixmap.levels);
    for (index, rect) in rects.iter().skip(1).enumerate() {
        let (above, below) = levels.split_at_mut(index);
        let source = above.last().unwrap_or(pixmap);
        let Some(target) = below.first_mut() else {
            break;
        };
        let texels = decode.averages(source, *rect);
        let bytes = decode.encode(&texels);
        target.overwrite(*rect, &Pixmap::new(target.format, rect.size(), &bytes));
    }
    pixmap.levels = levels;
}

/// Averages an area of twice the size into each texel. `read` gives a row of the source.
fn halve(source: Size, channels: usize, read: impl Fn(usize, &mut [f32])) -> Vec<f32> {
    let target = chain::level_size(source, 1);
    let row_texels = target.width as usize * channels;
    let mut wide = vec![0.0; source.width as usize * channels];
    let mut narrow = vec![0.0; row_texels];
    let mut texels = vec![0.0; row_texels * target.height as usize];
    let columns: Vec<[f32; 3]> = (0..target.width)
        .map(|column| weights(column, source.width))
        .collect();
    for (row, sums) in texels.chunks_exact_mut(row_texels).enumerate() {
        for (tap, weight) in weights(row as u32, source.height).into_iter().enumerate() {
            if weight == 0.0 {
                continue;
            }
            read(2 * row + tap, &mut wide);
            narrow_row(&wide, &columns, channels, &mut narrow);
            for (sum, value) in sums.iter_mut().zip(&narrow) {
                *sum += weight * value;
            }
        }
    }
    texels
}

fn narrow_row(wide: &[f32], columns: &[[f32; 3]], channels: usize, narrow: &mut [f32]) {
    for ((column, weights), texel) in columns.iter().enumerate().zip(narrow.chunks_exact_mut(channels)) {
        let taps = &wide[2 * column * channels..];
        for (channel, value) in texel.iter_mut().enumerate() {
            let tap = |tap: usize| taps[tap * channels + channel] * weights[tap];
            *value = tap(0) + tap(1);
            if weights[2] != 0.0 {
                *value += tap(2);
            }
        }
    }
}

/// Shares of the source texels `2 * index`, and of the two after it, in a texel of the target. The third is 0 for even
/// sides.
fn weights(index: u32, source: u32) -> [f32; 3] {
    if source.is_multiple_of(2) {
        return [0.5, 0.5, 0.0];
    }
    let (half, index, whole) = ((source / 2) as f32, index as f32, source as f32);
    [(half - index) / whole, half / whole, (index + 1.0) / whole]
}

/// How the bytes of a format become linear values, and back.
struct Decode {
    channels: usize,
    /// The color channels; alpha is linear in every format.
    encoding: ColorEncoding,
}

impl Decode {
    fn new(format: PixelFormat, encoding: ColorEncoding) -> Self {
        Self {
            channels: format.bytes_per_texel() as usize,
            encoding,
        }
    }

    fn row(&self, bytes: &[u8], line: &mut [f32]) {
        match self.encoding {
            ColorEncoding::Linear => {
                for (value, byte) in line.iter_mut().zip(bytes) {
                    *value = f32::from(*byte) / 255.0;
                }
            }
            ColorEncoding::Srgb => {
                let texels = line
                    .chunks_exact_mut(self.channels)
                    .zip(bytes.chunks_exact(self.channels));
                for (values, bytes) in texels {
                    for (value, byte) in values.iter_mut().zip(bytes.iter().take(3)) {
                        *value = decode_srgb(*byte);
                    }
                    if let ([.., alpha], [_, _, _, byte]) = (&mut *values, bytes) {
                        *alpha = f32::from(*byte) / 255.0;
                    }
                }
            }
        }
    }

    /// Averages a rectangle of the level below `source`.
    fn averages(&self, source: &PixmapBuf, rect: Rect) -> Vec<f32> {
        let rows: Vec<&[u8]> = source.as_pixmap().rows().collect();
        // The columns that the rectangle averages, and no others: a brush changes little of a wide picture.
        let first = 2 * rect.x;
        let columns = (2 * rect.width + 1).min(source.size.width - first);
        let bytes = first as usize * self.channels..(first + columns) as usize * self.channels;
        let mut line = vec![0.0; bytes.len()];
        let row_values = rect.width as usize * self.channels;
        let mut texels = vec![0.0; row_values * rect.height as usize];
        for (y, sums) in (rect.y..).zip(texels.chunks_exact_mut(row_values)) {
            for (tap, weight) in (0..).zip(weights(y, source.size.height)) {
                let Some(row) = rows.get((2 * y + tap) as usize).filter(|_| weight != 0.0) else {
                    continue;
                };
                self.row(&row[bytes.clone()], &mut line);
                for (x, sums) in (rect.x..).zip(sums.chunks_exact_mut(self.channels)) {
                    let start = (2 * (x - rect.x)) as usize * self.channels;
                    self.add_taps(&line[start..], weights(x, source.size.width), weight, sums);
                }
            }
        }
        texels
    }

    fn add_taps(&self, taps: &[f32], shares: [f32; 3], weight: f32, sums: &mut [f32]) {
        for (texel, share) in taps.chunks_exact(self.channels).zip(shares) {
            if share != 0.0 {
                for (sum, value) in sums.iter_mut().zip(texel) {
                    *sum += weight * share * value;
                }
            }
        }
    }

    fn encode(&self, texels: &[f32]) -> Vec<u8> {
        let is_alpha = |index: usize| index % self.channels == 3;
        let encode = |(index, value): (usize, &f32)| match self.encoding {
            ColorEncoding::Srgb if !is_alpha(index) => encode_srgb(*value),
            ColorEncoding::Srgb | ColorEncoding::Linear => encode_unorm(*value),
        };
        texels.iter().enumerate().map(encode).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Averages over areas in `f64`, one texel at a time, straight from the base.
    fn reference(base: &PixmapBuf, encoding: ColorEncoding, level: u32) -> Vec<u8> {
        let channels = base.format.bytes_per_texel() as usize;
        let (mut size, mut values) = (base.size, Vec::new());
        for (index, byte) in base.bytes.iter().enumerate() {
            let value = f64::from(*byte) / 255.0;
            let color = index % channels != 3;
            values.push(if color { to_linear(value, encoding) } else { value });
        }
        for _ in 0..level {
            let target = chain::level_size(size, 1);
            let mut smaller = vec![0.0; target.texels() as usize * channels];
            for y in 0..target.height {
                for x in 0..target.width {
                    for channel in 0..channels {
                        let at = |x: u32, y: u32| values[(y * size.width + x) as usize * channels + channel];
                        let mut sum = 0.0;
                        for (v, row_share) in cover(y, target.height, size.height) {
                            for (u, share) in cover(x, target.width, size.width) {
                                sum += at(u, v) * share * row_share;
                            }
                        }
                        smaller[(y * target.width + x) as usize * channels + channel] = sum;
                    }
                }
            }
            (size, values) = (target, smaller);
        }
        let encode = |(index, value): (usize, &f64)| {
            let color = index % channels != 3;
            let value = if color {
                from_linear(*value, encoding)
            } else {
                *value
            };
            (value * 255.0).round() as u8
        };
        values.iter().enumerate().map(encode).collect()
    }

    /// The texels that one of `target` covers of `source`, with their shares.
    fn cover(index: u32, target: u32, source: u32) -> Vec<(u32, f64)> {
        let scale = f64::from(source) / f64::from(target);
        let (start, end) = (f64::from(index) * scale, f64::from(index + 1) * scale);
        (0..source)
            .filter_map(|texel| {
                let overlap = end.min(f64::from(texel + 1)) - start.max(f64::from(texel));
                (overlap > 1e-9).then_some((texel, overlap / scale))
            })
            .collect()
    }

    fn to_linear(value: f64, encoding: ColorEncoding) -> f64 {
        match encoding {
            ColorEncoding::Linear => value,
            ColorEncoding::Srgb if value <= 0.04045 => value / 12.92,
            ColorEncoding::Srgb => ((value + 0.055) / 1.055).powf(2.4),
        }
    }

    fn from_linear(value: f64, encoding: ColorEncoding) -> f64 {
        match encoding {
            ColorEncoding::Linear => value,
            ColorEncoding::Srgb if value <= 0.003_130_8 => value * 12.92,
            ColorEncoding::Srgb => 1.055 * value.powf(1.0 / 2.4) - 0.055,
        }
    }

    fn noise(format: PixelFormat, size: Size) -> PixmapBuf {
        let mut state = 0x9e37_79b9_u32;
        let bytes = (0..size.texels() * u64::from(format.bytes_per_texel())).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        PixmapBuf::new(format, size, bytes.collect())
    }

    #[test]
    fn levels_are_within_one_of_a_reference_in_double_precision() {
        let sizes = [(2, 2), (3, 3), (5, 2), (17, 31), (64, 64), (33, 100), (101, 7)];
        for (format, encoding) in [
            (PixelFormat::Rgba8, ColorEncoding::Srgb),
            (PixelFormat::Bgra8, ColorEncoding::Linear),
            (PixelFormat::R8, ColorEncoding::Srgb),
        ] {
            for (width, height) in sizes {
                let size = Size::new(width, height);
                let base = noise(format, size);
                let levels = generate(&base.as_pixmap(), encoding);
                assert_eq!(levels.len() as u32 + 1, chain::full_levels(size), "{size}");
                for (level, made) in (1..).zip(&levels) {
                    let expected = reference(&base, encoding, level);
                    let off = made
                        .bytes
                        .iter()
                        .zip(&expected)
                        .map(|(a, b)| a.abs_diff(*b))
                        .max();
                    assert!(
                        off <= Some(1),
                        "{format:?} {encoding:?} {size}: level {level} is {off:?} off"
                    );
                    assert_eq!(made.size, chain::level_size(size, level));
                }
            }
        }
    }

    #[test]
    fn a_change_generates_what_generating_all_would() {
        for (width, height) in [(64, 64), (33, 57), (100, 7)] {
            let size = Size::new(width, height);
            let mut base = noise(PixelFormat::Rgba8, size);
            base.levels = generate(&base.as_pixmap(), ColorEncoding::Srgb);
            for (x, y, w, h) in [
                (0, 0, 1, 1),
                (5, 3, 9, 4),
                (width - 3, height - 2, 3, 2),
                (0, 0, width, height),
            ] {
                let rect = Rect::new(x, y, Size::new(w, h));
                let patch = PixmapBuf::new(
                    PixelFormat::Rgba8,
                    rect.size(),
                    vec![(x + y) as u8; (w * h * 4) as usize],
                );
                base.overwrite(rect, &patch.as_pixmap());
                let rects = changed(size, rect, base.levels.len() as u32 + 1);
                regenerate(&mut base, &rects, ColorEncoding::Srgb);
                let all = generate(
                    &Pixmap {
                        levels: &[],
                        ..base.as_pixmap()
                    },
                    ColorEncoding::Srgb,
                );
                for (level, (part, all)) in (1..).zip(base.levels.iter().zip(&all)) {
                    let off = part
                        .bytes
                        .iter()
                        .zip(&all.bytes)
                        .map(|(a, b)| a.abs_diff(*b))
                        .max();
                    // What isn't generated again was rounded once, what is, once for each level.
                    assert!(off <= Some(2), "{size}, {rect:?}: level {level} is {off:?} off");
                }
            }
        }
    }

    #[test]
    fn padding_of_rows_is_not_averaged() {
        let tight = noise(PixelFormat::Rgba8, Size::new(6, 6));
        let mut padded = PixmapBuf::new(PixelFormat::Rgba8, tight.size, Vec::new());
        padded.bytes_per_row = 40;
        for row in tight.bytes.chunks(24) {
            padded.bytes.extend_from_slice(row);
            padded.bytes.extend([255; 16]);
        }
        let levels = |base: &PixmapBuf| generate(&base.as_pixmap(), ColorEncoding::Srgb);
        assert_eq!(levels(&tight)[0].bytes, levels(&padded)[0].bytes);
    }

    #[test]
    fn black_and_white_average_to_half_the_light() {
        let base = PixmapBuf::new(
            PixelFormat::Rgba8,
            Size::new(2, 2),
            [[255; 8], [0, 0, 0, 255, 0, 0, 0, 255]].concat(),
        );
        let texel = |encoding| generate(&base.as_pixmap(), encoding)[0].bytes.clone();
        assert_eq!(
            texel(ColorEncoding::Srgb),
            [188, 188, 188, 255],
            "half the light is 188 in sRGB"
        );
        assert_eq!(texel(ColorEncoding::Linear), [128, 128, 128, 255]);
    }
}
