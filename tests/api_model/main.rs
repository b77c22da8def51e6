//! The whole public surface under random use, against a simple model: names, keys, pins, uploads and requests, budgets,
//! trimming, lost devices, mip levels, pixmaps in tiles, changes in part, textures. On wgpu's noop device, which validates every call; the GPU tests check pixels.
//!
//! `PROPTEST_CASES=300000 cargo test --release --test api_model` runs it for about an hour.

mod checks;
mod model;
mod picture;
mod pixels;
mod steps;

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;

use self::model::{Met, Model};
use self::steps::{descriptor, step};

const CASES: u32 = 1_000;
const STEPS: usize = 120;

#[test]
fn the_cache_behaves_like_a_simple_model() {
    let mut config = ProptestConfig::with_cases(CASES);
    let seed = match std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
    {
        Some(cases) => {
            config.cases = cases;
            proptest::test_runner::RngSeed::Random
        }
        None => proptest::test_runner::RngSeed::Fixed(7),
    };
    config.rng_seed = seed;
    config.failure_persistence = None;
    let met = Cell::new(Met::default());
    let strategy = (descriptor(), vec(step(), STEPS));
    let outcome = proptest::test_runner::TestRunner::new(config).run(&strategy, |(descriptor, steps)| {
        let mut model = Model::new(&descriptor);
        for step in steps {
            model.run(step);
        }
        model.check_budget();
        met.update(|before| before.and(model.met));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(met.get().is_enough(), "{:?}", met.get());
}
