//! How long the frames of a window took: the cache's share, the work of the window's thread, and frame to frame.

use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Times {
    caching: Vec<Duration>,
    working: Vec<Duration>,
    between: Vec<Duration>,
    start: Option<Instant>,
    paused: bool,
    last_between: Option<Duration>,
}

impl Times {
    /// Starts a frame. Returns the time since the start of the previous one; after a pause, the time before the pause.
    pub fn begin(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let before = self.start.replace(now);
        if !std::mem::take(&mut self.paused) {
            self.last_between = before.map(|before| now - before);
        }
        self.last_between
    }

    /// Pauses: the next frame waits for an event.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Counts a frame that moved. Frames at rest, and those of a check, are left out.
    pub fn count(&mut self, caching: Duration, between: Option<Duration>) {
        self.caching.push(caching);
        self.between.extend(between);
        self.working.extend(self.start.map(|start| start.elapsed()));
    }

    /// Returns a line for each kind of time, or an empty text if nothing moved.
    pub fn report(&self) -> String {
        let rows = [
            ("cache's share", &self.caching),
            ("window's thread", &self.working),
            ("frame to frame", &self.between),
        ];
        rows.iter()
            .filter(|(_, times)| !times.is_empty())
            .map(|(name, times)| format!("  {name:<17}{}\n", summary(times)))
            .collect()
    }
}

fn summary(times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort();
    let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize].as_secs_f64() * 1e3;
    let (median, most, longest) = (at(0.5), at(0.99), at(1.0));
    let frames = times.len();
    format!("median {median:.2} ms, 99 % within {most:.2} ms, longest {longest:.2} ms, of {frames} frames")
}
