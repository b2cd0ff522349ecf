//! `diff` against every request of a small space, for many pairs of small policies.

use std::net::IpAddr;

use policy_compiler::explain::explain;
use policy_compiler::review::{
    Change, Destination, Difference, Direction, Owner, Span, StandsFor, compare,
};
use policy_table::settings::{CredentialSource, Preflight};
use policy_table::walk::route;
use policy_table::{PlainRequest, Table, Verdict};

use crate::brute::{Carried, Space, given_by_one, request};
use crate::chance::Chance;
use crate::policies::{Draft, KEYS, kept_digest};

/// Pairs in a part: 10,400 in all.
const PAIRS: u64 = 2_600;

#[test]
fn diff_is_what_requests_get_part_0() {
    pairs(0);
}

#[test]
fn diff_is_what_requests_get_part_1() {
    pairs(1);
}

#[test]
fn diff_is_what_requests_get_part_2() {
    pairs(2);
}

#[test]
fn diff_is_what_requests_get_part_3() {
    pairs(3);
}

/// Each pair has a seed, which a failure tells; `PORTCULLIS_SEED` begins elsewhere.
fn pairs(part: u64) {
    let seed = std::env::var("PORTCULLIS_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut tally = Tally::default();
    for number in 0..PAIRS {
        let seed = seed.unwrap_or(0_u64).wrapping_add(part * PAIRS + number);
        let mut chance = Chance::new(seed);
        let (old, old_bytes) = draft(&mut chance, Draft::random);
        let related = !number.is_multiple_of(4);
        let (new, new_bytes) =
            draft(
                &mut chance,
                |chance| {
                    if related { old.changed(chance) } else { Draft::random(chance) }
                },
            );
        let documents = [old.document(), new.document()];
        let space = Space::of(documents.each_ref().map(String::as_str));
        if let Err(problem) = judge(&old_bytes, &new_bytes, &space, &mut tally) {
            panic!("seed {seed}: {problem}\nold: {}\nnew: {}", documents[0], documents[1]);
        }
    }
    println!("{tally:?}");
    tally.is_worth_something();
}

/// What was seen, so that a generator that makes nothing of interest is found out.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    requests: usize,
    pub(crate) gained: usize,
    pub(crate) lost: usize,
    without_difference: u64,
    witnesses: usize,
}

impl Tally {
    fn is_worth_something(&self) {
        let enough = usize::try_from(PAIRS).unwrap();
        let differences = [self.gained, self.lost, self.witnesses];
        assert!(differences.iter().all(|count| *count > enough), "{self:?}");
        assert!((PAIRS / 50..PAIRS / 2).contains(&self.without_difference), "{self:?}");
    }
}

pub(crate) fn draft(chance: &mut Chance, make: impl Fn(&mut Chance) -> Draft) -> (Draft, Vec<u8>) {
    loop {
        let draft = make(chance);
        if let Some(table) = draft.table() {
            return (draft, table);
        }
    }
}

pub(crate) fn judge(
    old: &[u8],
    new: &[u8],
    space: &Space,
    tally: &mut Tally,
) -> Result<(), String> {
    let old = Table::from_bytes(old).unwrap();
    let new = Table::from_bytes(new).unwrap();
    for table in [&old, &new] {
        let same = compare(table, table, Span::ALWAYS);
        if !same.gained.is_empty() || !same.lost.is_empty() {
            return Err(format!("a policy differs from itself: {:?} {:?}", same.gained, same.lost));
        }
    }
    let difference = compare(&old, &new, Span::ALWAYS);
    tally.without_difference +=
        u64::from(difference.gained.is_empty() && difference.lost.is_empty());
    let case = Case { tables: [&old, &new], difference: &difference };
    case.every_witness_proves_its_change(tally)?;
    case.every_request_is_told_right(space, tally)
}

pub(crate) struct Case<'d, 't> {
    pub(crate) tables: [&'t Table<'t>; 2],
    pub(crate) difference: &'d Difference<'t>,
}

impl<'d, 't> Case<'d, 't> {
    fn every_request_is_told_right(&self, space: &Space, tally: &mut Tally) -> Result<(), String> {
        let points = self.points(space)?;
        for carried in self.carried() {
            let changes = [Direction::Lost, Direction::Gained]
                .map(|direction| self.changes_of(direction, carried));
            for (address, preflight) in
                space.addresses.iter().flat_map(|address| [(*address, false), (*address, true)])
            {
                let changes = changes.each_ref().map(|changes| from(changes, address));
                // What every request of these carries, whatever its method, host and path.
                let carrier = request(("", preflight), "", "", carried, address);
                let points = points.iter().filter(|point| point.method.1 == preflight);
                carrier.with_plain(|carrier| {
                    points.clone().try_for_each(|point| {
                        let path = [point.path.as_bytes(), carrier.path].concat();
                        let request = PlainRequest {
                            method: point.method.0.as_bytes(),
                            host: point.host.as_bytes(),
                            path: &path,
                            ..*carrier
                        };
                        let changes =
                            changes.each_ref().map(|changes| of_class(changes, point.class));
                        let keyed = carried.is_some();
                        space.times.iter().try_for_each(|time| {
                            let request = PlainRequest { now: *time, ..request };
                            self.is_told_right(&request, keyed, &changes, tally)
                        })
                    })
                })?;
            }
        }
        Ok(())
    }

    fn is_told_right(
        &self,
        request: &PlainRequest<'_>,
        keyed: bool,
        changes: &[Vec<&Change<'_>>; 2],
        tally: &mut Tally,
    ) -> Result<(), String> {
        let given = given_by_one(request, self.tables, keyed);
        // By one change, or by none.
        let said = changes.each_ref().map(|changes| at(changes, request.now));
        tally.requests += 1;
        tally.lost += usize::from(given[0]);
        tally.gained += usize::from(given[1]);
        if said == given.map(usize::from) {
            return Ok(());
        }
        Err(format!("{:?} is {given:?}, said {said:?}", RequestShown(request)))
    }

    /// Every host, path and method, and the class that is told for it.
    fn points(&self, space: &Space) -> Result<Vec<Point>, String> {
        let mut points = Vec::new();
        for host in space.hosts {
            for path in space.paths {
                for method in &space.methods {
                    let class = self.class(host, path, *method)?;
                    points.push(Point { host, path, method: *method, class });
                }
            }
        }
        Ok(points)
    }

    /// No key, and each key in each place where either table looks for one.
    fn carried(&self) -> Vec<Carried<'t>> {
        let mut places: Vec<CredentialSource<'_>> = Vec::new();
        for table in self.tables {
            places.extend(table.settings().credentials.iter().copied());
        }
        places.sort_by_key(|place| format!("{place:?}"));
        places.dedup();
        let known = |key: &usize| {
            self.tables.iter().any(|table| table.find_key(kept_digest(*key)).is_some())
        };
        let keys = (0..KEYS.len()).filter(known);
        let keyed = keys.flat_map(|key| places.iter().map(move |place| Some((key, *place))));
        std::iter::once(None).chain(keyed).collect()
    }

    /// The class that is told for the requests of a host, path and method.
    pub(crate) fn class(
        &self,
        host: &str,
        path: &str,
        (name, preflight): (&str, bool),
    ) -> Result<usize, String> {
        let data = request((name, preflight), host, path, None, None);
        let routes = self.tables.map(|table| Destination {
            routed: data.with_plain(|plain| route(table, plain)).unwrap(),
            preflight: preflight && table.settings().preflight == Preflight::Allow,
        });
        let found = self.difference.classes.iter().position(|class| class.routes == routes);
        let class = found.ok_or_else(|| format!("no class for {data:?}"))?;
        let named = self.tables.iter().any(|table| table.methods().any(|known| known == name));
        let mut methods = self.difference.methods(&self.difference.classes[class]);
        let covered = methods.any(|method| {
            let stands_for = match name.bytes().any(|byte| byte.is_ascii_lowercase()) {
                _ if named => StandsFor::Itself,
                true => StandsFor::SmallOthers,
                false => StandsFor::Others,
            };
            (method.name == name || !named && method.stands_for == stands_for)
                && (method.preflight == routes.iter().any(|route| route.preflight))
        });
        if covered { Ok(class) } else { Err(format!("no method for {data:?}")) }
    }

    /// The changes that are about requests which carry this.
    pub(crate) fn changes_of(
        &self,
        direction: Direction,
        carried: Carried<'_>,
    ) -> Vec<&'d Change<'t>> {
        let [_, table] = direction.order(self.tables);
        let is_about = |change: &&Change<'_>| match (&change.owner, carried) {
            (Owner::Anyone, None) => true,
            (Owner::Keys(_, keys), Some((key, place))) => {
                let key = table.find_key(kept_digest(key));
                change.places.contains(&place) && key.is_some_and(|key| keys.contains(&key))
            }
            _ => false,
        };
        self.difference.changes(direction).iter().filter(is_about).collect()
    }

    fn every_witness_proves_its_change(&self, tally: &mut Tally) -> Result<(), String> {
        for direction in [Direction::Gained, Direction::Lost] {
            let [before, after] = direction.order(self.tables);
            for change in self.difference.changes(direction) {
                for class in change.classes.iter() {
                    let class = &self.difference.classes[*class];
                    let witness = self.difference.witness(direction, change, class).unwrap();
                    tally.witnesses += 1;
                    let flips = [before, after].map(|table| witness.decide(table).verdict());
                    // The same with the text of the key.
                    let carried = witness.key.map(|(digest, place)| {
                        let key = (0..KEYS.len()).find(|key| kept_digest(*key) == digest);
                        (key.unwrap(), place)
                    });
                    let example = &witness.example;
                    let method = (example.method.as_str(), example.preflight);
                    let (host, path) = (&example.host, &example.path);
                    let mut real = request(method, host, path, carried, witness.address);
                    real.time = witness.time;
                    let explained = [before, after].map(|table| explain(table, &real).0.verdict());
                    let expected = [Verdict::Deny, Verdict::Allow];
                    if flips != expected || explained != expected {
                        return Err(format!(
                            "{direction:?}: {witness:?} gives {flips:?}, {explained:?}"
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Host, path and method of a request.
struct Point {
    host: &'static str,
    path: &'static str,
    method: (&'static str, bool),
    /// A position in [`Difference::classes`].
    class: usize,
}

pub(crate) fn from<'c, 't>(
    changes: &[&'c Change<'t>],
    address: Option<IpAddr>,
) -> Vec<&'c Change<'t>> {
    changes.iter().filter(|change| change.origins.contains(address)).copied().collect()
}

fn of_class<'c, 't>(changes: &[&'c Change<'t>], class: usize) -> Vec<&'c Change<'t>> {
    changes.iter().filter(|change| change.classes.contains(&class)).copied().collect()
}

pub(crate) fn at(changes: &[&Change<'_>], time: i64) -> usize {
    let then = |change: &&&Change<'_>| change.times.iter().any(|span| span.contains(time));
    changes.iter().filter(then).count()
}

/// A request in a message.
struct RequestShown<'r, 'a>(&'r PlainRequest<'a>);

impl std::fmt::Debug for RequestShown<'_, '_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PlainRequest { method, host, path, headers, address, .. } = self.0;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let now = self.0.now;
        write!(
            formatter,
            "{} {}{} at {now} from {address:?}",
            text(method),
            text(host),
            text(path)
        )?;
        headers
            .iter()
            .try_for_each(|(name, value)| write!(formatter, ", {}: {}", text(name), text(value)))
    }
}
