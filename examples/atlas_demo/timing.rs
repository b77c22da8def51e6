//! How long the frames of a window took: the cache's share, the window's thread's work, and from one to the next.

use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Times {
    caching: Vec<Duration>,
    working: Vec<Duration>,
    between: Vec<Duration>,
    last: Option<Instant>,
}

impl Times {
    /// At a frame's start: how long after the start of the one before it comes.
    pub fn begin(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let last = self.last.replace(now);
        last.map(|last| now - last)
    }

    /// After a frame that moved. Frames at rest, and those of a check, tell nothing.
    pub fn count(&mut self, caching: Duration, between: Option<Duration>) {
        self.caching.push(caching);
        self.between.extend(between);
        self.working.extend(self.last.map(|start| start.elapsed()));
    }

    /// A line for each, empty when nothing moved.
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
