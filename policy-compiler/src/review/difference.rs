//! Every difference in what two tables decide.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::rc::Rc;

use policy_table::Table;
use policy_table::settings::CredentialSource;
use policy_table::walk::KeyFacts;

use super::classes::{Class, Classes};
use super::gains::{Direction, Gain, Gains, Owner};
use super::methods::Method;
use super::origins::{OriginPool, Origins};
use super::side::{Places, Side, places};
use super::times::Span;
use super::witness::Witness;

/// What the new of two tables allows and the old does not, and the other way round.
///
/// It is complete for requests that carry a key in at most one place; what it cannot bound it says
/// by itself ([`setting_changes`](super::setting_changes)).
pub struct Difference<'t> {
    /// The old and the new table.
    pub tables: [&'t Table<'t>; 2],
    /// The time that was looked at.
    pub span: Span,
    /// Access that only the new table gives.
    pub gained: Vec<Change<'t>>,
    /// Access that only the old table gives.
    pub lost: Vec<Change<'t>>,
    /// All requests, by where the tables lead them.
    pub classes: Vec<Class>,
    pub(super) methods: Vec<Method>,
}

/// Access that one table gives and the other does not: all requests of these classes, from these
/// origins, in these spans of time, with one of the owner's keys in one of these places.
#[derive(Debug)]
pub struct Change<'t> {
    /// Whose requests they are.
    pub owner: Owner,
    /// Positions in [`Difference::classes`], rising; at least one.
    pub classes: Rc<[usize]>,
    /// From where; at least from one address, or without one.
    pub origins: Rc<Origins>,
    /// One of these addresses, for a witness; none where no address is known.
    pub address: Option<IpAddr>,
    /// Where the key stands; empty where there is none.
    pub places: Vec<CredentialSource<'t>>,
    /// When; at least one span.
    pub times: Vec<Span>,
}

/// Compares what two tables decide in a span of time.
pub fn compare<'t>(old: &'t Table<'t>, new: &'t Table<'t>, span: Span) -> Difference<'t> {
    let tables = [old, new];
    let mut pool = OriginPool::new();
    let places = places(tables);
    let sides = tables.map(|table| Side::new(table, &places, &mut pool));
    let classes = Classes::of(tables);
    let mut gained = Gains::new(&classes, &sides, Direction::Gained, span);
    let mut lost = Gains::new(&classes, &sides, Direction::Lost, span);
    let [old_side, new_side] = &sides;
    for pair in pairs(old, new) {
        let standings = [
            pair.old.and_then(|key| old_side.standing(&key)),
            pair.new.and_then(|key| new_side.standing(&key)),
        ];
        let [before, after] = standings;
        if let (Some(key), Some(after)) = (pair.new, after) {
            gained.of_key(&mut pool, &key, before, after);
        }
        if let (Some(key), Some(before)) = (pair.old, before) {
            lost.of_key(&mut pool, &key, after, before);
        }
    }
    let [gained, lost] = [gained, lost].map(|gains| {
        let mut found = gains.of_anyone(&mut pool);
        found.extend(gains.of_keys());
        found.into_iter().map(|gain| change(gain, &pool, &places)).collect()
    });
    let Classes { classes, methods } = classes;
    Difference { tables, span, gained, lost, classes, methods }
}

impl<'t> Difference<'t> {
    /// The changes of a direction.
    pub fn changes(&self, direction: Direction) -> &[Change<'t>] {
        match direction {
            Direction::Gained => &self.gained,
            Direction::Lost => &self.lost,
        }
    }

    /// The methods of a class.
    pub fn methods(&self, class: &Class) -> impl Iterator<Item = &Method> {
        let methods = self.methods.iter().enumerate();
        methods.filter(|(position, _)| class.methods.contains(*position)).map(|(_, method)| method)
    }

    /// A request of a class that proves a change.
    pub fn witness(
        &self,
        direction: Direction,
        change: &Change<'t>,
        class: &Class,
    ) -> Option<Witness<'t>> {
        let [_, table] = direction.order(self.tables);
        let key = match &change.owner {
            Owner::Anyone => None,
            Owner::Keys(_, keys) => {
                Some((table.key_facts(*keys.first()?)?.digest, *change.places.first()?))
            }
        };
        let time = change.times.first()?.example();
        Some(Witness::new(class.example.clone(), key, change.address, time, self.tables))
    }
}

fn change<'t>(gain: Gain, pool: &OriginPool, places: &[CredentialSource<'t>]) -> Change<'t> {
    let Gain { owner, classes, origins, places: own, times } = gain;
    let origins = pool.get(origins);
    let address = origins.example();
    Change { owner, classes, origins, address, places: among(places, own), times }
}

fn among<'t>(places: &[CredentialSource<'t>], own: Places) -> Vec<CredentialSource<'t>> {
    let places = places.iter().enumerate();
    places.filter(|(position, _)| own.contains(*position)).map(|(_, place)| *place).collect()
}

/// A key of either table, or the same key of both.
struct Pair {
    old: Option<KeyFacts>,
    new: Option<KeyFacts>,
}

/// The keys of two tables, by their digests.
fn pairs<'t>(old: &'t Table<'t>, new: &'t Table<'t>) -> impl Iterator<Item = Pair> {
    let (mut old, mut new) = (old.keys().peekable(), new.keys().peekable());
    std::iter::from_fn(move || {
        let order = match (old.peek(), new.peek()) {
            (Some(one), Some(other)) => one.digest.cmp(&other.digest),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        Some(Pair { old: old.next_if(|_| order.is_le()), new: new.next_if(|_| order.is_ge()) })
    })
}
