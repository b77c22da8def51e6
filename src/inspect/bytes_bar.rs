//! The bar that shows what the video memory is used for, with the labels and colors of its parts.
//!
//! Bytes of textures that are being released are no part: the bar leaves them blank.

use super::bytes::VramBytes;
use super::palette::{self, Color};

/// How many of the parts, from the first one, can be found on a page: all of them except the table.
pub(crate) const PAGE_PARTS: usize = 4;

/// One use of the bytes, and its stretch of the bar.
pub(crate) struct Part {
    pub(crate) label: &'static str,
    pub(crate) color: Color,
    pub(crate) bytes: u64,
    /// Where the stretch begins and ends, in shares of the bar's length.
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// Returns the parts of a bar that stands for `budget_bytes`, or for all of `bytes` where these are more.
pub(crate) fn parts(bytes: &VramBytes, budget_bytes: u64) -> [Part; 5] {
    let whole = budget_bytes.max(bytes.total()).max(1) as f64;
    let mut sum = 0;
    let uses = [
        ("live", palette::LIVE, bytes.live),
        ("dead", palette::DEAD, bytes.dead),
        ("waste", palette::WASTE, bytes.waste),
        ("free", palette::UNUSED, bytes.free),
        ("table", palette::TABLE, bytes.table),
    ];
    uses.map(|(label, color, bytes)| {
        let start = sum as f64 / whole;
        sum += bytes;
        Part {
            label,
            color,
            bytes,
            start,
            end: sum as f64 / whole,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_follow_each_other_and_end_within_the_bar() {
        let bytes = VramBytes {
            live: 50,
            dead: 10,
            waste: 5,
            free: 15,
            table: 20,
            releasing: 100,
        };
        for budget in [0, 100, 400] {
            let parts = parts(&bytes, budget);
            assert_eq!(parts[0].start, 0.0, "the bar begins with the first part");
            for pair in parts.windows(2) {
                assert_eq!(pair[0].end, pair[1].start, "no gap between two parts");
            }
            let end = 100.0 / budget.max(200) as f64;
            assert_eq!(
                parts[4].end, end,
                "releasing bytes and the unused budget stay blank"
            );
            let on_pages: u64 = parts[..PAGE_PARTS].iter().map(|part| part.bytes).sum();
            assert_eq!(on_pages, 80, "the table is on no page");
        }
    }
}
