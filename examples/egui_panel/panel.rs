//! What egui shows: the panel with sliders and statistics, and the wall beside it.
//!
//! Plain egui. The wall is a shape with a callback; the statistics are those of the previous frame.

use egui::{Align, CentralPanel, Frame, Grid, Layout, ProgressBar, RichText, Slider, Ui};
use pixmap_cache::CacheStats;

use crate::callback::WallCallback;
use crate::wall::{View, Wall};

const MIB: f64 = 1024.0 * 1024.0;
const PANEL_WIDTH: f32 = 190.0;

pub struct Panel {
    budget_mib: f64,
    /// Of a picture, in points.
    side: f32,
    moves: bool,
    /// How far the wall has moved, in points, and when it was last moved.
    moved: f32,
    moved_at: f32,
    stats: CacheStats,
    left_out: usize,
}

impl Default for Panel {
    fn default() -> Self {
        Self {
            budget_mib: 4.0,
            side: 36.0,
            moves: true,
            moved: 0.0,
            moved_at: 0.0,
            stats: CacheStats::default(),
            left_out: 0,
        }
    }
}

impl Panel {
    /// Passes the slider's budget to the cache and reads its statistics.
    pub fn apply(&mut self, wall: &mut Wall) {
        let budget_bytes = (self.budget_mib * MIB) as u64;
        if wall.cache.budget() != budget_bytes {
            // What is in use is released at the start of a later frame; the statistics show it.
            let _ = wall.cache.set_budget(budget_bytes);
        }
        self.stats = wall.cache.stats();
        self.left_out = wall.left_out;
    }

    pub fn show(&mut self, ui: &mut Ui, time: f32) {
        egui::Panel::left("figures")
            .exact_size(PANEL_WIDTH)
            .resizable(false)
            .show(ui, |ui| {
                ui.add_space(6.0);
                ui.heading("pixmap-cache");
                ui.add_space(6.0);
                self.controls(ui);
                ui.add_space(4.0);
                ui.separator();
                self.figures(ui);
            });
        let paper = Frame::NONE.fill(egui::Color32::from_rgb(24, 27, 38));
        CentralPanel::default()
            .frame(paper)
            .show(ui, |ui| self.wall(ui, time));
    }

    fn controls(&mut self, ui: &mut Ui) {
        ui.spacing_mut().slider_width = 110.0;
        ui.label("Budget");
        let budget = Slider::new(&mut self.budget_mib, 1.0..=32.0).logarithmic(true);
        ui.add(budget.fixed_decimals(1).suffix(" MiB"));
        ui.label("Size of a picture");
        ui.add(
            Slider::new(&mut self.side, 16.0..=96.0)
                .fixed_decimals(0)
                .suffix(" pt"),
        );
        ui.checkbox(&mut self.moves, "The wall moves");
    }

    fn figures(&self, ui: &mut Ui) {
        let stats = &self.stats;
        let held = stats.vram_bytes as f64 / MIB;
        let share = stats.vram_bytes as f32 / stats.budget_bytes.max(1) as f32;
        ui.label("Video memory");
        ui.add(
            ProgressBar::new(share)
                .desired_height(14.0)
                .text(RichText::new(format!("{held:.1} MiB")).small()),
        );
        ui.add_space(4.0);
        let rows = [
            ("pictures", stats.entries.to_string()),
            ("pages", format!("{} of {}", stats.pages, stats.max_pages)),
            ("filled", format!("{:.0} %", 100.0 * stats.fill())),
            ("uploads", stats.uploads.to_string()),
            ("evicted", stats.evictions.to_string()),
            ("left out", self.left_out.to_string()),
        ];
        Grid::new("rows")
            .num_columns(2)
            .striped(true)
            .min_col_width(PANEL_WIDTH / 2.0 - 14.0)
            .show(ui, |ui| {
                for (name, value) in rows {
                    ui.label(name);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.monospace(value));
                    ui.end_row();
                }
            });
    }

    fn wall(&mut self, ui: &mut Ui, time: f32) {
        if self.moves {
            self.moved += 40.0 * (time - self.moved_at);
        }
        self.moved_at = time;
        let rect = ui.available_rect_before_wrap();
        let scale = ui.ctx().pixels_per_point();
        let view = View {
            size: [rect.width() * scale, rect.height() * scale],
            side: (self.side * scale).round(),
            moved: self.moved * scale,
        };
        ui.painter().add(WallCallback::shape(rect, view));
    }
}
