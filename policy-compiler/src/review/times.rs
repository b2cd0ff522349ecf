//! When requests come: spans of time in Unix seconds.

/// A span of time that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first second; the earliest there is for no begin.
    pub from: i64,
    /// The first second after it; `None` for no end.
    pub until: Option<i64>,
}

impl Span {
    /// All of time.
    pub const ALWAYS: Self = Self { from: i64::MIN, until: None };

    /// One second.
    pub fn at(moment: i64) -> Self {
        Self { from: moment, until: moment.checked_add(1) }
    }

    /// The span from one moment to before another, if any second lies in it.
    pub fn new(from: Option<i64>, until: Option<i64>) -> Option<Self> {
        let from = from.unwrap_or(i64::MIN);
        until.is_none_or(|until| from < until).then_some(Self { from, until })
    }

    /// Whether a moment lies in it.
    pub fn contains(&self, moment: i64) -> bool {
        self.from <= moment && self.until.is_none_or(|until| moment < until)
    }

    /// What lies in both.
    pub fn both(&self, other: &Self) -> Option<Self> {
        Self::new(Some(self.from.max(other.from)), earlier(self.until, other.until))
    }

    /// What lies in this one alone: at most one span before the other and one after it.
    pub fn without(&self, other: &Self) -> Vec<Self> {
        let before = Self::new(Some(self.from), earlier(self.until, Some(other.from)));
        let after = other.until.and_then(|end| Self::new(Some(self.from.max(end)), self.until));
        [before, after].into_iter().flatten().collect()
    }

    /// One moment of it: the first where it has a first.
    pub fn example(&self) -> i64 {
        match (self.from, self.until) {
            (i64::MIN, Some(until)) => until.saturating_sub(1),
            (i64::MIN, None) => 0,
            (from, _) => from,
        }
    }
}

/// The earlier of two ends, of which the later may be none.
fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every span within some seconds, open ones among them.
    fn spans() -> Vec<Span> {
        let bounds = || std::iter::once(None).chain((0..5).map(Some));
        bounds()
            .flat_map(|from| bounds().map(move |until| (from, until)))
            .filter_map(|(from, until)| Span::new(from, until))
            .collect()
    }

    #[test]
    fn spans_are_what_their_moments_are() {
        for one in spans() {
            assert!(one.contains(one.example()), "{one:?}");
            for other in spans() {
                for moment in -2..8 {
                    let (here, there) = (one.contains(moment), other.contains(moment));
                    let both = one.both(&other).is_some_and(|both| both.contains(moment));
                    assert_eq!(both, here && there, "{one:?} and {other:?} at {moment}");
                    let alone = one.without(&other);
                    let alone = alone.iter().filter(|span| span.contains(moment)).count();
                    assert_eq!(alone, usize::from(here && !there), "{one:?}, {other:?}, {moment}");
                }
            }
        }
    }
}
