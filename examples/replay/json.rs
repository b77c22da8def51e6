//! Outcomes as one JSON object, for other programs. Field names are a promise; `tests/replay.rs` pins them.

use crate::reference::Cache;
use crate::reference::outcome::Outcome;

/// `{"pixmap-cache": {"requests": …, …}, …}`, with a line feed at the end. `fill` is the mean.
pub fn object(outcomes: &[(Cache, Outcome)]) -> String {
    let members: Vec<String> = outcomes
        .iter()
        .map(|(cache, outcome)| format!("  \"{}\": {}", cache.name(), member(outcome)))
        .collect();
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

fn member(outcome: &Outcome) -> String {
    let fields = [
        ("requests", outcome.requests.to_string()),
        ("misses", outcome.misses.to_string()),
        ("missed_bytes", outcome.missed_bytes.to_string()),
        ("evictions", outcome.evictions.to_string()),
        ("fill", format!("{:.4}", outcome.fill)),
        ("moved_bytes", outcome.moved_bytes.to_string()),
        ("max_frame_moved_bytes", outcome.max_frame_moved_bytes.to_string()),
        ("refused", outcome.refused.to_string()),
        ("ns_per_request", format!("{:.1}", outcome.ns_per_request)),
    ];
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("\"{name}\": {value}"))
        .collect();
    format!("{{{}}}", fields.join(", "))
}
