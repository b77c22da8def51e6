//! Caches that a trace can be replayed through: pixmap-cache's `Layout` and those that it is compared with.
//!
//! Each cache has a file of its own. The rules of a replay are in `replay`. Every cache gets the same pages with the same
//! bytes, and none hashes a name: pixmaps are numbered beforehand.

mod allocator_lru;
mod belady;
mod ideal_lru;
mod pixmap_cache;
mod recency;

use self::allocator_lru::{AllocatorLru, EtagerePage, GuillotierePage};
use self::belady::Belady;
use self::ideal_lru::IdealLru;
use self::pixmap_cache::LayoutReplay;
use crate::outcome::Outcome;
use crate::pages::Pages;
use crate::replay::Replayed;
use crate::trace::Trace;

/// A cache that a trace can be replayed through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Ours,
    EtagereLru,
    GuillotiereLru,
    IdealLru,
    Belady,
}

impl Cache {
    /// All caches in the order of every table: ours, those in use today, the two bounds.
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

    /// Returns a new, empty cache of this kind for the pixmaps of `trace`, to be fed with touches as they come. The bounds see
    /// none of these: they look into the trace.
    pub fn live<'t>(self, trace: &'t Trace, pages: Pages) -> Box<dyn Replayed + 't> {
        match self {
            Cache::Ours => Box::new(LayoutReplay::new(trace, pages)),
            Cache::EtagereLru => Box::new(AllocatorLru::<EtagerePage>::new(trace, pages)),
            Cache::GuillotiereLru => Box::new(AllocatorLru::<GuillotierePage>::new(trace, pages)),
            Cache::IdealLru => Box::new(IdealLru::new(trace, pages)),
            Cache::Belady => Box::new(Belady::new(trace, pages)),
        }
    }

    /// Replays `trace` through a new cache of this kind.
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

    /// Replays `trace` through a new cache of this kind and returns the nanoseconds per placing.
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
