//! What is said of a handful of repeated measurements.

/// A median and how far the middle half of the measurements lies around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// A quarter of the measurements is at most this.
    pub lower: f64,
    /// Half of them.
    pub median: f64,
    /// Three quarters of them.
    pub upper: f64,
}

impl Spread {
    /// Of these measurements; `None` where there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |quarter| quantile(&sorted, f64::from(quarter) / 4.0);
        Some(Self { lower: at(1_u8)?, median: at(2)?, upper: at(3)? })
    }
}

/// The value below which this part of a sorted series lies, between two values in proportion.
#[must_use]
pub fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = part.clamp(0.0, 1.0) * float(last);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let below = place.floor() as usize;
    let (low, high) = (sorted.get(below)?, sorted.get((below + 1).min(last))?);
    Some(low + (high - low) * place.fract())
}

/// The slope of the line that lies nearest to the points (least squares), in units of the second
/// coordinate for one of the first; `None` where there is no such line.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = float(points.len());
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let square: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    (square > 0.0).then(|| both / square)
}

/// A count as a number to divide.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "counts, bytes and nanoseconds of a run are below 2^53"
)]
pub fn float(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// Bytes in mebibytes.
#[must_use]
pub fn mebibytes(bytes: impl TryInto<u64>) -> f64 {
    float(bytes) / 1_048_576.0
}
