//! The table of targets at the end of a run.

mod means;

use std::fmt;

use bench_kit::columns::aligned;

pub use means::{geometric_mean, largest, mean, smallest};

/// The bound that a figure should keep.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met_by(self, reached: f64) -> bool {
        match self {
            Target::AtMost(limit) => reached <= limit,
            Target::AtLeast(limit) => reached >= limit,
        }
    }
}

/// A target and the figure that was reached.
#[derive(Clone, Debug)]
pub struct Row {
    pub what: String,
    /// `CPU`, or the adapter's name.
    pub on: String,
    pub target: Target,
    pub reached: f64,
    /// Printed after both figures: `x`, ` ns`.
    pub unit: &'static str,
    /// How the figure was reduced, and the worst single one.
    pub note: String,
}

#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![
            ["", "what", "on", "target", "reached", "note"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for row in &self.rows {
            let (sign, limit) = match row.target {
                Target::AtMost(limit) => ("<=", limit),
                Target::AtLeast(limit) => (">=", limit),
            };
            let met = if row.target.is_met_by(row.reached) {
                "met"
            } else {
                "MISSED"
            };
            lines.push(vec![
                met.to_owned(),
                row.what.clone(),
                row.on.clone(),
                format!("{sign} {limit}{}", row.unit),
                format!("{:.3}{}", row.reached, row.unit),
                row.note.clone(),
            ]);
        }
        let met = self
            .rows
            .iter()
            .filter(|row| row.target.is_met_by(row.reached))
            .count();
        writeln!(f, "{}\n{met} of {} targets met", aligned(&lines), self.rows.len())
    }
}
