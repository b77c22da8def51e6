//! The sizes of pixmaps. `tabs` and `zipf` decide when they are touched.

use std::sync::LazyLock;

use pixmap_cache::Size;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_distr::{Distribution, LogNormal};
use rand_pcg::Pcg64;

use super::kind::Kind;

/// Sizes of text in a user interface, in pixels per em.
const TEXT_SIZES: [u32; 8] = [11, 12, 13, 14, 16, 18, 20, 24];
/// The usual sides of icon sets from 16 to 128.
const ICON_SIDES: [u32; 9] = [16, 20, 24, 32, 40, 48, 64, 96, 128];
/// Sides of icons in toolbars, lists and tabs.
const INTERFACE_ICON_SIDES: [u32; 5] = [16, 20, 24, 32, 48];
/// Width to height of photographs, screens and covers, in both orientations.
const ASPECTS: [(f64, f64); 7] = [
    (1.0, 1.0),
    (4.0, 3.0),
    (3.0, 4.0),
    (3.0, 2.0),
    (2.0, 3.0),
    (16.0, 9.0),
    (9.0, 16.0),
];
/// Median of the square root of a thumbnail's area.
const THUMBNAIL_MEDIAN_SIDE: f64 = 110.0;
/// Standard deviation of its logarithm: nine in ten lie between 48 and 250.
const THUMBNAIL_SPREAD: f64 = 0.5;
const THUMBNAIL_SIDES: (f64, f64) = (16.0, 512.0);
const TILE_SIDE: u32 = 256;
/// Shares of glyphs, icons and thumbnails in the mixed kind. The rest are map tiles.
const MIXED_SHARES: [(Kind, f64); 3] = [(Kind::Glyphs, 0.3), (Kind::Icons, 0.3), (Kind::Thumbnails, 0.3)];

/// Draws the size of a pixmap of a kind.
pub(super) fn draw(kind: Kind, random: &mut Pcg64) -> Size {
    match kind {
        Kind::Glyphs => glyph(
            random.random_range(0..GLYPH_BOXES.len()),
            random.random_range(0..TEXT_SIZES.len()),
        ),
        Kind::Icons => square(*ICON_SIDES.choose(random).expect("BUG: sides")),
        Kind::Thumbnails => thumbnail(random),
        Kind::Tiles => square(TILE_SIDE),
        Kind::Mixed => draw(mixed_kind(random), random),
    }
}

/// Draws the size of an icon that is always visible.
pub(super) fn interface_icon(random: &mut Pcg64) -> Size {
    square(*INTERFACE_ICON_SIDES.choose(random).expect("BUG: sides"))
}

/// Returns the sizes of every glyph of the font at every text size.
pub(super) fn every_glyph() -> impl Iterator<Item = Size> {
    (0..GLYPH_BOXES.len())
        .flat_map(|character| (0..TEXT_SIZES.len()).map(move |text_size| glyph(character, text_size)))
}

fn square(side: u32) -> Size {
    Size::new(side, side)
}

fn thumbnail(random: &mut Pcg64) -> Size {
    let sides = LogNormal::new(THUMBNAIL_MEDIAN_SIDE.ln(), THUMBNAIL_SPREAD).expect("BUG: a finite spread");
    let side = sides.sample(random);
    let &(width, height) = ASPECTS.choose(random).expect("BUG: aspects");
    let stretch = f64::sqrt(width / height);
    let clamp = |side: f64| side.clamp(THUMBNAIL_SIDES.0, THUMBNAIL_SIDES.1).round() as u32;
    Size {
        width: clamp(side * stretch),
        height: clamp(side / stretch),
    }
}

fn mixed_kind(random: &mut Pcg64) -> Kind {
    let mut left = random.random::<f64>();
    for (kind, share) in MIXED_SHARES {
        if left < share {
            return kind;
        }
        left -= share;
    }
    Kind::Tiles
}

/// A glyph's ink box in font units.
struct GlyphBox {
    x: (i32, i32),
    y: (i32, i32),
}

/// Font units per em of `dejavu_sans_boxes.csv`.
const UNITS_PER_EM: i32 = 2_048;

static GLYPH_BOXES: LazyLock<Vec<GlyphBox>> = LazyLock::new(|| {
    let lines = include_str!("dejavu_sans_boxes.csv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let parse_box = |line: &str| {
        let numbers: Vec<i32> = line
            .split(',')
            .map(|number| number.parse().expect("BUG: a glyph box"))
            .collect();
        GlyphBox {
            x: (numbers[1], numbers[3]),
            y: (numbers[2], numbers[4]),
        }
    };
    lines.map(parse_box).collect()
});

/// Returns the size of the pixels that a glyph's box touches at a text size, which is what a rasterizer allocates.
fn glyph(character: usize, text_size: usize) -> Size {
    let per_unit = f64::from(TEXT_SIZES[text_size]) / f64::from(UNITS_PER_EM);
    let pixels = |(from, to): (i32, i32)| {
        ((f64::from(to) * per_unit).ceil() - (f64::from(from) * per_unit).floor()) as u32
    };
    let glyph_box = &GLYPH_BOXES[character];
    Size {
        width: pixels(glyph_box.x).max(1),
        height: pixels(glyph_box.y).max(1),
    }
}
