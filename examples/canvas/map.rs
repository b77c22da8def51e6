//! The picture: a map of islands, drawn texel by texel from noise. The same on every machine.
//!
//! Heights and light are worked out at every fourth texel and interpolated. Contours, trees and grid are as fine as the
//! texels, so that there is something to see at every scale.

use pixmap_cache::Size;
use rayon::prelude::*;

pub const SIZE: Size = Size::new(8192, 6144);

/// Texels from one known height to the next.
const CELL: usize = 4;
/// Length of the longest waves of the land, in texels.
const LONGEST_WAVE: f32 = 2300.0;
/// Width of the margin around the map.
const MARGIN: u32 = 96;
/// Texels from one line of the grid to the next.
const GRID: u32 = 1024;
/// Contours from the sea's level to the highest peak.
const CONTOURS: f32 = 36.0;
/// The sea's level among heights from 0 to 1.
const SEA: f32 = 0.42;

type Color = [f32; 3];

/// Heights and their colors.
const COLORS: [(f32, Color); 11] = [
    (0.00, [16.0, 52.0, 92.0]),
    (0.26, [32.0, 84.0, 132.0]),
    (0.38, [72.0, 138.0, 172.0]),
    (SEA - 0.002, [142.0, 196.0, 204.0]),
    (SEA, [232.0, 218.0, 172.0]),
    (0.435, [214.0, 204.0, 150.0]),
    (0.47, [150.0, 184.0, 108.0]),
    (0.56, [104.0, 150.0, 86.0]),
    (0.64, [150.0, 142.0, 104.0]),
    (0.73, [176.0, 164.0, 148.0]),
    (0.80, [248.0, 248.0, 252.0]),
];
const WOODS: std::ops::Range<f32> = 0.49..0.61;

const PAPER: Color = [244.0, 238.0, 222.0];
const INK: Color = [62.0, 52.0, 44.0];
const CONTOUR: Color = [112.0, 84.0, 52.0];
const ISOBATH: Color = [206.0, 230.0, 238.0];
const TREE: Color = [44.0, 92.0, 58.0];

/// Draws the map: four bytes a texel, opaque, sRGB-encoded. Takes all cores.
pub fn draw() -> Vec<u8> {
    let relief = Relief::new();
    let mut bytes = vec![255; SIZE.texels() as usize * 4];
    let rows = bytes.par_chunks_mut(SIZE.width as usize * 4).enumerate();
    rows.for_each(|(y, row)| relief.draw_row(y, row));
    bytes
}

/// Heights and light at the corners of the cells.
struct Relief {
    columns: usize,
    /// From 0 to 1.
    heights: Vec<f32>,
    /// 1 on level ground.
    light: Vec<f32>,
    /// Colors of 1,024 heights.
    colors: Vec<Color>,
}

impl Relief {
    fn new() -> Self {
        // One more on each side than there are cells, so that all texels lie between two.
        let columns = SIZE.width as usize / CELL + 2;
        let rows = SIZE.height as usize / CELL + 2;
        let mut heights = vec![0.0; columns * rows];
        heights.par_chunks_mut(columns).enumerate().for_each(|(y, row)| {
            for (x, height) in row.iter_mut().enumerate() {
                *height = height_at((x * CELL) as f32, (y * CELL) as f32);
            }
        });
        let mut light = vec![1.0; columns * rows];
        light.par_chunks_mut(columns).enumerate().for_each(|(y, row)| {
            for (x, light) in row.iter_mut().enumerate() {
                let at = |x: usize, y: usize| heights[y.min(rows - 1) * columns + x.min(columns - 1)];
                // Falls from the upper left. Water is level.
                let slope = at(x + 1, y + 1).max(SEA) - at(x.saturating_sub(1), y.saturating_sub(1)).max(SEA);
                *light = (1.0 + slope * 26.0).clamp(0.55, 1.2);
            }
        });
        let colors = (0..1024).map(|step| color_of(step as f32 / 1023.0)).collect();
        Self {
            columns,
            heights,
            light,
            colors,
        }
    }

    fn draw_row(&self, y: usize, row: &mut [u8]) {
        let width = SIZE.width as usize;
        let (mut heights, mut below, mut light) =
            (vec![0.0; width + 1], vec![0.0; width + 1], vec![0.0; width + 1]);
        self.interpolate(&self.heights, y, &mut heights);
        self.interpolate(&self.heights, y + 1, &mut below);
        self.interpolate(&self.light, y, &mut light);
        for (x, texel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let height = heights[x];
            let step = (height.clamp(0.0, 1.0) * 1023.0) as usize;
            let mut color = self.colors[step].map(|channel| channel * light[x]);
            let (x, y) = (x as u32, y as u32);
            if WOODS.contains(&height) {
                color = mix(
                    color,
                    TREE.map(|channel| channel * light[x as usize]),
                    trees(x, y, height),
                );
            }
            let band = contour_band(height);
            if band != contour_band(heights[x as usize + 1]) || band != contour_band(below[x as usize]) {
                let (line, share) = if height < SEA {
                    (ISOBATH, 0.22)
                } else {
                    (CONTOUR, 0.5)
                };
                color = mix(color, line, share);
            }
            color = frame(x, y, color);
            texel[..3].copy_from_slice(&color.map(|channel| channel.clamp(0.0, 255.0) as u8));
        }
    }

    /// Fills a row of texels from values at the corners of cells.
    fn interpolate(&self, values: &[f32], y: usize, row: &mut [f32]) {
        let down = (y % CELL) as f32 / CELL as f32;
        let upper = &values[y / CELL * self.columns..][..self.columns];
        let lower = &values[(y / CELL + 1) * self.columns..][..self.columns];
        let between = |column: usize| upper[column] + (lower[column] - upper[column]) * down;
        for (cell, texels) in row.chunks_mut(CELL).enumerate() {
            let (left, right) = (between(cell), between(cell + 1));
            let step = (right - left) / CELL as f32;
            for (index, texel) in texels.iter_mut().enumerate() {
                *texel = left + step * index as f32;
            }
        }
    }
}

/// Hills of ten sizes, and ridges where the land is high. Sea all around.
fn height_at(x: f32, y: f32) -> f32 {
    let (u, v) = (x / LONGEST_WAVE, y / LONGEST_WAVE);
    // Bends the coasts.
    let bent_u = u + 0.35 * (noise(u * 1.7, v * 1.7, 91) - 0.5);
    let bent_v = v + 0.35 * (noise(u * 1.7, v * 1.7, 92) - 0.5);
    let (mut hills, mut ridges) = (0.0, 0.0);
    let (mut rate, mut share) = (1.0, 0.5);
    for octave in 0..10 {
        let value = noise(bent_u * rate, bent_v * rate, octave);
        hills += share * value;
        ridges += share * (1.0 - (2.0 * value - 1.0).abs());
        (rate, share) = (rate * 2.03, share * 0.5);
    }
    let inland = ((hills - SEA) * 4.0).clamp(0.0, 1.0);
    let edge = |at: f32, side: u32| (at.min(side as f32 - at) / 900.0).clamp(0.0, 1.0);
    let shelf = edge(x, SIZE.width).min(edge(y, SIZE.height));
    let height = hills * 0.94 + inland * (ridges - 0.42) * 0.62;
    height * (0.45 + 0.55 * shelf * (2.0 - shelf))
}

/// Values from 0 to 1 at whole numbers, blended smoothly between them.
fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let smooth = |way: f32| way * way * way * (way * (way * 6.0 - 15.0) + 10.0);
    let (across, down) = (smooth(x - left), smooth(y - top));
    let (left, top) = (left as i32 as u32, top as i32 as u32);
    let at = |right: u32, below: u32| {
        (hash(left.wrapping_add(right), top.wrapping_add(below), seed) >> 8) as f32 / (1 << 24) as f32
    };
    let upper = at(0, 0) + (at(1, 0) - at(0, 0)) * across;
    let lower = at(0, 1) + (at(1, 1) - at(0, 1)) * across;
    upper + (lower - upper) * down
}

fn hash(x: u32, y: u32, seed: u32) -> u32 {
    let mut bits = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2c1b_3c6d);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297a_2d39);
    bits ^ (bits >> 15)
}

fn color_of(height: f32) -> Color {
    let above = COLORS.partition_point(|(from, _)| *from <= height);
    let Some((to, upper)) = COLORS.get(above) else {
        return COLORS[COLORS.len() - 1].1;
    };
    let (from, lower) = COLORS[above.max(1) - 1];
    mix(lower, *upper, (height - from) / (to - from))
}

fn contour_band(height: f32) -> i32 {
    ((height - SEA) / (1.0 - SEA) * CONTOURS).floor() as i32
}

/// How much of a texel a tree covers. One tree may stand in each square of 11 texels; the rows are shifted.
fn trees(x: u32, y: u32, height: f32) -> f32 {
    let row = y / 11;
    let x = x + hash(row, 0, 8) % 11;
    let bits = hash(x / 11, row, 7);
    // The woods are thin at their edges.
    let middle = (WOODS.start + WOODS.end) / 2.0;
    let density = 1.0 - (height - middle).abs() / (WOODS.end - middle);
    if (bits & 0xff) as f32 / 255.0 > density * 1.6 {
        return 0.0;
    }
    let place = |bits: u32| 3.0 + (bits & 0xf) as f32 / 3.5;
    let (right, down) = (
        (x % 11) as f32 - place(bits >> 8),
        (y % 11) as f32 - place(bits >> 12),
    );
    let radius = 2.0 + ((bits >> 16) & 0xf) as f32 / 12.0;
    let cover = (radius + 0.5 - right.hypot(down)).clamp(0.0, 1.0);
    // Lit from the upper left.
    cover * (0.8 + (right + down) / 16.0).clamp(0.4, 1.0)
}

/// The grid, and a margin of paper with bars of half a grid's length.
fn frame(x: u32, y: u32, color: Color) -> Color {
    let to_edge = |at: u32, side: u32| at.min(side - 1 - at);
    let from_edge = to_edge(x, SIZE.width).min(to_edge(y, SIZE.height));
    if from_edge >= MARGIN {
        let is_line = x % GRID < 2 || y % GRID < 2;
        return if is_line { mix(color, INK, 0.45) } else { color };
    }
    match from_edge {
        0..24 => PAPER,
        24..28 | 68..72 => INK,
        28..68 => {
            let along = if to_edge(y, SIZE.height) == from_edge {
                x
            } else {
                y
            };
            if (along / (GRID / 2)).is_multiple_of(2) {
                INK
            } else {
                PAPER
            }
        }
        _ => PAPER,
    }
}

fn mix(from: Color, to: Color, share: f32) -> Color {
    std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}
