//! `IdleClock`: when a cache at rest may release memory, and what was used too recently to be evicted.
//!
//! Pure: it knows neither entries nor the GPU, and reads no clock. Invariant: `Step::seen_since` is never later than the
//! first frame of the last `every`, so that what was seen within `every` stays.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Instant;
use crate::descriptor::IdlePolicy;

/// Marks per `every`: an entry may stay longer than `every` by one mark's share of it. At most one more mark is kept.
const MARKS: u32 = 8;

/// Steps that are due, and what they must leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// What was used in this frame or later was seen within the last `every`, and stays.
    pub(super) seen_since: u64,
    /// Steps that became due since the rest began and weren't spent: each allows to evict a quarter.
    pub(super) steps: u32,
}

/// Counts the steps of a cache at rest.
///
/// A rest begins with the first frame after an insertion. Its first step is due `after` later, and each further step
/// `every` later. A frame makes at most one step due, however long the application drew nothing before it. A step that
/// found nothing to evict is offered again whenever more may be evicted, until it is spent.
///
/// A time earlier than the latest one counts as the latest one.
#[derive(Clone, Debug)]
pub(super) struct IdleClock {
    idle: Option<IdlePolicy>,
    /// The latest moment of all frames so far.
    latest: Option<Instant>,
    /// Frames and when they began, oldest first: the first is at least `every` old if any is, and all others are younger
    /// and at least an eighth of `every` apart.
    marks: VecDeque<Mark>,
    rest: Option<Rest>,
}

/// An entry last used before this frame was last seen at `at` or earlier.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Instant,
    frame: u64,
}

/// A period without insertions.
#[derive(Clone, Copy, Debug)]
struct Rest {
    /// Insertions when it began: another count ends it.
    uploads: u64,
    /// When it began, or when its last step became due.
    since: Instant,
    /// From `since` to the next step.
    wait: Duration,
    steps: u32,
    /// `seen_since` of the last step offered.
    offered: Option<u64>,
}

impl IdleClock {
    pub(super) fn new(idle: Option<IdlePolicy>) -> Self {
        Self {
            idle,
            latest: None,
            marks: VecDeque::new(),
            rest: None,
        }
    }

    /// Whether a clock has to be read.
    pub(super) fn runs(&self) -> bool {
        self.idle.is_some()
    }

    /// Notes that a frame begins, or ends, at `now`, when `uploads` pixmaps had been taken in. Returns the steps that
    /// are due, when one has become due or more may go than when they were last offered.
    pub(super) fn tick(&mut self, now: Instant, frame: u64, uploads: u64) -> Option<Step> {
        let idle = self.idle?;
        let now = self.latest.map_or(now, |latest| now.max(latest));
        self.latest = Some(now);
        self.mark(now, frame, idle.every);
        let seen_since = self.seen_since(now, idle.every);
        let Some(rest) = self.rest.as_mut().filter(|rest| rest.uploads == uploads) else {
            self.rest = Some(Rest::new(now, uploads, idle.after));
            return None;
        };
        let is_due = rest.step(now, idle.every);
        if rest.steps == 0 || !is_due && rest.offered == Some(seen_since) {
            return None;
        }
        rest.offered = Some(seen_since);
        Some(Step {
            seen_since,
            steps: rest.steps,
        })
    }

    /// Forgets the steps that are due, since what they allow has been evicted.
    pub(super) fn spend(&mut self) {
        if let Some(rest) = &mut self.rest {
            rest.steps = 0;
        }
    }

    /// Keeps the marks that a later `seen_since` may need.
    fn mark(&mut self, now: Instant, frame: u64, every: Duration) {
        // Rounded up, so that there are no more marks than eighths, and time between any two.
        let apart = every / MARKS + Duration::from_nanos(1);
        match self.marks.back_mut() {
            // Everything used before this frame was seen at this moment or earlier.
            Some(newest) if newest.at == now => newest.frame = frame,
            Some(newest) if now.saturating_duration_since(newest.at) < apart => {}
            _ => self.marks.push_back(Mark { at: now, frame }),
        }
        let is_past = |mark: &Mark| now.saturating_duration_since(mark.at) >= every;
        while self.marks.get(1).is_some_and(is_past) {
            self.marks.pop_front();
        }
    }

    /// Frame 0 while the clock has not run for `every`: nothing is known to be older.
    fn seen_since(&self, now: Instant, every: Duration) -> u64 {
        let oldest = self.marks.front();
        let past = oldest.filter(|mark| now.saturating_duration_since(mark.at) >= every);
        past.map_or(0, |mark| mark.frame)
    }
}

impl Rest {
    fn new(now: Instant, uploads: u64, after: Duration) -> Self {
        Self {
            uploads,
            since: now,
            wait: after,
            steps: 0,
            offered: None,
        }
    }

    /// Whether a step has become due. Durations are compared, not moments: a sum with `Duration::MAX` overflows.
    fn step(&mut self, now: Instant, every: Duration) -> bool {
        let is_due = now.saturating_duration_since(self.since) >= self.wait;
        if is_due {
            self.steps = self.steps.saturating_add(1);
            self.since = now;
            self.wait = every;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn clock(after: Duration, every: Duration) -> IdleClock {
        IdleClock::new(Some(IdlePolicy { after, every }))
    }

    /// One frame a second, from 1 on, the first at `start`; what each was offered and spent, with its second.
    fn run(clock: &mut IdleClock, start: Instant, seconds: u64) -> Vec<(u64, Step)> {
        let mut offered = Vec::new();
        for second in 0..seconds {
            let step = clock.tick(start + Duration::from_secs(second), second + 1, 7);
            if let Some(step) = step {
                offered.push((second, step));
                clock.spend();
            }
        }
        offered
    }

    fn seconds(steps: &[(u64, Step)]) -> Vec<u64> {
        steps.iter().map(|(second, _)| *second).collect()
    }

    #[test]
    fn the_first_step_is_due_after_and_each_other_one_every() {
        let mut clock = clock(30 * SECOND, 60 * SECOND);
        let steps = run(&mut clock, Instant::now(), 300);
        assert_eq!(seconds(&steps), [30, 90, 150, 210, 270]);
        assert!(steps.iter().all(|(_, step)| step.steps == 1), "{steps:?}");
    }

    #[test]
    fn without_idle_it_does_not_run() {
        let mut clock = IdleClock::new(None);
        assert!(!clock.runs());
        assert_eq!(run(&mut clock, Instant::now(), 1000), []);
    }

    #[test]
    fn an_insertion_begins_another_rest() {
        let mut clock = clock(30 * SECOND, 60 * SECOND);
        let start = Instant::now();
        clock.tick(start, 1, 0);
        assert!(clock.tick(start + 30 * SECOND, 2, 0).is_some());
        assert_eq!(clock.tick(start + 31 * SECOND, 3, 1), None, "its steps are gone");
        assert_eq!(clock.tick(start + 60 * SECOND, 4, 1), None);
        let step = clock.tick(start + 61 * SECOND, 5, 1).expect("30 seconds later");
        assert_eq!(step.steps, 1);
    }

    #[test]
    fn steps_that_are_not_spent_add_up_and_are_offered_when_more_may_go() {
        let mut clock = clock(30 * SECOND, 80 * SECOND);
        let start = Instant::now();
        let mut offered = Vec::new();
        for second in 0..200 {
            let step = clock.tick(start + Duration::from_secs(second), second + 1, 7);
            offered.extend(step.map(|step| (second, step.steps)));
        }
        assert_eq!(
            offered[..2],
            [(30, 1), (80, 1)],
            "nothing may go before 80 seconds"
        );
        assert!(offered.contains(&(110, 2)), "{offered:?}");
        assert_eq!(offered.last().expect("some").1, 3, "due at 190");
        assert!(offered.len() < 20, "offered in every frame: {offered:?}");
        clock.spend();
        assert_eq!(clock.tick(start + 201 * SECOND, 300, 7), None, "spent");
    }

    #[test]
    fn nothing_seen_within_every_goes_and_what_was_seen_earlier_may() {
        for (after, every) in [(30, 60), (60, 30), (0, 60), (7, 1), (0, 0), (1, 3600)] {
            let (after, every) = (after * SECOND, every * SECOND);
            let mut clock = clock(after, every);
            let start = Instant::now();
            // Frames of uneven length, some at the same moment; when each ended.
            let mut ends: Vec<Duration> = Vec::new();
            let mut now = Duration::ZERO;
            for frame in 0..20_000_u64 {
                now += Duration::from_millis(frame * frame % 7 * 100);
                ends.push(now);
                let Some(step) = clock.tick(start + now, frame + 1, 7) else {
                    continue;
                };
                // Frame f ended when frame f + 1 began.
                let ended = |frame: u64| ends[frame as usize];
                if step.seen_since > 0 {
                    assert!(now - ended(step.seen_since - 1) >= every, "{after:?} {every:?}");
                    let next = (step.seen_since as usize..ends.len())
                        .find(|f| ends[*f] > ends[step.seen_since as usize - 1]);
                    let kept = next.map_or(Duration::ZERO, |f| now.saturating_sub(ends[f]));
                    assert!(
                        kept <= every + every / 8 + 2 * SECOND,
                        "{kept:?} kept of {every:?}"
                    );
                } else {
                    assert!(now < every, "something may go after {now:?}");
                }
            }
        }
    }

    #[test]
    fn marks_are_bounded() {
        for every in [
            Duration::ZERO,
            Duration::from_nanos(7),
            Duration::from_nanos(15),
            60 * SECOND,
            8000 * SECOND,
            Duration::MAX,
        ] {
            let mut clock = clock(SECOND, every);
            let start = Instant::now();
            for frame in 0..20_000_u64 {
                clock.tick(
                    start + Duration::from_nanos(frame / 2) + Duration::from_millis(frame),
                    frame,
                    7,
                );
                clock.tick(
                    start + Duration::from_nanos(frame / 2) + Duration::from_millis(frame),
                    frame,
                    7,
                );
                assert!(
                    clock.marks.len() <= MARKS as usize + 1,
                    "{every:?}: {}",
                    clock.marks.len()
                );
            }
            let mut clock = self::clock(SECOND, every);
            for nano in 0..20_000_u64 {
                clock.tick(start + Duration::from_nanos(nano), nano, 7);
                assert!(
                    clock.marks.len() <= MARKS as usize + 1,
                    "{every:?}: {}",
                    clock.marks.len()
                );
            }
        }
    }

    #[test]
    fn extreme_durations_mean_what_they_say() {
        let day = 86_400;
        let start = Instant::now();
        let never = run(&mut clock(Duration::MAX, SECOND), start, day);
        assert_eq!(never, [], "no rest is as long");
        let once = run(&mut clock(30 * SECOND, Duration::MAX), start, day);
        assert_eq!(seconds(&once), [30], "no second step");
        assert_eq!(once[0].1.seen_since, 0, "all was seen within all of time");
        let at_once = run(&mut clock(Duration::ZERO, 60 * SECOND), start, 100);
        assert_eq!(seconds(&at_once), [1, 61]);
        let always = run(&mut clock(Duration::ZERO, Duration::ZERO), start, 100);
        assert_eq!(always.len(), 99, "a step in every frame");
        assert_eq!(
            always[98].1,
            Step {
                seen_since: 100,
                steps: 1
            }
        );
        let both = run(&mut clock(Duration::MAX, Duration::MAX), start, day);
        assert_eq!(both, []);
    }

    #[test]
    fn a_clock_that_goes_backwards_or_stands_still_makes_no_step_and_loses_nothing() {
        let mut clock = clock(30 * SECOND, 60 * SECOND);
        let start = Instant::now() + 1000 * SECOND;
        clock.tick(start, 1, 7);
        for frame in 2..1000 {
            assert_eq!(clock.tick(start, frame, 7), None, "it stands still");
            assert_eq!(
                clock.tick(start - frame as u32 * SECOND / 2, frame, 7),
                None,
                "it goes backwards"
            );
        }
        let step = clock
            .tick(start + 30 * SECOND, 1000, 7)
            .expect("30 seconds after the first");
        assert_eq!(
            step,
            Step {
                seen_since: 0,
                steps: 1
            },
            "nothing is a minute old"
        );
        let step = clock.tick(start + 60 * SECOND, 1001, 7).expect("more may go");
        assert_eq!(
            step.seen_since, 999,
            "what was used until then was seen at the start"
        );
    }

    #[test]
    fn a_rest_that_begins_in_the_past_lasts_as_long_as_any() {
        let mut clock = clock(30 * SECOND, 60 * SECOND);
        let start = Instant::now() + 1000 * SECOND;
        clock.tick(start, 1, 7);
        clock.tick(start - 500 * SECOND, 2, 8);
        assert_eq!(
            clock.tick(start + SECOND, 3, 8),
            None,
            "an insertion was seen a second ago"
        );
        assert!(clock.tick(start + 30 * SECOND, 4, 8).is_some());
    }

    #[test]
    fn frame_numbers_may_leap() {
        let mut clock = clock(SECOND, SECOND);
        let start = Instant::now();
        clock.tick(start, u64::MAX - 5, 7);
        let step = clock.tick(start + SECOND, u64::MAX, 7).expect("due");
        assert_eq!(step.seen_since, u64::MAX - 5);
        let step = clock.tick(start + 2 * SECOND, u64::MAX, 7).expect("due");
        assert_eq!(step.seen_since, u64::MAX);
    }

    #[test]
    fn a_long_pause_makes_one_step_due() {
        let mut clock = clock(30 * SECOND, 60 * SECOND);
        let start = Instant::now();
        clock.tick(start, 1, 7);
        let step = clock.tick(start + 36_000 * SECOND, 2, 7).expect("due");
        assert_eq!(step.steps, 1, "nothing was drawn: nothing could be seen");
    }
}
