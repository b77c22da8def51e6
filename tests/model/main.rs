//! The layout against a naive model: random operations, and the ordered ops replayed on fake pages of ids.
//!
//! A failing case shrinks and is printed. `PROPTEST_CASES=N` runs more than the usual number.

mod model;
mod step;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pixmap_cache::Size;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::Model;
use crate::step::{Step, step};

const CASES: u32 = 200;
const STEPS: usize = 2_000;

/// Steps between comparisons of everything; the others compare what the step changed.
const FULL_CHECK_EVERY: usize = 50;

/// Totals of all cases.
static EVACUATIONS: AtomicU64 = AtomicU64::new(0);
static REBUILDS: AtomicU64 = AtomicU64::new(0);
static RELEASES: AtomicU64 = AtomicU64::new(0);
static REFUSALS: AtomicU64 = AtomicU64::new(0);

#[test]
fn layout_behaves_like_the_naive_model() {
    let mut config = ProptestConfig::with_cases(CASES);
    if let Some(cases) = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()) {
        config.cases = cases;
    }
    config.failure_persistence = None;
    config.max_shrink_iters = 4_000;
    let entries = prop_oneof![1 => 20u32..200, 3 => Just(100_000u32)];
    let pages = prop_oneof![1 => 2u32..=4, 1 => 5u32..=15, 2 => 16u32..=64];
    let strategy = (pages, entries, 2u32..=64, vec(step(), STEPS));
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&strategy, |(pages, max_entries, committed, steps)| {
        let mut model = Model::new(pages, max_entries, committed.min(pages));
        for (number, step) in steps.into_iter().enumerate() {
            model.run(step);
            if number % FULL_CHECK_EVERY == 0 {
                model.check_all();
            }
        }
        model.check_all();
        EVACUATIONS.fetch_add(model.layout.stats().evacuations, Relaxed);
        REBUILDS.fetch_add(model.layout.stats().rebuilds, Relaxed);
        REFUSALS.fetch_add(model.layout.stats().refused, Relaxed);
        RELEASES.fetch_add(model.releases, Relaxed);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    println!(
        "{EVACUATIONS:?} evacuations, {REBUILDS:?} rebuilds, {RELEASES:?} releases, {REFUSALS:?} refusals"
    );
    assert!(REBUILDS.load(Relaxed) > 2_000, "too few rebuilds in all cases");
    assert!(RELEASES.load(Relaxed) > 500, "too few releases in all cases");
    assert!(
        EVACUATIONS.load(Relaxed) > 10_000,
        "too few evacuations in all cases"
    );
    assert!(REFUSALS.load(Relaxed) > 1_000, "too few refusals in all cases");
}

#[test]
fn the_same_calls_give_the_same_layout() {
    let run = || {
        let mut model = Model::new(16, 100_000, 16);
        for number in 0..5_000u32 {
            let random = number.wrapping_mul(2_654_435_761);
            let step = match random >> 29 {
                0..=3 => Step::Place(Size::new(1 + (random >> 8) % 30, 1 + (random >> 16) % 30)),
                4 | 5 => Step::Touch(random as usize),
                6 => Step::Remove(random as usize),
                _ if number % 5 == 0 => Step::BeginFrame,
                _ => Step::Touch(number as usize),
            };
            model.run(step);
        }
        let regions: Vec<_> = model
            .layout
            .keys()
            .map(|key| (key, model.layout.region(key)))
            .collect();
        (regions, model.layout.stats())
    };
    let first = run();
    assert!(first.1.evacuations > 10, "too few evacuations in the run");
    assert_eq!(first, run(), "the second run differs from the first");
}
