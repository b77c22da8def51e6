//! What doesn't wait for the GPU: frames, insertions, trimming, flushes, and other budgets of a Stepwise cache.

use pixmap_cache::{CommitPolicy, Trim};

use crate::adapters::each_gpu;
use crate::busy;
use crate::watched::{BOTH, Watched};

/// Judged by the GPU's work, not by a clock: the pass isn't done when `calls` has returned.
fn check_nothing_waits(commit: CommitPolicy, calls: impl Fn(&mut Watched<'_>)) {
    each_gpu(|gpu| {
        // llvmpipe's GL finishes its work before it writes to any texture in use.
        if gpu.software && gpu.backend == wgpu::Backend::Gl {
            return;
        }
        let mut watched = Watched::new(gpu, commit, busy::LONG);
        let pass = watched.submit_long_pass();
        watched.cache.begin_frame();
        let submissions = watched.cache.stats().submissions;
        calls(&mut watched);
        let _ = gpu.device.poll(wgpu::PollType::Poll);
        assert!(
            !pass.is_done(),
            "{commit:?}: something waited, or the pass is too short"
        );
        // lavapipe works on one submission, queues another, and blocks on the next one, whatever it contains.
        let submitted = watched.cache.stats().submissions - submissions;
        assert!(
            submitted <= 1,
            "{submitted} submissions while the pass is in flight"
        );
        gpu.wait();
        assert!(pass.is_done(), "the pass ends");
        watched.settle();
    });
}

#[test]
fn frames_trimming_and_insertions_do_not_wait_for_the_gpu() {
    for commit in BOTH {
        check_nothing_waits(commit, |watched| {
            watched.use_nothing();
            assert!(watched.cache.trim(Trim::All) > 0, "{commit:?}: nothing is in use");
            let key = watched.insert().expect("room");
            watched.cache.begin_frame();
            assert!(watched.cache.touch(key), "it is found");
            watched.insert().expect("room");
            watched.cache.begin_frame();
        });
    }
}

#[test]
fn a_flush_does_not_wait_for_the_gpu() {
    for commit in BOTH {
        check_nothing_waits(commit, |watched| {
            watched.insert().expect("room");
            watched.cache.flush();
            watched.cache.begin_frame();
        });
    }
}

#[test]
fn another_budget_of_a_stepwise_cache_does_not_wait_for_the_gpu() {
    for budget in [14, 32] {
        check_nothing_waits(CommitPolicy::Stepwise, |watched| {
            let _ = watched.set_budget(budget);
            watched.cache.begin_frame();
        });
    }
}
