//! What one table allows and the other does not.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};
use policy_table::walk::{GrantIndex, KeyFacts};
use policy_table::{ClientIndex, CollectionIndex, KeyIndex};

use super::classes::{Classes, Gate};
use super::origins::{OriginPool, OriginsNumber};
use super::side::{Places, Side, Standing};
use super::times::Span;

/// Access that one table gives and the other does not: all requests of these classes, from these
/// origins, in these spans of time, with one of these keys in one of these places.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gain {
    pub(super) owner: Owner,
    pub(super) times: Vec<Span>,
    /// Positions in [`Classes`].
    pub(super) classes: Rc<[usize]>,
    pub(super) places: Places,
    pub(super) origins: OriginsNumber,
}

/// Whose requests they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// Whoever sends a request without a credential.
    Anyone,
    /// Whoever has one of these keys of a client, in the table that lets them in.
    Keys(ClientIndex, Vec<KeyIndex>),
}

/// Looks for what the table after allows and the table before does not.
pub(super) struct Gains<'c, 't> {
    before: &'c Side<'t>,
    after: &'c Side<'t>,
    /// Classes by what the table before and the table after ask of their requests.
    groups: Vec<([Gate; 2], Vec<usize>)>,
    span: Span,
    reaches: HashMap<(Option<GrantIndex>, GrantIndex), Rc<Reach>>,
    /// Each different set of classes once.
    sets: HashMap<Rc<[usize]>, Rc<[usize]>>,
    found: HashMap<Same, Vec<KeyIndex>>,
}

/// What a key may do with the grant after, by what it might do before.
struct Reach {
    /// What it might not do at all.
    fresh: Rc<[usize]>,
    /// What anyone might do.
    open: Rc<[usize]>,
    /// What it might do with the grant before.
    kept: Rc<[usize]>,
}

/// What keys must have in common to be told together.
#[derive(PartialEq, Eq, Hash)]
struct Same {
    client: ClientIndex,
    classes: Rc<[usize]>,
    origins: OriginsNumber,
    places: Places,
    times: Vec<Span>,
}

impl<'c, 't> Gains<'c, 't> {
    pub(super) fn new(
        classes: &Classes,
        sides: &'c [Side<'t>; 2],
        direction: Direction,
        span: Span,
    ) -> Self {
        let [old, new] = sides;
        let (before, after) = match direction {
            Direction::Gained => (old, new),
            Direction::Lost => (new, old),
        };
        let mut groups: HashMap<[Gate; 2], Vec<usize>> = HashMap::default();
        for (position, class) in classes.classes.iter().enumerate() {
            let [old_route, new_route] = class.routes;
            let gates = [old_route.gate(old.table), new_route.gate(new.table)];
            groups.entry(direction.order(gates)).or_default().push(position);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_unstable();
        Self {
            before,
            after,
            groups,
            span,
            reaches: HashMap::default(),
            sets: HashMap::default(),
            found: HashMap::default(),
        }
    }

    /// Looks at requests without a credential.
    pub(super) fn of_anyone(&self, pool: &mut OriginPool) -> Vec<Gain> {
        let open = |before_open: bool| -> Rc<[usize]> {
            let groups = self.groups.iter().filter(|([before, after], _)| {
                *after == Gate::Open && (*before == Gate::Open) == before_open
            });
            groups.flat_map(|(_, classes)| classes).copied().collect()
        };
        let stayed = pool.without(self.after.gateway, self.before.gateway);
        let gains = [(open(false), self.after.gateway), (open(true), stayed)];
        let gains = gains
            .into_iter()
            .filter(|(classes, origins)| !classes.is_empty() && *origins != OriginPool::NOWHERE);
        gains
            .map(|(classes, origins)| Gain {
                owner: Owner::Anyone,
                classes,
                origins,
                places: Places::default(),
                times: vec![self.span],
            })
            .collect()
    }

    /// Looks at a key, which both tables or only the one after may have.
    pub(super) fn of_key(
        &mut self,
        pool: &mut OriginPool,
        key: &KeyFacts,
        before: Option<Standing>,
        after: Standing,
    ) {
        let reach = self.reach(before.map(|before| before.grant), after.grant);
        let new_places = self.after.places.without(self.before.places);
        // Nearly every key of a large policy ends here.
        if let Some(before) = before
            && before.rules == after.rules
            && before.window == after.window
            && new_places.is_empty()
            && reach.fresh.is_empty()
            && reach.open.is_empty()
        {
            return;
        }
        let Some(window) = after.window.both(&self.span) else {
            return;
        };
        let places = self.after.places;
        let origins = all_of(pool, after.rules);
        let unopened = pool.without(origins, self.before.gateway);
        let mut add = |classes: &Rc<[usize]>, origins, places: Places, times: Vec<Span>| {
            let nothing = classes.is_empty() || origins == OriginPool::NOWHERE;
            if !nothing && !places.is_empty() && !times.is_empty() {
                let classes = Rc::clone(classes);
                let same = Same { client: key.client, classes, origins, places, times };
                self.found.entry(same).or_default().push(key.key);
            }
        };
        add(&reach.fresh, origins, places, vec![window]);
        add(&reach.open, unopened, places, vec![window]);
        if let Some(before) = before {
            let origins_before = all_of(pool, before.rules);
            let both_times: Vec<Span> = window.both(&before.window).into_iter().collect();
            let more = pool.without(origins, origins_before);
            let both_origins = pool.both(origins, origins_before);
            add(&reach.kept, origins, places, window.without(&before.window));
            add(&reach.kept, more, places, both_times.clone());
            add(&reach.kept, both_origins, new_places, both_times);
        }
    }

    /// All gains of keys that were looked at.
    pub(super) fn of_keys(self) -> Vec<Gain> {
        let gains = self.found.into_iter().map(|(same, keys)| Gain {
            owner: Owner::Keys(same.client, keys),
            classes: same.classes,
            origins: same.origins,
            places: same.places,
            times: same.times,
        });
        let mut gains: Vec<Gain> = gains.collect();
        gains.sort_unstable();
        gains
    }

    fn reach(&mut self, before: Option<GrantIndex>, after: GrantIndex) -> Rc<Reach> {
        if let Some(known) = self.reaches.get(&(before, after)) {
            return Rc::clone(known);
        }
        let granted_before: HashSet<CollectionIndex> =
            before.into_iter().flat_map(|grant| self.before.table.granted(grant)).collect();
        let granted_after: HashSet<CollectionIndex> = self.after.table.granted(after).collect();
        let [mut fresh, mut open, mut kept] = [const { Vec::new() }; 3];
        for ([gate_before, gate_after], classes) in &self.groups {
            if !matches!(gate_after, Gate::Granted(collection) if granted_after.contains(collection))
            {
                continue;
            }
            let list = match gate_before {
                Gate::Open => &mut open,
                Gate::Granted(collection) if granted_before.contains(collection) => &mut kept,
                Gate::Granted(_) | Gate::Closed => &mut fresh,
            };
            list.extend(classes);
        }
        let [fresh, open, kept] = [fresh, open, kept].map(|list| self.set(list));
        let reach = Rc::new(Reach { fresh, open, kept });
        self.reaches.insert((before, after), Rc::clone(&reach));
        reach
    }

    fn set(&mut self, mut classes: Vec<usize>) -> Rc<[usize]> {
        classes.sort_unstable();
        let classes: Rc<[usize]> = classes.into();
        Rc::clone(self.sets.entry(Rc::clone(&classes)).or_insert(classes))
    }
}

/// Which of the two tables gives what the other does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The new one.
    Gained,
    /// The old one.
    Lost,
}

impl Direction {
    /// What the table before says, and what the table after says.
    pub fn order<T>(self, [old, new]: [T; 2]) -> [T; 2] {
        match self {
            Self::Gained => [old, new],
            Self::Lost => [new, old],
        }
    }
}

/// What all rules let pass.
fn all_of(pool: &mut OriginPool, rules: [OriginsNumber; 3]) -> OriginsNumber {
    rules.into_iter().fold(OriginPool::EVERYWHERE, |all, rule| pool.both(all, rule))
}
