//! Plots of the last frames: a bar per frame, the newest at the right.

use std::hash::Hash;
use std::time::Duration;

use super::canvas::{Area, Canvas, Color};
use super::history::{PLOTTED_FRAMES, Sample};
use super::palette;
use super::panel::Panel;
use crate::inspect::figures;

/// Height of a plot at scale 1, and from one to the next.
const HEIGHT: i32 = 30;
pub(super) const PITCH: i32 = 36;

/// One row of the plots.
struct Plot {
    label: &'static str,
    color: Color,
    of: fn(&Sample) -> f64,
    /// The scale's end at least.
    min_top: f64,
    text: fn(f64) -> String,
}

const FILL: Plot = Plot {
    label: "fill",
    color: palette::FILL_PLOT,
    of: |sample| f64::from(sample.fill),
    min_top: 1.0,
    text: |share| figures::share(share, 1.0),
};

const UPLOADED: Plot = Plot {
    label: "uploaded",
    color: palette::UPLOAD_PLOT,
    of: |sample| sample.uploaded_bytes as f64,
    min_top: 1024.0,
    text: figures::bytes,
};

const MOVED: Plot = Plot {
    label: "moved",
    color: palette::MOVE_PLOT,
    of: |sample| sample.moved_bytes as f64,
    min_top: 1024.0,
    text: figures::bytes,
};

const FRAME_TIME: Plot = Plot {
    label: "frame",
    color: palette::TIME_PLOT,
    of: |sample| sample.frame_time.map_or(0.0, milliseconds),
    // Two frames at 60 a second.
    min_top: 33.3,
    text: |milliseconds| format!("{milliseconds:.1} ms"),
};

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl<N: Hash + Eq> Panel<'_, '_, N> {
    pub(super) fn plot_count(&self) -> i32 {
        3 + i32::from(self.frame.frame_time.is_some())
    }

    pub(super) fn draw_plots(&self, canvas: &mut Canvas, at: Area) {
        let timed = self.frame.frame_time.map(|_| &FRAME_TIME);
        let plots = [&FILL, &UPLOADED, &MOVED].into_iter().chain(timed);
        for (row, plot) in (0..).zip(plots) {
            let y = at.y + canvas.px(row * PITCH);
            self.draw_plot(canvas, Area::new(at.x, y, at.width, canvas.px(HEIGHT)), plot);
        }
    }

    fn draw_plot(&self, canvas: &mut Canvas, at: Area, plot: &Plot) {
        let bar = canvas.scale;
        let width = PLOTTED_FRAMES as i32 * bar;
        let area = Area::new(at.right() - width, at.y, width, at.height);
        canvas.fill(area, palette::PLOT);
        let values = self.history.samples().map(plot.of);
        let highest = values.clone().fold(0.0, f64::max);
        let top = highest.max(plot.min_top);
        let left = area.right() - values.len() as i32 * bar;
        for (index, value) in (0..).zip(values) {
            let height = (value / top * f64::from(area.height)).round() as i32;
            let y = area.y + area.height - height;
            let at = Area::new(left + index * bar, y, bar, height);
            canvas.fill(at, palette::faint(plot.color));
            canvas.fill(Area::new(at.x, y, bar, bar.min(height)), plot.color);
        }
        let newest = (plot.of)(&self.history.newest());
        let right = area.x - canvas.px(8);
        let lines = [
            (plot.label, newest, palette::TEXT),
            ("max", highest, palette::LABEL),
        ];
        for (row, (label, value, color)) in (0..).zip(lines) {
            let y = at.y + canvas.px(15 * row - 1);
            canvas.text(at.x, y, label, palette::LABEL);
            canvas.text_right(right, y, &(plot.text)(value), color);
        }
    }
}
