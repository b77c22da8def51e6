//! Holds the guides: how to integrate the cache, why it is built as it is, what it costs, and what it promises.
//!
//! These modules contain text only.

#[doc = include_str!("../docs/integrating.md")]
pub mod integrating {}

#[doc = include_str!("../docs/design.md")]
pub mod design {}

#[doc = include_str!("../docs/benchmarks.md")]
pub mod benchmarks {}

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("../docs/qpixmapcache.md")]
pub mod qpixmapcache {}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Reads a file that the document names, below `tests/` or `src/`.
    fn source(path: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let texts = ["tests", "src"].map(|folder| std::fs::read_to_string(root.join(folder).join(path)));
        let text = texts.into_iter().find_map(Result::ok);
        text.unwrap_or_else(|| panic!("docs/qpixmapcache.md names {path}, which does not exist"))
    }

    #[test]
    fn every_test_that_a_promise_names_exists() {
        let mut checked = 0;
        for row in include_str!("../docs/qpixmapcache.md").lines() {
            let Some((_, cell)) = row.trim_end_matches([' ', '|']).rsplit_once('|') else {
                continue;
            };
            let mut text = String::new();
            for code in cell.split('`').skip(1).step_by(2) {
                if code.ends_with(".rs") {
                    text = source(code);
                } else if !code.ends_with('/') {
                    assert!(text.contains(&format!("fn {code}(")), "no test is named {code}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 20, "only {checked} names were found");
    }
}
