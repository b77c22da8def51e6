//! Outcomes as one JSON object, for other programs. Field names are stable: a test pins them.

use bench_kit::outcome::Outcome;
use bench_kit::reference::Cache;

/// Returns `{"pixmap-cache": {"requests": …, …}, …}` and a line feed. `fill` is the mean.
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

#[cfg(test)]
mod tests {
    use bench_kit::pages::Pages;
    use bench_kit::trace::Trace;

    use super::*;

    #[test]
    fn the_json_has_exactly_the_promised_fields() {
        let trace = Trace::read(&b"0,a,64,32\n1,b,64,32\n2,c,64,32\n"[..]).expect("a good trace");
        let pages = Pages { side: 64, count: 2 };
        let json = object(&Cache::ALL.map(|cache| (cache, cache.replay(&trace, pages))));
        let names: Vec<&str> = json.split('"').skip(1).step_by(2).collect();
        let fields = [
            "requests",
            "misses",
            "missed_bytes",
            "evictions",
            "fill",
            "moved_bytes",
            "max_frame_moved_bytes",
            "refused",
            "ns_per_request",
        ];
        let caches = [
            "pixmap-cache",
            "etagere-lru",
            "guillotiere-lru",
            "ideal-lru",
            "belady",
        ];
        let expected: Vec<&str> = caches
            .into_iter()
            .flat_map(|cache| std::iter::once(cache).chain(fields))
            .collect();
        assert_eq!(names, expected);
        assert!(
            json.starts_with("{\n")
                && json.ends_with("}\n")
                && !json.contains("NaN")
                && !json.contains("inf")
        );
    }
}
