//! Plots of the last frames: a bar per frame, the newest at the right.

use std::time::Duration;

use super::canvas::{Area, Canvas};
use super::history::{History, PLOTTED_FRAMES, Sample};
use super::section::Section;
use crate::inspect::figures;
use crate::inspect::palette::{self, Color};

/// Height of a plot at scale 1, and the gap below it.
const HEIGHT: i32 = 30;
const GAP: i32 = 6;

/// How opaque a bar is below its top, of 255.
const BAR_OPACITY: u8 = 72;

/// One row of the plots.
struct Plot {
    label: &'static str,
    color: Color,
    of: fn(&Sample) -> f64,
    /// The value at the top is at least this.
    min_top: f64,
    text: fn(f64) -> String,
}

const FILL: Plot = Plot {
    label: "fill",
    color: palette::plot::FILL,
    of: |sample| f64::from(sample.fill),
    min_top: 1.0,
    text: |share| figures::share(share, 1.0),
};

const UPLOADED: Plot = Plot {
    label: "uploaded",
    color: palette::plot::UPLOADED,
    of: |sample| sample.uploaded_bytes as f64,
    min_top: 1024.0,
    text: figures::bytes,
};

const MOVED: Plot = Plot {
    label: "moved",
    color: palette::plot::MOVED,
    of: |sample| sample.moved_bytes as f64,
    min_top: 1024.0,
    text: figures::bytes,
};

const FRAME_TIME: Plot = Plot {
    label: "frame",
    color: palette::plot::FRAME_TIME,
    of: |sample| sample.frame_time.map_or(0.0, milliseconds),
    // Two frames at 60 per second.
    min_top: 33.3,
    text: |milliseconds| format!("{milliseconds:.1} ms"),
};

const ALL: [Plot; 4] = [FILL, UPLOADED, MOVED, FRAME_TIME];

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The plots of a history.
pub(super) struct Plots<'p> {
    pub(super) history: &'p History,
    /// Whether to plot the frame time.
    pub(super) timed: bool,
}

impl Plots<'_> {
    fn shown(&self) -> &'static [Plot] {
        const UNTIMED: usize = ALL.len() - 1;
        if self.timed { &ALL } else { &ALL[..UNTIMED] }
    }
}

impl Section for Plots<'_> {
    fn height(&self) -> i32 {
        self.shown().len() as i32 * (HEIGHT + GAP) - GAP
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        for (row, plot) in (0..).zip(self.shown()) {
            let y = at.y + canvas.px(row * (HEIGHT + GAP));
            let at = Area::new(at.x, y, at.width, canvas.px(HEIGHT));
            plot.draw(canvas, at, self.history);
        }
    }
}

impl Plot {
    fn draw(&self, canvas: &mut Canvas, at: Area, history: &History) {
        let values = history.samples().map(self.of);
        let highest = values.clone().fold(0.0, f64::max);
        let width = PLOTTED_FRAMES as i32 * canvas.scale;
        let area = Area::new(at.right() - width, at.y, width, at.height);
        self.draw_bars(canvas, area, values, highest.max(self.min_top));
        let newest = (self.of)(&history.newest());
        let right = area.x - canvas.px(8);
        let lines = [
            (self.label, newest, palette::TEXT),
            ("max", highest, palette::LABEL),
        ];
        for (row, (label, value, color)) in (0..).zip(lines) {
            let y = at.y + canvas.px(15 * row - 1);
            canvas.text(at.x, y, label, palette::LABEL);
            canvas.text_right(right, y, &(self.text)(value), color);
        }
    }

    /// A bar for each value, the last one at the right edge.
    fn draw_bars(
        &self,
        canvas: &mut Canvas,
        area: Area,
        values: impl ExactSizeIterator<Item = f64>,
        top: f64,
    ) {
        canvas.fill(area, palette::TRACK);
        let bar = canvas.scale;
        let left = area.right() - values.len() as i32 * bar;
        for (index, value) in (0..).zip(values) {
            let height = (value / top * f64::from(area.height)).round() as i32;
            let y = area.y + area.height - height;
            let at = Area::new(left + index * bar, y, bar, height);
            canvas.blend(at, self.color, BAR_OPACITY);
            canvas.fill(Area::new(at.x, y, bar, bar.min(height)), self.color);
        }
    }
}
