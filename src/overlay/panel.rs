//! The panel: its sections from top to bottom, as far as the target has room for them.

use std::hash::Hash;

use super::canvas::{Area, Canvas, Color};
use super::descriptor::{Corner, OverlayFrame};
use super::history::{History, Sample};
use super::map::{self, Grid};
use super::{font, palette, plots};
use crate::inspect::figures;
use crate::inspect::{Inspection, age_color};
use crate::layout::PageIndex;

/// Lengths at scale 1. 56 glyphs wide.
const WIDTH: i32 = 56 * font::GLYPH_WIDTH as i32;
const PADDING: i32 = 12;
const MARGIN: i32 = 12;
const LINE: i32 = 16;
const SPACE: i32 = 8;

/// What one frame's panel is drawn from.
pub(super) struct Panel<'p, 'c, N> {
    pub(super) inspection: &'p Inspection<'c, N>,
    pub(super) history: &'p History,
    pub(super) frame: &'p OverlayFrame<'p>,
    /// Texture and layer of a page, when texels are shown.
    pub(super) place_of: Option<&'p dyn Fn(PageIndex) -> u32>,
}

/// One part of the panel, with its height at scale 1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Title,
    Bytes,
    Map,
    Ages,
    Sums,
    Counters,
    Lines,
    Plots,
}

impl<N: Hash + Eq> Panel<'_, '_, N> {
    /// Draws everything and answers the panel's place.
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Area {
        let scale = self.frame.scale.clamp(1, 4) as i32;
        canvas.clear(scale);
        let grid = Grid::new(map::page_count(self.inspection), WIDTH * scale, scale);
        let sections = self.sections(&grid, scale);
        let heights = sections.iter().map(|(_, height)| height + SPACE * scale);
        let height = heights.sum::<i32>() - SPACE * scale + 2 * PADDING * scale;
        let area = self.place(Area::new(0, 0, (WIDTH + 2 * PADDING) * scale, height), scale);
        canvas.fill_below(area, palette::PANEL_EDGE);
        canvas.fill_below(area.inset(scale), palette::PANEL);
        let mut at = area.inset(PADDING * scale);
        for (section, height) in sections {
            at.height = height;
            self.draw_section(canvas, section, at, &grid);
            at.y += height + SPACE * scale;
        }
        area
    }

    /// The sections that there is room for, with their heights in pixels.
    fn sections(&self, grid: &Grid, scale: i32) -> Vec<(Section, i32)> {
        let lines = self.frame.lines.len().min(OverlayFrame::MAX_LINES) as i32;
        let all = [
            (Section::Title, LINE),
            (Section::Bytes, 2 * LINE + 10),
            (Section::Map, grid.height / scale + 2),
            (Section::Ages, LINE),
            (Section::Sums, 2 * LINE),
            (Section::Counters, 7 * LINE),
            (Section::Lines, lines * LINE),
            (Section::Plots, self.plot_count() * plots::PITCH - 6),
        ];
        let mut left = i32::try_from(self.frame.viewport[1]).unwrap_or(i32::MAX) / scale;
        left -= 2 * MARGIN + 2 * PADDING - SPACE;
        let fits = |(section, height): &(Section, i32)| {
            left -= height + SPACE;
            *section == Section::Title || left >= 0
        };
        let wanted = all.into_iter().filter(|(_, height)| *height > 0);
        let shown = wanted.take_while(fits);
        shown.map(|(section, height)| (section, height * scale)).collect()
    }

    fn place(&self, area: Area, scale: i32) -> Area {
        let [width, height] = self
            .frame
            .viewport
            .map(|side| i32::try_from(side).unwrap_or(i32::MAX));
        let margin = MARGIN * scale;
        let (right, bottom) = (width - area.width - margin, height - area.height - margin);
        let (x, y) = match self.frame.corner {
            Corner::TopLeft => (margin, margin),
            Corner::TopRight => (right, margin),
            Corner::BottomLeft => (margin, bottom),
            Corner::BottomRight => (right, bottom),
        };
        // What doesn't fit goes beyond the right and the bottom: title and first figures stay.
        Area {
            x: x.max(0),
            y: y.max(0),
            ..area
        }
    }

    fn draw_section(&self, canvas: &mut Canvas, section: Section, at: Area, grid: &Grid) {
        match section {
            Section::Title => self.draw_title(canvas, at),
            Section::Bytes => self.draw_bytes(canvas, at),
            Section::Map => self.draw_map(canvas, grid, at),
            Section::Ages => self.draw_ages(canvas, at),
            Section::Sums => self.draw_sums(canvas, at),
            Section::Counters => self.draw_counters(canvas, at),
            Section::Lines => self.draw_lines(canvas, at),
            Section::Plots => self.draw_plots(canvas, at),
        }
    }

    fn draw_title(&self, canvas: &mut Canvas, at: Area) {
        let stats = self.inspection.stats();
        canvas.text(at.x, at.y, "pixmap-cache", palette::ACCENT);
        let frame = format!("frame {}", figures::count(stats.frame));
        canvas.text_right(at.right(), at.y, &frame, palette::LABEL);
    }

    /// Video memory of the budget, a bar of where it is, and what the bar's colors mean.
    fn draw_bytes(&self, canvas: &mut Canvas, at: Area) {
        let stats = self.inspection.stats();
        let bytes = self.inspection.bytes();
        canvas.text(at.x, at.y, "VRAM", palette::LABEL);
        let (held, budget) = (stats.vram_bytes as f64, stats.budget_bytes as f64);
        let text = format!("{} of {}", figures::bytes(held), figures::bytes(budget));
        canvas.text_right(at.right(), at.y, &text, palette::TEXT);
        let shares = [
            ("live", bytes.live, palette::LIVE),
            ("dead", bytes.dead, palette::DEAD),
            ("waste", bytes.waste, palette::WASTE),
            ("free", bytes.free, palette::UNUSED),
            ("table", bytes.table, palette::TABLE),
        ];
        let bar = Area::new(at.x, at.y + canvas.px(LINE + 2), at.width, canvas.px(6));
        canvas.fill(bar, palette::PLOT);
        let whole = budget.max(held).max(1.0);
        let mut sum = 0;
        for (_, part, color) in shares {
            let edge = |bytes: u64| (bytes as f64 / whole * f64::from(bar.width)).round() as i32;
            let (left, right) = (edge(sum), edge(sum + part));
            canvas.fill(Area::new(bar.x + left, bar.y, right - left, bar.height), color);
            sum += part;
        }
        let y = bar.y + bar.height + canvas.px(2);
        for (index, (label, part, color)) in (0..).zip(shares) {
            let x = at.x + at.width * index / 5;
            let percent = format!("{label} {:.0}%", part as f64 / held.max(1.0) * 100.0);
            draw_chip(canvas, x, y, color);
            canvas.text(x + canvas.px(12), y, &percent, palette::LABEL);
        }
    }

    /// What the map's colors mean.
    fn draw_ages(&self, canvas: &mut Canvas, at: Area) {
        let mut x = at.x;
        canvas.text(x, at.y, "in use", palette::LABEL);
        x += canvas.width_of("in use ");
        let step = canvas.px(6);
        for half_stop in 0..=12u32 {
            let age = if half_stop < 2 { 0 } else { 1 << (half_stop - 2) };
            let area = Area::new(x, at.y + canvas.px(4), step, canvas.px(8));
            canvas.fill(area, palette::opaque(age_color(age)));
            x += step;
        }
        canvas.text(x, at.y, " 1,024 frames", palette::LABEL);
        let outlined = [("pinned", palette::PINNED), ("protected", palette::PROTECTED)];
        let mut right = at.right();
        for (label, color) in outlined {
            canvas.text_right(right, at.y, label, palette::LABEL);
            right -= canvas.width_of(label) + canvas.px(12);
            let chip = Area::new(right, at.y + canvas.px(4), canvas.px(8), canvas.px(8));
            canvas.frame(chip, color, canvas.scale);
            right -= canvas.px(10);
        }
    }

    /// What is there now, in two columns.
    fn draw_sums(&self, canvas: &mut Canvas, at: Area) {
        let stats = self.inspection.stats();
        let committed = (u64::from(stats.pages) * stats.page_bytes) as f64;
        let sums = [
            ("entries", figures::count(stats.entries.into())),
            (
                "pages",
                format!("{} of {} x {}", stats.pages, stats.max_pages, stats.page_side),
            ),
            ("fill", figures::share(stats.live_bytes as f64, committed)),
            (
                "protected",
                figures::share(stats.protected_bytes as f64, committed),
            ),
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

    /// What happened: in the last frame, on average, and since the cache was made.
    fn draw_counters(&self, canvas: &mut Canvas, at: Area) {
        let stats = self.inspection.stats();
        let newest = self.history.newest();
        let looked_up = |sample: &Sample| sample.hits + sample.misses;
        let hits = self.history.mean(|sample| sample.hits);
        let hits = [
            figures::share(newest.hits as f64, looked_up(&newest) as f64),
            figures::share(hits, self.history.mean(looked_up)),
            figures::share(stats.hits as f64, (stats.hits + stats.misses) as f64),
        ];
        let counts = |of: fn(&Sample) -> u64, total: u64| {
            let mean = figures::mean(self.history.mean(of));
            [figures::count(of(&newest)), mean, figures::count(total)]
        };
        let bytes = |of: fn(&Sample) -> u64, total: u64| {
            [of(&newest) as f64, self.history.mean(of), total as f64].map(figures::bytes)
        };
        let header = ["last frame", "mean of 60", "total"].map(str::to_owned);
        let rows = [
            ("", header),
            ("hits", hits),
            ("uploads", counts(|s| s.uploads, stats.uploads)),
            ("uploaded", bytes(|s| s.uploaded_bytes, stats.uploaded_bytes)),
            ("evictions", counts(|s| s.evictions, stats.evictions)),
            ("moves", counts(|s| s.moves, stats.moves)),
            ("moved", bytes(|s| s.moved_bytes, stats.moved_bytes)),
        ];
        let rule = Area::new(
            at.x,
            at.y + canvas.px(LINE) - canvas.scale,
            at.width,
            canvas.scale,
        );
        canvas.fill(rule, palette::RULE);
        for (row, (label, values)) in (0..).zip(rows) {
            let y = at.y + canvas.px(row * LINE);
            let color = if row == 0 { palette::LABEL } else { palette::TEXT };
            canvas.text(at.x, y, label, palette::LABEL);
            for (column, value) in (2..).zip(values) {
                canvas.text_right(at.x + at.width * column / 4, y, &value, color);
            }
        }
    }

    fn draw_lines(&self, canvas: &mut Canvas, at: Area) {
        let columns = (WIDTH / font::GLYPH_WIDTH as i32) as usize;
        for (row, (label, value)) in (0..).zip(self.frame.lines.iter().take(OverlayFrame::MAX_LINES)) {
            let y = at.y + canvas.px(row * LINE);
            let value: String = value.chars().take(columns).collect();
            let room = columns - value.chars().count();
            let label: String = label.chars().take(room).collect();
            canvas.text(at.x, y, &label, palette::LABEL);
            canvas.text_right(at.right(), y, &value, palette::TEXT);
        }
    }
}

fn draw_chip(canvas: &mut Canvas, x: i32, y: i32, color: Color) {
    let chip = Area::new(x, y + canvas.px(4), canvas.px(8), canvas.px(8));
    canvas.fill(chip, color);
}
