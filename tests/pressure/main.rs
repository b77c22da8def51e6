//! The whole cache under pressure and over time, against a simple model: entries that every frame shows, idle steps,
//! budget cuts, few pages, tiny and page-sized pixmaps, refusals in series, and an owner that moves between threads.
//!
//! `api_model` drives the whole public surface; here time passes, and the model knows what may be evicted. On wgpu's noop
//! device. `PROPTEST_CASES=100000 cargo test --release --test pressure` runs it for longer.

mod met;
mod model;
mod steps;

use std::cell::Cell;

use pixmap_cache::CacheDescriptor;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use self::met::Met;
use self::model::Model;
use self::steps::{Step, descriptor, step};

const CASES: u32 = 1_000;
const STEPS: usize = 60;

/// Runs the steps up to each `Move` on a thread of their own.
fn run(descriptor: &CacheDescriptor, steps: &[Step]) -> Met {
    let mut model = Model::new(descriptor);
    for steps in steps.split_inclusive(|step| matches!(step, Step::Move)) {
        let thread = std::thread::scope(|scope| {
            let run = || steps.iter().for_each(|step| model.run(*step));
            scope.spawn(run).join()
        });
        if let Err(panic) = thread {
            std::panic::resume_unwind(panic);
        }
        model.met.threads += 1;
    }
    model.met
}

#[test]
fn what_is_in_use_or_was_seen_stays_whatever_time_and_pressure_do() {
    let mut config = ProptestConfig::with_cases(CASES);
    config.rng_seed = RngSeed::Fixed(11);
    if let Ok(cases) = std::env::var("PROPTEST_CASES") {
        config.cases = cases.parse().expect("a number of cases");
        config.rng_seed = RngSeed::Random;
    }
    config.failure_persistence = None;
    let strategy = (descriptor(), vec(step(), STEPS));
    let all = Cell::new(Met::default());
    let outcome = TestRunner::new(config).run(&strategy, |(descriptor, steps)| {
        all.update(|before| before.and(run(&descriptor, &steps)));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(all.get().is_enough(), "{:?}", all.get());
}
