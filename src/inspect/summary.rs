//! A cache in a few labeled figures, for the SVG picture and the overlay.

use super::figures::{bytes, count, share};
use crate::stats::CacheStats;

/// Title of both pictures.
pub(crate) const TITLE: &str = "pixmap-cache";

/// A label and its value.
pub(crate) type Figure = (&'static str, String);

/// Spells out what the counters of a cache say.
#[derive(Clone, Copy)]
pub(crate) struct Summary<'s>(pub(crate) &'s CacheStats);

impl Summary<'_> {
    pub(crate) fn frame(self) -> String {
        format!("frame {}", count(self.0.frame))
    }

    pub(crate) fn vram(self) -> Figure {
        let (held, budget) = (self.0.vram_bytes as f64, self.0.budget_bytes as f64);
        ("VRAM", format!("{} of {}", bytes(held), bytes(budget)))
    }

    pub(crate) fn pages(self) -> Figure {
        let stats = self.0;
        let value = format!("{} of {} x {}", stats.pages, stats.max_pages, stats.page_side);
        ("pages", value)
    }

    pub(crate) fn entries(self) -> Figure {
        ("entries", count(self.0.entries.into()))
    }

    pub(crate) fn fill(self) -> Figure {
        ("fill", self.share_of_pages(self.0.live_bytes))
    }

    pub(crate) fn protected(self) -> Figure {
        ("protected", self.share_of_pages(self.0.protected_bytes))
    }

    pub(crate) fn hits(self) -> Figure {
        let (hits, misses) = (self.0.hits, self.0.misses);
        ("hits", share(hits as f64, (hits + misses) as f64))
    }

    pub(crate) fn uploads(self) -> Figure {
        ("uploads", with_bytes(self.0.uploads, self.0.uploaded_bytes))
    }

    pub(crate) fn moves(self) -> Figure {
        ("moves", with_bytes(self.0.moves, self.0.moved_bytes))
    }

    pub(crate) fn evictions(self) -> Figure {
        ("evictions", count(self.0.evictions))
    }

    fn share_of_pages(self, part_bytes: u64) -> String {
        let committed = u64::from(self.0.pages) * self.0.page_bytes;
        share(part_bytes as f64, committed as f64)
    }
}

fn with_bytes(times: u64, sum: u64) -> String {
    format!("{} ({})", count(times), bytes(sum as f64))
}
