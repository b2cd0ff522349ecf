//! What is said of measurements that were made in generations, each with new processes.
//!
//! Two processes of the same program differ more from each other than the rounds of one of them do: memory lies
//! elsewhere in each. So a round is held beside the same round of another series, and what is said is said of all
//! generations.

use crate::statistics::Spread;

/// Measurements, one of each round of each generation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Generations(Vec<Vec<f64>>);

impl Generations {
    /// What is pushed from now on belongs to another generation.
    pub fn begin(&mut self) {
        self.0.push(Vec::new());
    }

    /// Adds the measurement of the next round.
    pub fn push(&mut self, value: f64) {
        match self.0.last_mut() {
            Some(rounds) => rounds.push(value),
            None => self.0.push(vec![value]),
        }
    }

    /// How many generations there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What this has more than another series, each measurement beside that of the same round of the same generation;
    /// what only one of the two has is in no difference.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let differences = |(own, other): (&Vec<f64>, &Vec<f64>)| {
            own.iter().zip(other).map(|(own, other)| own - other).collect()
        };
        Self(self.0.iter().zip(&other.0).map(differences).collect())
    }

    /// Median and quartiles of all rounds of all generations together; `None` where nothing was measured.
    #[must_use]
    pub fn spread(&self) -> Option<Spread> {
        Spread::of(&self.0.concat())
    }

    /// The least and the greatest of the generations' medians: how much of a figure is luck of a process.
    #[must_use]
    pub fn extremes(&self) -> Option<(f64, f64)> {
        let medians: Vec<f64> =
            self.0.iter().filter_map(|rounds| Some(Spread::of(rounds)?.median)).collect();
        extremes(&medians)
    }

    /// How many times more this is than another series.
    ///
    /// The figure is the ratio of the two medians, each over all rounds of all generations: a median of the ratios of
    /// single rounds lies too near to 1, since noise that both share is in numerator and denominator, and noise in a
    /// small denominator makes single ratios as large as one likes.
    ///
    /// `None` where nothing was measured.
    #[must_use]
    pub fn ratio(&self, other: &Self) -> Option<Ratio> {
        let figure = self.spread()?.median / other.spread()?.median;
        let each: Vec<f64> = self
            .0
            .iter()
            .zip(&other.0)
            .filter_map(|(own, other)| Some(Spread::of(own)?.median / Spread::of(other)?.median))
            .collect();
        let (least, most) = extremes(&each)?;
        Some(Ratio { figure, each: Spread::of(&each)?, least, most })
    }
}

/// How many times more one series is than another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Of all generations together.
    pub figure: f64,
    /// Median and quartiles of the ratios of single generations: how sure the figure is, not the figure itself.
    pub each: Spread,
    /// The least ratio of a generation.
    pub least: f64,
    /// The greatest.
    pub most: f64,
}

fn extremes(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().reduce(f64::min)?;
    Some((least, values.iter().copied().reduce(f64::max)?))
}
