//! Timing of several sides in turn, so that a disturbance hits all of them.

use std::time::Duration;

/// The times of one side, in order.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn median(&self) -> Duration {
        self.percentile(50.0)
    }

    /// Returns the sample at `percent` of the sorted samples. Panics if there are none.
    pub fn percentile(&self, percent: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted[((sorted.len() - 1) as f64 * percent / 100.0).round() as usize]
    }

    /// Returns the median of the repetitions' ratios. A busy machine shifts it less than the ratio of the medians.
    pub fn median_ratio(&self, of: &Samples) -> f64 {
        let pairs = self.0.iter().zip(&of.0);
        let mut ratios: Vec<f64> = pairs.map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }
}

/// Runs every side once without counting it, then all sides in turn. Each repetition starts with the next side.
pub fn interleaved<const N: usize>(
    repetitions: usize,
    mut sides: [&mut dyn FnMut() -> Duration; N],
) -> [Samples; N] {
    let mut samples = [const { Samples(Vec::new()) }; N];
    for side in &mut sides {
        side();
    }
    for repetition in 0..repetitions {
        for turn in 0..N {
            let index = (repetition + turn) % N;
            samples[index].push(sides[index]());
        }
    }
    samples
}
