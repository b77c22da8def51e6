//! Replays one trace through every cache and checks what must hold whatever the figures are.

use bench_kit::outcome::Outcome;
use bench_kit::pages::{Pages, page_bytes};
use bench_kit::reference::Cache;
use bench_kit::regions::{Cutting, Regions};
use bench_kit::trace::Trace;
use bench_kit::workload::Workload;

/// The caches whose times are compared.
const TIMED: [Cache; 3] = [Cache::Ours, Cache::EtagereLru, Cache::GuillotiereLru];
/// The fastest of this many replays counts: other work on the machine only adds time.
const TIMED_REPLAYS: usize = 3;
/// Replays longer than this are not repeated.
const LONG_REPLAY_NS: f64 = 2e9;

pub struct Run {
    pub workload: Workload,
    pub pages: Pages,
    largest_frame_bytes: u64,
    outcomes: [Outcome; 5],
    ns_per_placing: [f64; 3],
}

impl Run {
    pub fn measure(workload: Workload, page_count: u32, seed: u64) -> Run {
        let trace = workload.trace(page_count, seed);
        let pages = workload.pages(page_count);
        let mut outcomes = Cache::ALL.map(|cache| cache.replay(&trace, pages));
        for _ in 1..TIMED_REPLAYS {
            for (cache, outcome) in Cache::ALL.into_iter().zip(&mut outcomes) {
                replay_again(cache, outcome, &trace, pages);
            }
        }
        let regions = Regions::new(&trace, pages, Cutting::AsCached);
        let largest_frame_bytes = trace.largest_frame_bytes(|pixmap| regions.bytes(pixmap));
        let ns_per_placing = TIMED.map(|cache| cache.time_placings(&trace, pages));
        Run {
            workload,
            pages,
            largest_frame_bytes,
            outcomes,
            ns_per_placing,
        }
    }

    pub fn of(&self, cache: Cache) -> &Outcome {
        &self.outcomes[Cache::ALL
            .iter()
            .position(|&other| other == cache)
            .expect("BUG: ALL has every cache")]
    }

    pub fn ns_per_placing(&self, cache: Cache) -> f64 {
        self.ns_per_placing[TIMED
            .iter()
            .position(|&other| other == cache)
            .expect("BUG: only timed caches are asked for")]
    }

    /// Returns the misses of `a` per miss of `b`.
    pub fn misses(&self, a: Cache, b: Cache) -> f64 {
        self.of(a).misses as f64 / self.of(b).misses as f64
    }

    pub fn missed_bytes(&self, a: Cache, b: Cache) -> f64 {
        self.of(a).missed_bytes as f64 / self.of(b).missed_bytes as f64
    }

    pub fn max_pages_moved_in_a_frame(&self) -> f64 {
        self.of(Cache::Ours).max_frame_moved_bytes as f64 / page_bytes(self.pages.side) as f64
    }

    pub fn frames_fit_in_half(&self) -> bool {
        self.largest_frame_bytes <= self.pages.bytes() / 2
    }

    /// Panics if a replay contradicts its rules.
    pub fn check(&self) {
        let name = self.workload.name();
        let ideal = self.of(Cache::IdealLru);
        assert!(
            self.frames_fit_in_half(),
            "{name}: every frame fits in half the budget"
        );
        for (cache, outcome) in Cache::ALL.into_iter().zip(&self.outcomes) {
            let at = format!("{name}, {} pages, {}", self.pages.count, cache.name());
            assert_eq!(
                outcome.requests, ideal.requests,
                "{at}: all caches see the same requests"
            );
            assert!(outcome.misses <= outcome.requests, "{at}: a miss is a request");
            assert!(
                outcome.misses > 0 && outcome.missed_bytes >= 4 * outcome.misses,
                "{at}: every miss has bytes"
            );
            assert!(
                (0.0..=1.0).contains(&outcome.fill),
                "{at}: no page is more than full"
            );
            let kept = outcome.misses - outcome.refused - outcome.evictions;
            assert!(kept <= ideal.requests, "{at}: no more is evicted than was placed");
            assert!(
                outcome.max_frame_moved_bytes <= outcome.moved_bytes,
                "{at}: one frame moves no more than all frames do"
            );
        }
        for atlas in [Cache::EtagereLru, Cache::GuillotiereLru] {
            let outcome = self.of(atlas);
            // A refusal, when nothing older is left to evict, breaks the recency order that the bound relies on.
            let beaten = outcome.refused == 0 && outcome.misses < ideal.misses;
            assert!(!beaten, "{name}: {} beat the ideal LRU", atlas.name());
        }
        assert_eq!(ideal.refused, 0, "{name}: everything a frame needs fits");
        assert_eq!(
            self.of(Cache::Ours).refused,
            0,
            "{name}: frames of a third of the budget are never refused"
        );
    }
}

/// Keeps the faster time. All other figures must repeat exactly.
fn replay_again(cache: Cache, outcome: &mut Outcome, trace: &Trace, pages: Pages) {
    if !TIMED.contains(&cache) || outcome.ns_per_request * outcome.requests as f64 > LONG_REPLAY_NS {
        return;
    }
    let again = cache.replay(trace, pages);
    let ns_per_request = outcome.ns_per_request.min(again.ns_per_request);
    *outcome = Outcome {
        ns_per_request,
        ..*outcome
    };
    assert_eq!(
        Outcome {
            ns_per_request,
            ..again
        },
        *outcome,
        "{}: a replay repeats exactly",
        cache.name()
    );
}
