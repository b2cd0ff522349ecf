//! Counters, gauges and histograms, with Envoy's rules.

use std::collections::BTreeMap;

use crate::status::Status;

/// What a metric holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Only ever grows. In Envoy *recording* adds as well, although the specification says it sets.
    Counter(u64),
    /// Set, or moved up and down.
    Gauge(u64),
    /// Every value that was recorded, in order.
    Histogram(Vec<u64>),
}

/// The metrics of a plugin. Names outlive a VM, ids do not.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    values: BTreeMap<(Kind, Vec<u8>), Metric>,
    names: BTreeMap<u32, (Kind, Vec<u8>)>,
    defined: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Counter = 0,
    Gauge = 1,
    Histogram = 2,
}

impl Metrics {
    /// A new id, also for a name that has one: the same value then has two ids.
    pub(crate) fn define(&mut self, kind: u32, name: &[u8]) -> Result<u32, Status> {
        let kind = Kind::from_number(kind).ok_or(Status::BadArgument)?;
        self.defined = self.defined.checked_add(1).ok_or(Status::InternalFailure)?;
        let id = self.defined.checked_mul(4).ok_or(Status::InternalFailure)? | kind as u32;
        let name = (kind, name.to_vec());
        self.values.entry(name.clone()).or_insert_with(|| kind.zero());
        self.names.insert(id, name);
        Ok(id)
    }

    pub(crate) fn record(&mut self, id: u32, value: u64) -> Result<(), Status> {
        match self.find(id)? {
            Metric::Counter(total) => *total = total.wrapping_add(value),
            Metric::Gauge(level) => *level = value,
            Metric::Histogram(values) => values.push(value),
        }
        Ok(())
    }

    pub(crate) fn increment(&mut self, id: u32, offset: i64) -> Result<(), Status> {
        Kind::of(id).filter(|kind| *kind != Kind::Histogram).ok_or(Status::BadArgument)?;
        match self.find(id)? {
            Metric::Counter(total) if offset > 0 => {
                *total = total.wrapping_add(offset.unsigned_abs());
            }
            Metric::Gauge(level) => *level = level.wrapping_add_signed(offset),
            _ => return Err(Status::BadArgument),
        }
        Ok(())
    }

    pub(crate) fn get(&mut self, id: u32) -> Result<u64, Status> {
        Kind::of(id).filter(|kind| *kind != Kind::Histogram).ok_or(Status::BadArgument)?;
        match self.find(id)? {
            Metric::Counter(value) | Metric::Gauge(value) => Ok(*value),
            Metric::Histogram(_) => Err(Status::BadArgument),
        }
    }

    /// The metric of a name; where several kinds share it, the counter comes first.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Metric> {
        let (_, metric) = self.values.iter().find(|((_, known), _)| known == name.as_bytes())?;
        Some(metric)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&[u8], &Metric)> {
        self.values.iter().map(|((_, name), metric)| (name.as_slice(), metric))
    }

    /// Forgets the ids that a VM took with it.
    pub(crate) fn forget_ids(&mut self) {
        self.names.clear();
        self.defined = 0;
    }

    fn find(&mut self, id: u32) -> Result<&mut Metric, Status> {
        let name = self.names.get(&id).ok_or(Status::NotFound)?;
        self.values.get_mut(name).ok_or(Status::NotFound)
    }
}

impl Kind {
    fn from_number(number: u32) -> Option<Self> {
        [Self::Counter, Self::Gauge, Self::Histogram]
            .into_iter()
            .find(|kind| *kind as u32 == number)
    }

    /// The two low bits of an id are its kind.
    fn of(id: u32) -> Option<Self> {
        Self::from_number(id & 3)
    }

    fn zero(self) -> Metric {
        match self {
            Self::Counter => Metric::Counter(0),
            Self::Gauge => Metric::Gauge(0),
            Self::Histogram => Metric::Histogram(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_has_two_ids_and_one_value() {
        let mut metrics = Metrics::default();
        let one = metrics.define(0, b"hits").unwrap();
        let two = metrics.define(0, b"hits").unwrap();
        assert_ne!(one, two);
        metrics.increment(one, 2).unwrap();
        assert_eq!(metrics.get(two), Ok(2));
    }

    #[test]
    fn a_counter_adds_what_is_recorded_and_never_shrinks() {
        let mut metrics = Metrics::default();
        let id = metrics.define(0, b"hits").unwrap();
        metrics.record(id, 5).unwrap();
        metrics.record(id, 5).unwrap();
        assert_eq!(metrics.get(id), Ok(10));
        assert_eq!(metrics.increment(id, 0), Err(Status::BadArgument));
        assert_eq!(metrics.increment(id, -1), Err(Status::BadArgument));
    }

    #[test]
    fn a_gauge_is_set_and_moved() {
        let mut metrics = Metrics::default();
        let id = metrics.define(1, b"level").unwrap();
        metrics.record(id, 5).unwrap();
        metrics.increment(id, -2).unwrap();
        assert_eq!(metrics.get(id), Ok(3));
    }

    #[test]
    fn a_histogram_can_only_be_recorded() {
        let mut metrics = Metrics::default();
        let id = metrics.define(2, b"sizes").unwrap();
        metrics.record(id, 5).unwrap();
        assert_eq!(metrics.get(id), Err(Status::BadArgument));
        assert_eq!(metrics.increment(id, 1), Err(Status::BadArgument));
        assert_eq!(metrics.by_name("sizes"), Some(&Metric::Histogram(vec![5])));
    }

    #[test]
    fn unknown_kinds_and_ids_are_refused() {
        let mut metrics = Metrics::default();
        assert_eq!(metrics.define(3, b"x"), Err(Status::BadArgument));
        assert_eq!(metrics.record(4, 1), Err(Status::NotFound));
        assert_eq!(metrics.get(4), Err(Status::NotFound));
        assert_eq!(metrics.increment(3, 1), Err(Status::BadArgument));
    }
}
