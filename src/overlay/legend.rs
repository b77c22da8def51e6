//! Sections that say what colors mean: the bytes bar with its parts, and the legend of the map.

use super::canvas::{Area, Canvas};
use super::section::{LINE, Section};
use crate::inspect::figures;
use crate::inspect::legend::{AGE_STOPS, FRAMED, half_stops};
use crate::inspect::palette::{self, Color};
use crate::inspect::summary::Summary;
use crate::inspect::{VramBytes, age_color, bytes_bar};

/// Side of a square that shows a color, at scale 1.
const CHIP: i32 = 8;

/// Video memory of the budget, a bar that shows what it is used for, and what the bar's colors mean.
pub(super) struct Bytes<'p> {
    pub(super) summary: Summary<'p>,
    pub(super) bytes: VramBytes,
}

impl Section for Bytes<'_> {
    fn height(&self) -> i32 {
        2 * LINE + 10
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        let (label, value) = self.summary.vram();
        canvas.text(at.x, at.y, label, palette::LABEL);
        canvas.text_right(at.right(), at.y, &value, palette::TEXT);
        let parts = bytes_bar::parts(&self.bytes, self.summary.0.budget_bytes);
        let bar = Area::new(at.x, at.y + canvas.px(LINE + 2), at.width, canvas.px(6));
        canvas.fill(bar, palette::TRACK);
        for part in &parts {
            let edge = |share: f64| (share * f64::from(bar.width)).round() as i32;
            let (left, right) = (edge(part.start), edge(part.end));
            let area = Area::new(bar.x + left, bar.y, right - left, bar.height);
            canvas.fill(area, part.color);
        }
        let y = bar.y + bar.height + canvas.px(2);
        let whole = self.bytes.total().max(1) as f64;
        for (index, part) in (0..).zip(&parts) {
            let x = at.x + at.width * index / parts.len() as i32;
            let text = format!("{} {:.0}%", part.label, part.bytes as f64 / whole * 100.0);
            let chip = chip(canvas, x, y);
            canvas.fill(chip, part.color);
            canvas.text(x + canvas.px(12), y, &text, palette::LABEL);
        }
    }
}

/// The colors of ages and frames.
pub(super) struct MapLegend;

impl Section for MapLegend {
    fn height(&self) -> i32 {
        LINE
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        draw_ages(canvas, at);
        let mut right = at.right();
        for framed in FRAMED.iter().rev() {
            canvas.text_right(right, at.y, framed.label, palette::LABEL);
            right -= canvas.width_of(framed.label) + canvas.px(12);
            let chip = chip(canvas, right, at.y);
            canvas.frame(chip, framed.color, canvas.scale);
            right -= canvas.px(10);
        }
    }
}

/// The color scale, from entries in use to the oldest ones.
fn draw_ages(canvas: &mut Canvas, at: Area) {
    let mut x = at.x;
    canvas.text(x, at.y, "in use", palette::LABEL);
    x += canvas.width_of("in use ");
    let (step, height) = (canvas.px(6), canvas.px(CHIP));
    for age in half_stops() {
        let area = Area::new(x, at.y + canvas.px(4), step, height);
        canvas.fill(area, Color(age_color(age)));
        x += step;
    }
    let oldest = figures::count(AGE_STOPS[AGE_STOPS.len() - 1]);
    canvas.text(x, at.y, &format!(" {oldest} frames"), palette::LABEL);
}

/// A square beside a label whose line begins at `y`.
fn chip(canvas: &Canvas, x: i32, y: i32) -> Area {
    Area::new(x, y + canvas.px(4), canvas.px(CHIP), canvas.px(CHIP))
}
