//! Counters, gauges and histograms, with Envoy's rules.

use std::collections::BTreeMap;

use crate::holdings::ENTRY;
use crate::ids::{self, Ids};
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

/// The values of all metrics of a proxy, by kind and name.
#[derive(Debug, Default)]
pub(crate) struct MetricValues {
    names: BTreeMap<(Kind, Vec<u8>), usize>,
    values: Vec<Metric>,
}

/// The ids by which one VM knows metrics.
#[derive(Debug, Default)]
pub(crate) struct MetricIds {
    places: BTreeMap<u32, usize>,
    ids: Ids,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Counter = 0,
    Gauge = 1,
    Histogram = 2,
}

impl MetricIds {
    /// A new id, also for a name that has one: the same value then has two ids.
    pub(crate) fn define(
        &mut self,
        values: &mut MetricValues,
        kind: u32,
        name: &[u8],
    ) -> Result<u32, Status> {
        let kind = Kind::from_number(kind).ok_or(Status::BadArgument)?;
        let id = self.ids.next(kind as u32)?;
        self.places.insert(id, values.place(kind, name));
        Ok(id)
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        self.places.len() * ENTRY
    }

    fn find<'a>(&self, values: &'a mut MetricValues, id: u32) -> Result<&'a mut Metric, Status> {
        let place = self.places.get(&id).ok_or(Status::NotFound)?;
        values.values.get_mut(*place).ok_or(Status::NotFound)
    }

    pub(crate) fn is_counter(&self, values: &mut MetricValues, id: u32) -> bool {
        matches!(self.find(values, id), Ok(Metric::Counter(_)))
    }

    /// `counters_add` is Envoy's way; otherwise recording sets a counter, as specified.
    pub(crate) fn record(
        &self,
        values: &mut MetricValues,
        id: u32,
        value: u64,
        counters_add: bool,
    ) -> Result<(), Status> {
        match self.find(values, id)? {
            Metric::Counter(total) if counters_add => *total = total.wrapping_add(value),
            Metric::Counter(level) | Metric::Gauge(level) => *level = value,
            Metric::Histogram(values) => values.push(value),
        }
        Ok(())
    }

    pub(crate) fn increment(
        &self,
        values: &mut MetricValues,
        id: u32,
        offset: i64,
        zero_is_refused: bool,
    ) -> Result<(), Status> {
        Kind::of(id).filter(|kind| *kind != Kind::Histogram).ok_or(Status::BadArgument)?;
        match self.find(values, id)? {
            Metric::Counter(total) if offset > 0 || (offset == 0 && !zero_is_refused) => {
                *total = total.wrapping_add(offset.unsigned_abs());
            }
            Metric::Gauge(level) => *level = level.wrapping_add_signed(offset),
            _ => return Err(Status::BadArgument),
        }
        Ok(())
    }

    pub(crate) fn get(&self, values: &mut MetricValues, id: u32) -> Result<u64, Status> {
        Kind::of(id).filter(|kind| *kind != Kind::Histogram).ok_or(Status::BadArgument)?;
        match self.find(values, id)? {
            Metric::Counter(value) | Metric::Gauge(value) => Ok(*value),
            Metric::Histogram(_) => Err(Status::BadArgument),
        }
    }
}

impl MetricValues {
    /// The metric of a name; where several kinds share it, the counter comes first.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Metric> {
        let (_, place) = self.names.iter().find(|((_, known), _)| known == name.as_bytes())?;
        self.values.get(*place)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&[u8], &Metric)> {
        self.names
            .iter()
            .filter_map(|((_, name), place)| Some((name.as_slice(), self.values.get(*place)?)))
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let names = self.names.keys().map(|(_, name)| name.len() + 2 * ENTRY);
        let recorded = self.values.iter().map(|metric| match metric {
            Metric::Histogram(values) => values.len() * size_of::<u64>(),
            Metric::Counter(_) | Metric::Gauge(_) => 0,
        });
        names.chain(recorded).sum()
    }

    fn place(&mut self, kind: Kind, name: &[u8]) -> usize {
        let values = &mut self.values;
        *self.names.entry((kind, name.to_vec())).or_insert_with(|| {
            values.push(kind.zero());
            values.len() - 1
        })
    }
}

impl Kind {
    fn from_number(number: u32) -> Option<Self> {
        [Self::Counter, Self::Gauge, Self::Histogram]
            .into_iter()
            .find(|kind| *kind as u32 == number)
    }

    fn of(id: u32) -> Option<Self> {
        Self::from_number(ids::kind(id))
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
        let (mut ids, mut values) = (MetricIds::default(), MetricValues::default());
        let one = ids.define(&mut values, 0, b"hits").unwrap();
        let two = ids.define(&mut values, 0, b"hits").unwrap();
        assert_eq!((one, two), (4, 8));
        ids.increment(&mut values, one, 2, true).unwrap();
        assert_eq!(ids.get(&mut values, two), Ok(2));
        // Another VM has ids of its own, and the same value.
        let mut others = MetricIds::default();
        let theirs = others.define(&mut values, 0, b"hits").unwrap();
        assert_eq!((theirs, others.get(&mut values, theirs)), (4, Ok(2)));
    }

    #[test]
    fn a_counter_adds_what_is_recorded_and_never_shrinks() {
        let (mut ids, mut values) = (MetricIds::default(), MetricValues::default());
        let id = ids.define(&mut values, 0, b"hits").unwrap();
        ids.record(&mut values, id, 5, true).unwrap();
        ids.record(&mut values, id, 5, true).unwrap();
        assert_eq!(ids.get(&mut values, id), Ok(10));
        assert_eq!(ids.increment(&mut values, id, 0, true), Err(Status::BadArgument));
        assert_eq!(ids.increment(&mut values, id, -1, true), Err(Status::BadArgument));
        // As specified.
        ids.record(&mut values, id, 3, false).unwrap();
        ids.increment(&mut values, id, 0, false).unwrap();
        assert_eq!(ids.get(&mut values, id), Ok(3));
        assert_eq!(ids.increment(&mut values, id, -1, false), Err(Status::BadArgument));
    }

    #[test]
    fn a_gauge_is_set_and_moved() {
        let (mut ids, mut values) = (MetricIds::default(), MetricValues::default());
        let id = ids.define(&mut values, 1, b"level").unwrap();
        assert_eq!(id, 5);
        ids.record(&mut values, id, 5, true).unwrap();
        ids.increment(&mut values, id, -2, true).unwrap();
        assert_eq!(ids.get(&mut values, id), Ok(3));
    }

    #[test]
    fn a_histogram_can_only_be_recorded() {
        let (mut ids, mut values) = (MetricIds::default(), MetricValues::default());
        let id = ids.define(&mut values, 2, b"sizes").unwrap();
        assert_eq!(id, 6);
        ids.record(&mut values, id, 5, true).unwrap();
        assert_eq!(ids.get(&mut values, id), Err(Status::BadArgument));
        assert_eq!(ids.increment(&mut values, id, 1, true), Err(Status::BadArgument));
        assert_eq!(values.by_name("sizes"), Some(&Metric::Histogram(vec![5])));
    }

    #[test]
    fn unknown_kinds_and_ids_are_refused() {
        let (mut ids, mut values) = (MetricIds::default(), MetricValues::default());
        assert_eq!(ids.define(&mut values, 3, b"x"), Err(Status::BadArgument));
        assert_eq!(ids.record(&mut values, 4, 1, true), Err(Status::NotFound));
        assert_eq!(ids.get(&mut values, 4), Err(Status::NotFound));
        assert_eq!(ids.increment(&mut values, 3, 1, true), Err(Status::BadArgument));
    }
}
