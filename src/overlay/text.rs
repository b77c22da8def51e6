//! Sections of text: title, sums, counters, and the application's own lines.

use super::canvas::{Area, Canvas};
use super::descriptor::OverlayFrame;
use super::history::{History, Sample};
use super::section::{LINE, Section, WIDTH_GLYPHS};
use crate::inspect::figures;
use crate::inspect::palette;
use crate::inspect::summary::{Summary, TITLE};
use crate::stats::CacheStats;

/// Name of the crate, and the cache's frame.
pub(super) struct Title<'p>(pub(super) Summary<'p>);

impl Section for Title<'_> {
    fn height(&self) -> i32 {
        LINE
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        canvas.text(at.x, at.y, TITLE, palette::ACCENT);
        canvas.text_right(at.right(), at.y, &self.0.frame(), palette::LABEL);
    }
}

/// What the cache holds now, in two columns.
pub(super) struct Sums<'p>(pub(super) Summary<'p>);

impl Section for Sums<'_> {
    fn height(&self) -> i32 {
        2 * LINE
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        let summary = self.0;
        let sums = [
            summary.entries(),
            summary.pages(),
            summary.fill(),
            summary.protected(),
        ];
        let gutter = canvas.px(24);
        let column = (at.width - gutter) / 2;
        for (index, (label, value)) in (0..).zip(sums) {
            let x = at.x + (index % 2) * (column + gutter);
            let y = at.y + canvas.px(index / 2 * LINE);
            canvas.text(x, y, label, palette::LABEL);
            canvas.text_right(x + column, y, &value, palette::TEXT);
        }
    }
}

/// What happened: in the last frame, on average, and since the cache was created.
pub(super) struct Counters<'p> {
    pub(super) stats: &'p CacheStats,
    pub(super) history: &'p History,
}

/// Rows of the table, its header included.
const COUNTER_ROWS: i32 = 7;

/// Label and values of a row.
type Row = (&'static str, [String; 3]);

impl Counters<'_> {
    fn rows(&self) -> [Row; COUNTER_ROWS as usize] {
        let stats = self.stats;
        [
            ("", ["last frame", "mean of 60", "total"].map(str::to_owned)),
            self.hits(),
            ("uploads", self.counts(|s| s.uploads, stats.uploads)),
            ("uploaded", self.bytes(|s| s.uploaded_bytes, stats.uploaded_bytes)),
            ("evictions", self.counts(|s| s.evictions, stats.evictions)),
            ("moves", self.counts(|s| s.moves, stats.moves)),
            ("moved", self.bytes(|s| s.moved_bytes, stats.moved_bytes)),
        ]
    }

    fn hits(&self) -> Row {
        let newest = self.history.newest();
        let looked_up = |sample: &Sample| sample.hits + sample.misses;
        let mean_hits = self.history.mean(|sample| sample.hits);
        let (label, total) = Summary(self.stats).hits();
        let last = figures::share(newest.hits as f64, looked_up(&newest) as f64);
        let mean = figures::share(mean_hits, self.history.mean(looked_up));
        (label, [last, mean, total])
    }

    fn counts(&self, of: fn(&Sample) -> u64, total: u64) -> [String; 3] {
        let last = of(&self.history.newest());
        let mean = self.history.mean(of);
        [figures::count(last), figures::mean(mean), figures::count(total)]
    }

    fn bytes(&self, of: fn(&Sample) -> u64, total: u64) -> [String; 3] {
        let last = of(&self.history.newest());
        [last as f64, self.history.mean(of), total as f64].map(figures::bytes)
    }
}

impl Section for Counters<'_> {
    fn height(&self) -> i32 {
        COUNTER_ROWS * LINE
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        let rule_y = at.y + canvas.px(LINE) - canvas.scale;
        let rule = Area::new(at.x, rule_y, at.width, canvas.scale);
        canvas.blend(rule, palette::LINE, 22);
        for (row, (label, values)) in (0..).zip(self.rows()) {
            let y = at.y + canvas.px(row * LINE);
            let color = if row == 0 { palette::LABEL } else { palette::TEXT };
            canvas.text(at.x, y, label, palette::LABEL);
            for (column, value) in (2..).zip(values) {
                canvas.text_right(at.x + at.width * column / 4, y, &value, color);
            }
        }
    }
}

/// The application's own lines.
pub(super) struct Lines<'p>(pub(super) &'p [(&'p str, &'p str)]);

impl<'p> Lines<'p> {
    fn shown(&self) -> &'p [(&'p str, &'p str)] {
        &self.0[..self.0.len().min(OverlayFrame::MAX_LINES)]
    }
}

impl Section for Lines<'_> {
    fn height(&self) -> i32 {
        self.shown().len() as i32 * LINE
    }

    fn draw(&self, canvas: &mut Canvas, at: Area) {
        for (row, (label, value)) in (0..).zip(self.shown()) {
            let y = at.y + canvas.px(row * LINE);
            // The value takes precedence where the two don't fit.
            let value: String = value.chars().take(WIDTH_GLYPHS).collect();
            let room = WIDTH_GLYPHS - value.chars().count();
            let label: String = label.chars().take(room).collect();
            canvas.text(at.x, y, &label, palette::LABEL);
            canvas.text_right(at.right(), y, &value, palette::TEXT);
        }
    }
}
