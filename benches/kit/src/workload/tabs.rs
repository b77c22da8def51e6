//! *Tabs*: a browser, an editor or a file manager with twenty open documents.
//!
//! Each document has 300 to 3,000 pixmaps (log-uniform). About every hundred frames the user switches to a document chosen by
//! Zipf(0.9). A window of it is visible and scrolls (see `scroll`); the window keeps its position while other documents are
//! shown. It is an eighth of sixteen pages: on pages of 1024, a screen of 1920 x 1080. Sixty interface icons are always
//! visible, and each frame draws 150 glyphs by Zipf(1.0) from a set of 4,000, picked at random among the font's 548
//! characters at eight sizes.

use pixmap_cache::Size;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Zipf};
use rand_pcg::Pcg64;

use super::kind::Kind;
use super::scroll::Scroll;
use super::sizes;
use crate::trace::Trace;

/// A hundred seconds at 60 frames per second.
const FRAMES: u64 = 6_000;
const DOCUMENTS: usize = 20;
const DOCUMENT_PIXMAPS: (f64, f64) = (300.0, 3_000.0);
const DOCUMENT_EXPONENT: f64 = 0.9;
/// Chance per frame that the user switches to a document.
const SWITCH: f64 = 1.0 / 100.0;
const INTERFACE_ICONS: usize = 60;
const GLYPH_SET: usize = 4_000;
const GLYPH_EXPONENT: f64 = 1.0;
const GLYPHS_PER_FRAME: usize = 150;
/// The visible window's share of the texels of sixteen pages.
const WINDOW_SHARE: u64 = 8;

pub(super) fn trace(kind: Kind, sixteen_pages_texels: u64, random: &mut Pcg64) -> Trace {
    let mut trace = Trace::default();
    let icons = add_interface_icons(&mut trace, random);
    let glyphs = add_glyph_set(&mut trace, random);
    let window_texels = sixteen_pages_texels / WINDOW_SHARE;
    let mut documents: Vec<Scroll> = (0..DOCUMENTS)
        .map(|document| add_document(&mut trace, document, kind, window_texels, random))
        .collect();
    let which_document = Zipf::new(DOCUMENTS as f64, DOCUMENT_EXPONENT).expect("BUG: a valid Zipf");
    let which_glyph = Zipf::new(glyphs.len() as f64, GLYPH_EXPONENT).expect("BUG: a valid Zipf");
    let mut current = 0;
    for frame in 0..FRAMES {
        trace.begin_frame(frame);
        if random.random_bool(SWITCH) {
            current = which_document.sample(random) as usize - 1;
        }
        icons.iter().for_each(|&icon| trace.touch(icon));
        documents[current].step(random);
        documents[current]
            .window()
            .iter()
            .for_each(|&pixmap| trace.touch(pixmap));
        (0..GLYPHS_PER_FRAME).for_each(|_| trace.touch(glyphs[which_glyph.sample(random) as usize - 1]));
    }
    trace
}

fn add_interface_icons(trace: &mut Trace, random: &mut Pcg64) -> Vec<u32> {
    (0..INTERFACE_ICONS)
        .map(|icon| trace.add_pixmap(format!("icon/{icon}"), sizes::interface_icon(random)))
        .collect()
}

/// Adds the glyphs, most frequent first.
fn add_glyph_set(trace: &mut Trace, random: &mut Pcg64) -> Vec<u32> {
    let mut set: Vec<Size> = sizes::every_glyph().collect();
    set.shuffle(random);
    set.truncate(GLYPH_SET);
    set.into_iter()
        .enumerate()
        .map(|(rank, size)| trace.add_pixmap(format!("glyph/{rank}"), size))
        .collect()
}

fn add_document(
    trace: &mut Trace,
    document: usize,
    kind: Kind,
    window_texels: u64,
    random: &mut Pcg64,
) -> Scroll {
    let (min, max) = DOCUMENT_PIXMAPS;
    let length = (min * f64::powf(max / min, random.random())).round() as usize;
    let pixmaps = (0..length)
        .map(|pixmap| trace.add_pixmap(format!("document {document}/{pixmap}"), sizes::draw(kind, random)));
    let pixmaps = pixmaps.collect();
    Scroll::new(pixmaps, trace.sizes(), window_texels)
}
