//! Writes an animated GIF that stays small: one palette for all frames, and only what changes from one to the next.
//!
//! The encoder in `image` stores every frame whole, with a palette of its own, which takes several times as much.

use std::collections::HashMap;
use std::io::Write;

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use image::{Rgba, RgbaImage};

use crate::palette::{Color, Palette, distance};

/// Squared distance up to which a color may replace another to make a run longer. Larger values show as smears.
const TOLERANCE: u32 = 500;

/// Writes the pictures as an endless loop, each shown for that many hundredths of a second.
pub fn write(mut target: impl Write, pictures: &[RgbaImage], hundredths: u16) -> Result<(), EncodingError> {
    let Some(first) = pictures.first() else {
        return Ok(());
    };
    let palette = Palette::of(pictures);
    let (width, height) = (first.width() as u16, first.height() as u16);
    let mut encoder = Encoder::new(&mut target, width, height, &palette.bytes())?;
    encoder.set_repeat(Repeat::Infinite)?;
    let mut differences = Differences {
        palette,
        nearest: HashMap::new(),
        shown: Vec::new(),
    };
    for picture in pictures {
        let buffer = differences.next(picture);
        encoder.write_frame(&Frame {
            delay: hundredths,
            dispose: DisposalMethod::Keep,
            transparent: Some(Palette::UNCHANGED),
            width,
            height,
            buffer: buffer.into(),
            ..Default::default()
        })?;
    }
    Ok(())
}

/// Turns pictures into indices of the palette, with `Palette::UNCHANGED` where the previous picture is close enough.
struct Differences {
    palette: Palette,
    nearest: HashMap<Color, u8>,
    /// Indices that a viewer shows so far.
    shown: Vec<u8>,
}

impl Differences {
    fn next(&mut self, picture: &RgbaImage) -> Vec<u8> {
        let mut indices = Vec::with_capacity(picture.as_raw().len() / 4);
        let mut run = None;
        for (at, Rgba([r, g, b, _])) in picture.pixels().enumerate() {
            let color = [*r, *g, *b];
            let shown = self.shown.get(at).copied();
            let index = self.index(color, shown, run);
            run = Some(index);
            indices.push(index);
        }
        self.shown.resize(indices.len(), 0);
        for (shown, index) in self.shown.iter_mut().zip(&indices) {
            if *index != Palette::UNCHANGED {
                *shown = *index;
            }
        }
        indices
    }

    /// Continues the run if its color is close enough, else keeps what is shown if that is, else takes the nearest
    /// color.
    fn index(&mut self, color: Color, shown: Option<u8>, run: Option<u8>) -> u8 {
        let nearest = *self
            .nearest
            .entry(color)
            .or_insert_with(|| self.palette.nearest(color));
        // Beyond the error that the palette makes anyway.
        let limit = distance(color, self.palette.color(nearest)) + TOLERANCE;
        let is_close = |index: u8| distance(color, self.palette.color(index)) <= limit;
        let keeps = shown.is_some_and(is_close);
        match run {
            Some(Palette::UNCHANGED) if keeps => Palette::UNCHANGED,
            Some(run) if run != Palette::UNCHANGED && is_close(run) => run,
            _ if keeps => Palette::UNCHANGED,
            _ => nearest,
        }
    }
}
