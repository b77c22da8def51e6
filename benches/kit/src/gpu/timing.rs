//! Repetitions of several sides in turn, so that what disturbs one disturbs all.

use std::time::Duration;

/// What was measured of one side, in order.
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

    pub fn percentile(&self, percent: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted[((sorted.len() - 1) as f64 * percent / 100.0).round() as usize]
    }

    /// Median of the ratios of repetitions: less moved by a busy machine than the ratio of medians.
    pub fn median_ratio(&self, of: &Samples) -> f64 {
        let pairs = self.0.iter().zip(&of.0);
        let mut ratios: Vec<f64> = pairs.map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }
}

/// Runs every side once without counting it, then all in turn, each repetition beginning with another one.
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
