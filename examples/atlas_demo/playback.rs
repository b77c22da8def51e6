//! A script on its way: what is due, what it waits for, and what came of it.
//!
//! While it waits, for pictures or to write what is drawn, its frames aren't counted and nothing moves.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::check;
use crate::live::{Live, LiveCosts};
use crate::script::{Command, Script};

/// Until a picture that doesn't come is a failure.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Playback {
    script: Option<Script>,
    /// Frames so far.
    frame: u64,
    /// Nobody watches: the end of the script is the end of the run.
    unattended: bool,
    waiting: Option<Waiting>,
    /// The drawn frame is to be written there.
    pub picture: Option<PathBuf>,
    pub quits: bool,
    /// Pictures found exact.
    checked: usize,
    /// What went wrong, in sentences.
    pub failures: Vec<String>,
}

/// Until every visible picture is there.
struct Waiting {
    since: Instant,
    /// And is then compared with its source.
    check: bool,
}

impl Playback {
    pub fn new(script: Option<Script>, unattended: bool) -> Self {
        Self {
            script,
            unattended,
            ..Default::default()
        }
    }

    /// The next command for this frame; none while it waits.
    pub fn next_due(&mut self) -> Option<Command> {
        if self.stands_still() {
            return None;
        }
        let script = self.script.as_mut()?;
        let due = script.next_due(self.frame);
        self.quits |= due.is_none() && script.is_over() && self.unattended;
        due
    }

    /// Returns the number of the next frame, counted without those in which the script waits.
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// Whether frames come as fast as a script counts them, and not as time passes.
    pub fn keeps_time(&self) -> bool {
        self.script.is_some()
    }

    pub fn stands_still(&self) -> bool {
        self.waiting.is_some() || self.picture.is_some()
    }

    /// Whether something comes that no event announces.
    pub fn goes_on(&self) -> bool {
        self.stands_still() || self.script.as_ref().is_some_and(|script| !script.is_over())
    }

    pub fn wait(&mut self, check: bool) {
        let since = Instant::now();
        self.waiting = Some(Waiting { since, check });
    }

    /// After a frame was drawn with these costs and its picture was taken.
    pub fn end_frame(&mut self, live: &mut Live, costs: &LiveCosts) {
        let Some(waiting) = &self.waiting else {
            self.frame += 1;
            return;
        };
        let complete = costs.pending == 0 && costs.failed == 0;
        if !complete && waiting.since.elapsed() < PATIENCE {
            return;
        }
        if !complete {
            let (pending, failed) = (costs.pending, costs.failed);
            self.failures.push(format!(
                "{pending} pictures never came, and {failed} were refused."
            ));
        } else if waiting.check {
            match check::exact(live) {
                Ok(pictures) => self.checked += pictures,
                Err(failure) => self.failures.push(failure),
            }
        }
        self.waiting = None;
    }

    /// How many pictures were checked and right, or all that went wrong.
    pub fn outcome(&self) -> Result<usize, String> {
        match self.failures.as_slice() {
            [] => Ok(self.checked),
            failures => Err(failures.join("\n")),
        }
    }
}
