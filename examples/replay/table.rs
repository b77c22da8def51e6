//! Outcomes as text for people: the figures, then their ratios to the ideal LRU's.

use std::fmt::Write;

use super::bytes::show_bytes;
use bench_kit::columns::aligned_figures;
use bench_kit::outcome::Outcome;
use bench_kit::pages::Pages;
use bench_kit::reference::Cache;
use bench_kit::regions::{Cutting, Regions};
use bench_kit::trace::Trace;

/// A column: its heading, and the figure of an outcome.
struct Column {
    heading: &'static str,
    show: fn(&Outcome) -> String,
}

const COLUMNS: [Column; 11] = [
    Column {
        heading: "requests",
        show: |outcome| outcome.requests.to_string(),
    },
    Column {
        heading: "misses",
        show: |outcome| outcome.misses.to_string(),
    },
    Column {
        heading: "missed",
        show: |outcome| show_bytes(outcome.missed_bytes),
    },
    Column {
        heading: "evictions",
        show: |outcome| outcome.evictions.to_string(),
    },
    Column {
        heading: "fill",
        show: |outcome| format!("{:.3}", outcome.fill),
    },
    Column {
        heading: "fill p5",
        show: |outcome| format!("{:.3}", outcome.fill_p5),
    },
    Column {
        heading: "moved",
        show: |outcome| show_bytes(outcome.moved_bytes),
    },
    Column {
        heading: "moved/missed",
        show: |outcome| format!("{:.3}", outcome.moved_per_missed_byte()),
    },
    Column {
        heading: "max moved/frame",
        show: |outcome| show_bytes(outcome.max_frame_moved_bytes),
    },
    Column {
        heading: "refused",
        show: |outcome| outcome.refused.to_string(),
    },
    Column {
        heading: "ns/request",
        show: |outcome| format!("{:.1}", outcome.ns_per_request),
    },
];

pub fn text(trace: &Trace, pages: Pages, outcomes: &[(Cache, Outcome)]) -> String {
    let mut text = String::new();
    let (frames, pixmaps) = (trace.frames().count(), trace.sizes().len());
    let distinct = show_bytes(trace.distinct_bytes());
    let regions = Regions::new(trace, pages, Cutting::AsCached);
    let largest_frame = trace.largest_frame_bytes(|pixmap| regions.bytes(pixmap));
    let (count, side, bytes) = (pages.count, pages.side, show_bytes(pages.bytes()));
    _ = writeln!(
        text,
        "trace: {} requests for {pixmaps} pixmaps ({distinct}) in {frames} frames",
        trace.touches().len()
    );
    _ = writeln!(
        text,
        "cache: {count} pages of {side} x {side}, {bytes}; the largest frame needs {}",
        show_bytes(largest_frame)
    );
    if count < 8 {
        _ = writeln!(
            text,
            "note: evacuations are costly with fewer than 8 pages; a smaller --page gives more pages"
        );
    }
    text.push('\n');
    text.push_str(&figures(outcomes));
    text.push('\n');
    text.push_str(&ratios(outcomes));
    text
}

fn figures(outcomes: &[(Cache, Outcome)]) -> String {
    let headings = COLUMNS.iter().map(|column| column.heading.to_owned());
    let mut rows = vec![std::iter::once("cache".to_owned()).chain(headings).collect()];
    for (cache, outcome) in outcomes {
        let figures = COLUMNS.iter().map(|column| (column.show)(outcome));
        rows.push(std::iter::once(cache.name().to_owned()).chain(figures).collect());
    }
    aligned_figures(&rows)
}

fn ratios(outcomes: &[(Cache, Outcome)]) -> String {
    let ideal = outcomes
        .iter()
        .find(|(cache, _)| *cache == Cache::IdealLru)
        .map(|(_, outcome)| *outcome);
    let ideal = ideal.expect("BUG: all caches are replayed");
    let mut rows = vec![
        ["relative to ideal-lru", "misses", "missed bytes"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (cache, outcome) in outcomes {
        let misses = outcome.misses as f64 / ideal.misses as f64;
        let bytes = outcome.missed_bytes as f64 / ideal.missed_bytes as f64;
        rows.push(vec![
            cache.name().to_owned(),
            format!("{misses:.3}"),
            format!("{bytes:.3}"),
        ]);
    }
    aligned_figures(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_possible_frame_needs_what_it_shows() {
        let trace = Trace::read(&b"18446744073709551615,a,3,3\n"[..]).expect("a trace");
        let pages = Pages { side: 64, count: 2 };
        let outcomes = Cache::ALL.map(|cache| (cache, cache.replay(&trace, pages)));
        let text = text(&trace, pages, &outcomes);
        assert!(text.contains("the largest frame needs 36 bytes"), "{text}");
    }
}
