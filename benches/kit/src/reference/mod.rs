//! Caches to replay a trace through: pixmap-cache's `Layout` and what it is measured against.
//!
//! Written once; the benches and the `replay` example include this folder with `#[path]`. What a trace is and
//! how it is written is in `trace`, the rules of a replay in `replay`, what comes out of one in `outcome`,
//! and each cache has a file of its own. The built-in traces are not here but in `workload`. Every cache gets
//! the same pages in the same bytes, and none hashes a name: pixmaps are numbered beforehand.

pub mod allocator_lru;
pub mod belady;
pub mod ideal_lru;
pub mod pixmap_cache;
pub mod recency;

use self::allocator_lru::{AllocatorLru, EtagerePage, GuillotierePage};
use self::belady::Belady;
use self::ideal_lru::IdealLru;
use self::pixmap_cache::LayoutReplay;
use crate::outcome::Outcome;
use crate::pages::Pages;
use crate::trace::Trace;

/// What a trace can be replayed through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Ours,
    EtagereLru,
    GuillotiereLru,
    IdealLru,
    Belady,
}

impl Cache {
    /// In the order of every table: ours, what is used today, the two bounds.
    pub const ALL: [Cache; 5] = [
        Cache::Ours,
        Cache::EtagereLru,
        Cache::GuillotiereLru,
        Cache::IdealLru,
        Cache::Belady,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Cache::Ours => "pixmap-cache",
            Cache::EtagereLru => "etagere-lru",
            Cache::GuillotiereLru => "guillotiere-lru",
            Cache::IdealLru => "ideal-lru",
            Cache::Belady => "belady",
        }
    }

    /// Replays `trace` through a fresh cache of this kind.
    pub fn replay(self, trace: &Trace, pages: Pages) -> Outcome {
        match self {
            Cache::Ours => crate::replay::replay(trace, pages, LayoutReplay::new(trace, pages)),
            Cache::EtagereLru => {
                crate::replay::replay(trace, pages, AllocatorLru::<EtagerePage>::new(trace, pages))
            }
            Cache::GuillotiereLru => {
                crate::replay::replay(trace, pages, AllocatorLru::<GuillotierePage>::new(trace, pages))
            }
            Cache::IdealLru => crate::replay::replay(trace, pages, IdealLru::new(trace, pages)),
            Cache::Belady => crate::replay::replay(trace, pages, Belady::new(trace, pages)),
        }
    }

    /// Replays `trace` with a clock around every placing: nanoseconds per placing, evictions and failed tries
    /// included.
    pub fn time_placings(self, trace: &Trace, pages: Pages) -> f64 {
        match self {
            Cache::Ours => crate::replay::time_placings(trace, LayoutReplay::new(trace, pages)),
            Cache::EtagereLru => {
                crate::replay::time_placings(trace, AllocatorLru::<EtagerePage>::new(trace, pages))
            }
            Cache::GuillotiereLru => {
                crate::replay::time_placings(trace, AllocatorLru::<GuillotierePage>::new(trace, pages))
            }
            Cache::IdealLru => crate::replay::time_placings(trace, IdealLru::new(trace, pages)),
            Cache::Belady => crate::replay::time_placings(trace, Belady::new(trace, pages)),
        }
    }
}
