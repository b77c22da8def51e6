//! A palette for a set of pictures, by median cut.

use std::collections::HashMap;

use image::RgbaImage;

pub type Color = [u8; 3];

/// Colors of a palette. Few colors make long runs, and flat drawings need no more.
const COLORS: usize = 63;

/// One pixel out of this many is counted.
const STRIDE: usize = 7;

/// At most `COLORS` colors, and an index that stands for none of them.
pub struct Palette {
    colors: Vec<Color>,
}

impl Palette {
    pub const UNCHANGED: u8 = COLORS as u8;

    pub fn of(pictures: &[RgbaImage]) -> Self {
        let mut counts: HashMap<Color, u32> = HashMap::new();
        for picture in pictures {
            for pixel in picture.pixels().step_by(STRIDE) {
                let [r, g, b, _] = pixel.0;
                *counts.entry([r, g, b]).or_default() += 1;
            }
        }
        let mut all: Vec<(Color, u32)> = counts.into_iter().collect();
        // A hash map has no stable order.
        all.sort_unstable();
        let mut boxes = vec![ColorBox(all)];
        while boxes.len() < COLORS {
            let widest = (0..boxes.len()).max_by_key(|index| boxes[*index].weight());
            let halves = widest.and_then(|index| boxes.swap_remove(index).split());
            let Some((low, high)) = halves else {
                break;
            };
            boxes.extend([low, high]);
        }
        Self {
            colors: boxes.iter().map(ColorBox::mean).collect(),
        }
    }

    /// Red, green and blue of each color, and of the index that stands for none.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.colors.as_flattened().to_vec();
        bytes.resize((COLORS + 1) * 3, 0);
        bytes
    }

    pub fn color(&self, index: u8) -> Color {
        self.colors[usize::from(index)]
    }

    pub fn nearest(&self, color: Color) -> u8 {
        let distances = (0..).zip(&self.colors);
        let nearest = distances.min_by_key(|(_, other)| distance(color, **other));
        nearest.map_or(0, |(index, _)| index)
    }
}

/// Returns the squared distance of two colors, weighted as the eye weights the channels.
pub fn distance([r, g, b]: Color, [other_r, other_g, other_b]: Color) -> u32 {
    let squared = |one: u8, other: u8| u32::from(one.abs_diff(other)).pow(2);
    (3 * squared(r, other_r) + 4 * squared(g, other_g) + 2 * squared(b, other_b)) / 3
}

/// Colors with their counts; never empty.
struct ColorBox(Vec<(Color, u32)>);

impl ColorBox {
    /// Returns how urgent splitting this box is: wide boxes come first, populous ones among them.
    fn weight(&self) -> u64 {
        let count: u64 = self.0.iter().map(|(_, count)| u64::from(*count)).sum();
        let (_, width) = self.widest_channel();
        u64::from(width).pow(2) * count.isqrt()
    }

    fn widest_channel(&self) -> (usize, u8) {
        let width = |channel: usize| {
            let values = self.0.iter().map(|(color, _)| color[channel]);
            let (low, high) = values.fold((u8::MAX, 0), |(low, high), value| {
                (low.min(value), high.max(value))
            });
            high - low
        };
        let channels = (0..3).map(|channel| (channel, width(channel)));
        channels.max_by_key(|(_, width)| *width).unwrap_or_default()
    }

    /// Splits at the mean of the widest channel. Returns `None` if all colors are the same.
    fn split(self) -> Option<(Self, Self)> {
        let (channel, width) = self.widest_channel();
        if width == 0 {
            return None;
        }
        let mean = self.mean()[channel];
        let (low, high): (Vec<_>, Vec<_>) = self.0.into_iter().partition(|(color, _)| color[channel] <= mean);
        Some((Self(low), Self(high)))
    }

    fn mean(&self) -> Color {
        let count: u64 = self.0.iter().map(|(_, count)| u64::from(*count)).sum();
        std::array::from_fn(|channel| {
            let sum = self
                .0
                .iter()
                .map(|(color, count)| u64::from(color[channel]) * u64::from(*count));
            (sum.sum::<u64>() / count.max(1)) as u8
        })
    }
}
