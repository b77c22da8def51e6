//! Reductions of many figures to one.

/// Returns the geometric mean, for ratios. It is NaN if there are none.
pub fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> f64 {
    mean(ratios.into_iter().map(f64::ln)).exp()
}

/// Returns the arithmetic mean, for shares and times. It is NaN if there are none.
pub fn mean(figures: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for figure in figures {
        sum += figure;
        count += 1.0;
    }
    sum / count
}

pub fn largest(figures: impl IntoIterator<Item = f64>) -> f64 {
    figures.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

pub fn smallest(figures: impl IntoIterator<Item = f64>) -> f64 {
    figures.into_iter().fold(f64::INFINITY, f64::min)
}
