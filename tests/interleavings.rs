//! The upload queue under a scheduler that explores interleavings: nothing is lost, the newest version wins, the queue is
//! bounded, and there is no deadlock.
//!
//! The queue's files are compiled into this test with shuttle's locks instead of the standard library's: `#[path]` does
//! that without a shuttle dependency or a build flag in the library. Shuttle fails a schedule that deadlocks or doesn't
//! end, and prints it for a replay.

#[allow(dead_code, reason = "what the cache calls and these tests don't")]
#[path = "../src/uploader/queue/mod.rs"]
mod queue;

mod sync {
    pub use shuttle::sync::{Condvar, Mutex, MutexGuard};
}

use std::collections::HashMap;
use std::sync::Arc;

use queue::{Queue, UploadError};
use shuttle::sync::atomic::{AtomicU32, Ordering};
use shuttle::thread;

const SCHEDULES: usize = 10_000;
const PUSHERS: u32 = 3;
const VERSIONS: u32 = 5;
const BYTES: u64 = 10;

type Name = (u32, u32);
type TestQueue = Arc<Queue<Name, u32>>;

/// Explores schedules at random, and with few changes of priority at the steps where they matter most (PCT).
fn explore(test: impl Fn() + Send + Sync + Copy + 'static) {
    shuttle::check_random(test, SCHEDULES);
    shuttle::check_pct(test, SCHEDULES, 3);
}

fn queue(parcels: u64) -> TestQueue {
    Arc::new(Queue::new(parcels * BYTES))
}

/// A way to push: with or without waiting.
type Push = fn(&TestQueue, Name, u32) -> Result<(), UploadError<(Name, u32)>>;

const WAIT: Push = |queue, name, version| queue.push_blocking(name, version, BYTES);
const TRY: Push = |queue, name, version| queue.push(name, version, BYTES);

/// Pushes the versions of two names in turn. Returns how many were queued.
fn push_versions(queue: &TestQueue, pusher: u32, push: Push) -> u64 {
    let push = |version: u32| {
        let name = (pusher, version % 2);
        match push(queue, name, version) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.into_inner(), (name, version), "a refusal gives it back");
                false
            }
        }
    };
    (0..VERSIONS).filter(|version| push(*version)).count() as u64
}

/// What the owner has taken.
#[derive(Default)]
struct Owner {
    newest: HashMap<Name, u32>,
    taken: u64,
}

impl Owner {
    fn take(&mut self, queue: &TestQueue, limit_bytes: u64) {
        for (name, version) in queue.drain(limit_bytes) {
            let older = self.newest.insert(name, version);
            assert!(older.is_none_or(|older| older < version), "newest wins");
            self.taken += 1;
        }
        check_bound(queue);
    }
}

fn check_bound(queue: &TestQueue) {
    let stats = queue.stats();
    assert!(stats.queued_bytes <= queue_limit(), "bounded: {stats:?}");
    assert_eq!(stats.queued_bytes, u64::from(stats.queued) * BYTES, "sums agree");
    assert!(stats.set_aside_bytes <= queue_limit(), "bounded: {stats:?}");
    assert_eq!(
        stats.set_aside_bytes,
        u64::from(stats.set_aside) * BYTES,
        "sums agree"
    );
}

const LIMIT: u64 = 2;

fn queue_limit() -> u64 {
    LIMIT * BYTES
}

/// Runs all pushers against one owner, until everything pushed is accounted for.
fn push_and_take(push: Push) -> (Owner, u64) {
    let queue = queue(LIMIT);
    let running = Arc::new(AtomicU32::new(PUSHERS));
    let pushers: Vec<_> = (0..PUSHERS)
        .map(|pusher| {
            let (queue, running) = (Arc::clone(&queue), Arc::clone(&running));
            thread::spawn(move || {
                let queued = push_versions(&queue, pusher, push);
                running.fetch_sub(1, Ordering::SeqCst);
                queued
            })
        })
        .collect();
    let mut owner = Owner::default();
    while running.load(Ordering::SeqCst) > 0 {
        owner.take(&queue, BYTES);
        thread::yield_now();
    }
    let queued = pushers.into_iter().map(|pusher| pusher.join().unwrap()).sum();
    owner.take(&queue, u64::MAX);
    let stats = queue.stats();
    assert_eq!((stats.queued, stats.waiting), (0, 0), "nothing stays behind");
    assert_eq!(
        owner.taken + stats.superseded,
        queued,
        "each is taken or superseded, and not twice"
    );
    (owner, queued)
}

/// Takes parcels and sets aside every other one. Counts those given up for others.
fn take_with_refusals(owner: &mut Owner, queue: &TestQueue, tries: &mut u32, given_up: &mut u64) {
    let mut drain = queue.drain(u64::MAX);
    while let Some((name, version)) = drain.next() {
        *tries += 1;
        if tries.is_multiple_of(2) {
            *given_up += drain.set_aside(name, version).len() as u64;
            continue;
        }
        let older = owner.newest.insert(name, version);
        assert!(older.is_none_or(|older| older < version), "newest wins");
        owner.taken += 1;
    }
    drop(drain);
    check_bound(queue);
}

#[test]
fn what_is_set_aside_is_neither_lost_nor_older_than_what_came_before() {
    explore(|| {
        let queue = queue(LIMIT);
        let running = Arc::new(AtomicU32::new(PUSHERS));
        let pushers: Vec<_> = (0..PUSHERS)
            .map(|pusher| {
                let (queue, running) = (Arc::clone(&queue), Arc::clone(&running));
                thread::spawn(move || {
                    let queued = push_versions(&queue, pusher, WAIT);
                    running.fetch_sub(1, Ordering::SeqCst);
                    queued
                })
            })
            .collect();
        let (mut owner, mut tries, mut given_up) = (Owner::default(), 0, 0);
        while running.load(Ordering::SeqCst) > 0 {
            take_with_refusals(&mut owner, &queue, &mut tries, &mut given_up);
            thread::yield_now();
        }
        let queued: u64 = pushers.into_iter().map(|pusher| pusher.join().unwrap()).sum();
        assert_eq!(
            queued,
            u64::from(PUSHERS * VERSIONS),
            "what is set aside makes no thread wait"
        );
        owner.take(&queue, u64::MAX);
        let stats = queue.stats();
        assert_eq!((stats.queued, stats.set_aside), (0, 0), "nothing stays behind");
        assert_eq!(
            owner.taken + given_up + stats.superseded,
            queued,
            "each is taken, superseded or given up, and not twice"
        );
    });
}

#[test]
fn with_waiting_nothing_is_lost_and_the_newest_wins() {
    explore(|| {
        let (owner, queued) = push_and_take(WAIT);
        assert_eq!(queued, u64::from(PUSHERS * VERSIONS), "none is refused");
        for pusher in 0..PUSHERS {
            let last = [owner.newest[&(pusher, 0)], owner.newest[&(pusher, 1)]];
            assert_eq!(last, [VERSIONS - 1, VERSIONS - 2], "the last versions came");
        }
    });
}

#[test]
fn without_waiting_what_was_queued_is_taken_or_superseded() {
    explore(|| {
        push_and_take(TRY);
    });
}

#[test]
fn a_push_without_waiting_ends_though_nothing_is_ever_taken() {
    explore(|| {
        let queue = queue(LIMIT);
        let pushers: Vec<_> = (0..PUSHERS)
            .map(|pusher| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || push_versions(&queue, pusher, TRY))
            })
            .collect();
        let queued: u64 = pushers.into_iter().map(|pusher| pusher.join().unwrap()).sum();
        check_bound(&queue);
        let stats = queue.stats();
        assert_eq!(u64::from(stats.queued) + stats.superseded, queued, "none is lost");
    });
}

#[test]
fn closing_ends_every_wait_and_loses_nothing() {
    explore(|| {
        let queue: Arc<Queue<Name, Arc<()>>> = Arc::new(Queue::new(BYTES));
        let alive = Arc::new(());
        let pushers: Vec<_> = (0..PUSHERS)
            .map(|pusher| {
                let (queue, alive) = (Arc::clone(&queue), Arc::clone(&alive));
                thread::spawn(move || {
                    let push = |n| queue.push_blocking((pusher, n), Arc::clone(&alive), BYTES);
                    (0..2).map(push).collect::<Vec<_>>()
                })
            })
            .collect();
        let taken = queue.drain(BYTES).count() as u64;
        queue.close();
        let results: Vec<_> = pushers.into_iter().flat_map(|p| p.join().unwrap()).collect();
        let queued = results.iter().filter(|result| result.is_ok()).count() as u64;
        assert!(queued >= taken, "what was taken had been queued");
        assert!(
            queued <= taken + 2,
            "one is queued, one was let in: the rest is refused"
        );
        let closed = |result: &Result<(), UploadError<_>>| matches!(result, Err(UploadError::Closed { .. }));
        assert!(
            results.iter().all(|result| result.is_ok() || closed(result)),
            "closing is the only reason"
        );
        let returned = results.len() as u64 - queued;
        let inside = queue.drain(u64::MAX).count() as u64;
        assert_eq!(taken + inside, queued, "what was queued can still be taken");
        assert_eq!(
            Arc::strong_count(&alive) as u64,
            1 + returned,
            "the rest was given back to its threads"
        );
        drop(results);
        assert_eq!(Arc::strong_count(&alive), 1, "the queue holds nothing");
    });
}

#[test]
fn a_newer_version_ends_the_wait_of_an_older_one() {
    explore(|| {
        let queue = queue(1);
        queue.push((9, 9), 0, BYTES).unwrap();
        let push = |version, waiting| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                while queue.stats().waiting < waiting {
                    thread::yield_now();
                }
                queue.push_blocking((1, 1), version, BYTES).unwrap();
            })
        };
        let (older, newer) = (push(1, 0), push(2, 1));
        // Nothing is taken yet, so it is the newer version that ends the wait.
        older.join().unwrap();
        let mut taken: Vec<_> = queue.drain(u64::MAX).collect();
        newer.join().unwrap();
        taken.extend(queue.drain(u64::MAX));
        assert_eq!(taken, [((9, 9), 0), ((1, 1), 2)]);
        assert_eq!(queue.stats().superseded, 1);
    });
}

#[test]
fn an_older_version_that_waits_never_follows_a_newer_one() {
    explore(|| {
        let queue = queue(2);
        queue.push((9, 9), 0, BYTES).unwrap();
        queue.push((1, 1), 0, BYTES).unwrap();
        let older = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.push_blocking((1, 1), 1, 2 * BYTES).unwrap())
        };
        while queue.stats().waiting == 0 {
            thread::yield_now();
        }
        // It takes the place of the queued version, and so doesn't have to wait.
        queue.push((1, 1), 2, BYTES).unwrap();
        older.join().unwrap();
        let taken: Vec<_> = queue.drain(u64::MAX).collect();
        assert_eq!(taken, [((9, 9), 0), ((1, 1), 2)]);
    });
}

#[test]
fn a_large_parcel_that_waits_is_not_passed_by_small_ones() {
    explore(|| {
        let queue = queue(2);
        queue.push((0, 0), 0, BYTES).unwrap();
        let push = |name, bytes, waiting| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                while queue.stats().waiting < waiting {
                    thread::yield_now();
                }
                queue.push_blocking(name, 0, bytes).unwrap();
            })
        };
        let large = push((1, 0), 2 * BYTES, 0);
        let small = push((2, 0), BYTES, 1);
        while queue.stats().waiting < 2 {
            thread::yield_now();
        }
        let refused = queue.push((3, 0), 0, BYTES);
        assert!(
            refused.is_err(),
            "a push that doesn't wait comes after those that do"
        );
        let taken: Vec<_> = queue.drain(u64::MAX).map(|(name, _)| name).collect();
        assert_eq!(taken, [(0, 0), (1, 0), (2, 0)]);
        large.join().unwrap();
        small.join().unwrap();
    });
}

#[test]
fn what_exceeds_the_whole_limit_gets_in_alone() {
    explore(|| {
        let queue = queue(LIMIT);
        let pusher = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                for version in 0..2 {
                    queue.push_blocking((0, version), version, 5 * BYTES).unwrap();
                    queue.push_blocking((1, version), version, BYTES).unwrap();
                }
            })
        };
        let mut taken = Vec::new();
        while taken.len() < 4 {
            let stats = queue.stats();
            assert!(
                stats.queued_bytes <= queue_limit() || stats.queued == 1,
                "{stats:?}"
            );
            taken.extend(queue.drain(BYTES).map(|(name, _)| name));
            thread::yield_now();
        }
        pusher.join().unwrap();
        assert_eq!(taken, [(0, 0), (1, 0), (0, 1), (1, 1)]);
    });
}
