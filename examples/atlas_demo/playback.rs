//! A running script: what is due, what it waits for, and its result.
//!
//! While it waits, for pictures or for a screenshot, its frames are not counted and nothing moves.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::check;
use crate::rasterizers::Rasterizers;
use crate::script::{Command, Script};
use kit::wall::live::{Live, LiveCosts};

/// Time after which a missing picture is a failure.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Playback {
    script: Option<Script>,
    /// Frames so far.
    frame: u64,
    /// Whether the run ends with the script.
    unattended: bool,
    waiting: Option<Waiting>,
    /// Where the drawn frame is to be written.
    pub picture: Option<PathBuf>,
    pub quits: bool,
    /// Pictures that were compared and equal.
    checked: usize,
    /// What went wrong, one sentence each.
    pub failures: Vec<String>,
}

/// Waits until every visible picture is ready.
struct Waiting {
    since: Instant,
    /// Whether each is then compared with its source.
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

    /// Returns the next command for this frame, or `None` while the script waits.
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

    /// Returns whether all frames are equally long, whatever the clock says.
    pub fn keeps_time(&self) -> bool {
        self.script.is_some()
    }

    pub fn stands_still(&self) -> bool {
        self.waiting.is_some() || self.picture.is_some()
    }

    /// Returns whether more frames are needed without an event.
    pub fn goes_on(&self) -> bool {
        self.stands_still() || self.script.as_ref().is_some_and(|script| !script.is_over())
    }

    pub fn wait(&mut self, check: bool) {
        let since = Instant::now();
        self.waiting = Some(Waiting { since, check });
    }

    /// Ends a frame that was drawn with these costs.
    pub fn end_frame(&mut self, live: &mut Live, rasterizers: &Rasterizers, costs: &LiveCosts) {
        let Some(waiting) = &self.waiting else {
            self.frame += 1;
            return;
        };
        let complete = costs.is_complete();
        if !complete && waiting.since.elapsed() < PATIENCE {
            return;
        }
        if !complete {
            let (pending, failed) = (costs.pending, costs.failed);
            self.failures.push(format!(
                "{pending} pictures never arrived, and {failed} were refused."
            ));
        } else if waiting.check {
            match check::exact(live, rasterizers) {
                Ok(pictures) => self.checked += pictures,
                Err(failure) => self.failures.push(failure),
            }
        }
        self.waiting = None;
    }

    /// Returns how many pictures were checked, or everything that went wrong.
    pub fn outcome(&self) -> Result<usize, String> {
        match self.failures.as_slice() {
            [] => Ok(self.checked),
            failures => Err(failures.join("\n")),
        }
    }
}
