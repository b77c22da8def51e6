//! The queue's core under a scheduler that explores interleavings: nothing lost, newest wins, bounded, no deadlock.
//!
//! The library's files are included here, with shuttle's locks in the place of the standard library's. A deadlock,
//! or a schedule without end, fails a run; shuttle prints the schedule to replay it.

#[allow(dead_code)]
#[path = "../src/uploader/queue/mod.rs"]
mod queue;

mod sync {
    pub use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub use shuttle::thread::{ThreadId, current};
}

use std::collections::HashMap;
use std::sync::Arc;

use queue::{PushError, Queue, WhenFull};
use shuttle::sync::atomic::{AtomicU32, Ordering};
use shuttle::thread;

const SCHEDULES: usize = 10_000;
const PUSHERS: u32 = 3;
const VERSIONS: u32 = 5;
const BYTES: u64 = 10;

type Name = (u32, u32);
type TestQueue = Arc<Queue<Name, u32>>;

/// By chance, and by few changes of priority at the places where they hurt most.
fn explore(test: impl Fn() + Send + Sync + Copy + 'static) {
    shuttle::check_random(test, SCHEDULES);
    shuttle::check_pct(test, SCHEDULES, 3);
}

fn queue(parcels: u64) -> TestQueue {
    Arc::new(Queue::new(parcels * BYTES))
}

/// The versions of two names, one after the other. How many were queued.
fn push_versions(queue: &TestQueue, pusher: u32, when_full: WhenFull) -> u64 {
    let push = |version: u32| {
        let name = (pusher, version % 2);
        queue.push(name, version, BYTES, when_full).is_ok()
    };
    (0..VERSIONS).filter(|version| push(*version)).count() as u64
}

/// What the owner got.
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

/// All pushers against one owner, until everything pushed is accounted for.
fn push_and_take(when_full: WhenFull) -> (Owner, u64) {
    let queue = queue(LIMIT);
    let running = Arc::new(AtomicU32::new(PUSHERS));
    let pushers: Vec<_> = (0..PUSHERS)
        .map(|pusher| {
            let (queue, running) = (Arc::clone(&queue), Arc::clone(&running));
            thread::spawn(move || {
                let queued = push_versions(&queue, pusher, when_full);
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
        owner.taken + stats.displaced,
        queued,
        "each is taken or displaced, and not twice"
    );
    (owner, queued)
}

/// An owner that sets aside every other parcel it takes: what it accepted, and what it gave up for others.
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
                    let queued = push_versions(&queue, pusher, WhenFull::Wait);
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
            "what is set aside makes nobody wait"
        );
        owner.take(&queue, u64::MAX);
        let stats = queue.stats();
        assert_eq!((stats.queued, stats.set_aside), (0, 0), "nothing stays behind");
        assert_eq!(
            owner.taken + given_up + stats.displaced,
            queued,
            "each is taken, displaced or given up, and not twice"
        );
    });
}

#[test]
fn with_waiting_nothing_is_lost_and_the_newest_wins() {
    explore(|| {
        let (owner, queued) = push_and_take(WhenFull::Wait);
        assert_eq!(queued, u64::from(PUSHERS * VERSIONS), "none is refused");
        for pusher in 0..PUSHERS {
            let last = [owner.newest[&(pusher, 0)], owner.newest[&(pusher, 1)]];
            assert_eq!(last, [VERSIONS - 1, VERSIONS - 2], "the last versions came");
        }
    });
}

#[test]
fn with_refusing_what_was_queued_is_taken_or_displaced() {
    explore(|| {
        push_and_take(WhenFull::Refuse);
    });
}

#[test]
fn with_replacing_no_push_is_refused() {
    explore(|| {
        let (_, queued) = push_and_take(WhenFull::ReplaceOldest);
        assert_eq!(queued, u64::from(PUSHERS * VERSIONS));
    });
}

#[test]
fn closing_ends_all_who_wait_and_drops_what_is_queued() {
    explore(|| {
        let queue: Arc<Queue<Name, Arc<()>>> = Arc::new(Queue::new(BYTES));
        let alive = Arc::new(());
        let pushers: Vec<_> = (0..PUSHERS)
            .map(|pusher| {
                let (queue, alive) = (Arc::clone(&queue), Arc::clone(&alive));
                thread::spawn(move || {
                    let push = |n| queue.push((pusher, n), Arc::clone(&alive), BYTES, WhenFull::Wait);
                    (0..2).map(push).collect::<Vec<_>>()
                })
            })
            .collect();
        let taken = queue.drain(BYTES).count() as u64;
        queue.close();
        let results: Vec<_> = pushers.into_iter().flat_map(|p| p.join().unwrap()).collect();
        let queued = results.iter().filter(|result| result.is_ok()).count() as u64;
        assert!(queued >= taken, "what was taken had been queued");
        assert!(queued <= taken + 2, "one inside, one let in: the rest is refused");
        assert!(results.contains(&Err(PushError::Closed)));
        assert_eq!(Arc::strong_count(&alive), 1, "every value is dropped");
        assert_eq!(queue.drain(BYTES).count(), 0);
    });
}

#[test]
fn a_newer_version_ends_the_wait_of_an_older_one() {
    explore(|| {
        let queue = queue(1);
        queue.push((9, 9), 0, BYTES, WhenFull::Wait).unwrap();
        let push = |version, waiting| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                while queue.stats().waiting < waiting {
                    thread::yield_now();
                }
                queue.push((1, 1), version, BYTES, WhenFull::Wait).unwrap();
            })
        };
        let (older, newer) = (push(1, 0), push(2, 1));
        // Before anything is taken: so it is the newer one that lets it go.
        older.join().unwrap();
        let mut taken: Vec<_> = queue.drain(u64::MAX).collect();
        newer.join().unwrap();
        taken.extend(queue.drain(u64::MAX));
        assert_eq!(taken, [((9, 9), 0), ((1, 1), 2)]);
        assert_eq!(queue.stats().displaced, 1);
    });
}

/// A version that waits, and a newer one that needn't: by its size, or since it drops what is older.
fn overtake(bytes: u64, when_full: WhenFull) -> Vec<(Name, u32)> {
    let queue = queue(2);
    queue.push((9, 9), 0, BYTES, WhenFull::Wait).unwrap();
    queue.push((1, 1), 0, BYTES, WhenFull::Wait).unwrap();
    let older = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || queue.push((1, 1), 1, 2 * BYTES, WhenFull::Wait).unwrap())
    };
    while queue.stats().waiting == 0 {
        thread::yield_now();
    }
    queue.push((1, 1), 2, bytes, when_full).unwrap();
    older.join().unwrap();
    queue.drain(u64::MAX).collect()
}

#[test]
fn an_older_version_that_waits_never_follows_a_newer_one() {
    explore(|| {
        let taken = overtake(BYTES, WhenFull::Wait);
        assert_eq!(taken, [((9, 9), 0), ((1, 1), 2)]);
        let taken = overtake(2 * BYTES, WhenFull::ReplaceOldest);
        assert_eq!(taken, [((1, 1), 2)]);
    });
}

#[test]
fn a_large_parcel_that_waits_is_not_passed_by_small_ones() {
    explore(|| {
        let queue = queue(2);
        queue.push((0, 0), 0, BYTES, WhenFull::Wait).unwrap();
        let push = |name, bytes, waiting| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                while queue.stats().waiting < waiting {
                    thread::yield_now();
                }
                queue.push(name, 0, bytes, WhenFull::Wait).unwrap();
            })
        };
        let large = push((1, 0), 2 * BYTES, 0);
        let small = push((2, 0), BYTES, 1);
        while queue.stats().waiting < 2 {
            thread::yield_now();
        }
        let refused = queue.push((3, 0), 0, BYTES, WhenFull::Refuse);
        assert!(refused.is_err(), "who won't wait comes after those who do");
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
                    queue
                        .push((0, version), version, 5 * BYTES, WhenFull::Wait)
                        .unwrap();
                    queue.push((1, version), version, BYTES, WhenFull::Wait).unwrap();
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
