//! Names in place of the indexes of a difference.

use std::collections::BTreeMap;

use policy_table::{CollectionIndex, Table};

use super::answers::other_answers;
use super::classes::Class;
use super::difference::{Change, Difference};
use super::events::{events, key_views};
use super::gains::{Direction, Owner};
use super::gateway::setting_changes;
use super::methods::StandsFor;
use super::view::{
    AccessView, AddressesView, ChangeView, DifferenceView, EndpointView, PolicyView, SpanView,
    WitnessView,
};
use super::words;
use crate::model::show_range;

impl DifferenceView {
    /// The names behind a difference; `names` is how its policies were given.
    pub fn new(difference: &Difference<'_>, names: [&str; 2]) -> Self {
        let [old, new] = difference.tables;
        let policy = |table: &Table<'_>, name: &str| PolicyView {
            name: name.to_owned(),
            table_id: table.id().to_string(),
        };
        let [old_name, new_name] = names;
        let changes = |direction: Direction| {
            let changes = difference.changes(direction).iter();
            changes.map(|change| View { difference, direction, names }.change(change)).collect()
        };
        Self {
            old: policy(old, old_name),
            new: policy(new, new_name),
            looked_at: SpanView::new(&difference.span),
            gained: changes(Direction::Gained),
            lost: changes(Direction::Lost),
            settings: setting_changes(old, new),
            answered_otherwise: other_answers(difference),
            by_itself: match difference.span.until {
                Some(_) => events(new, difference.span),
                None => Vec::new(),
            },
        }
    }
}

/// One direction of a difference.
pub(super) struct View<'d, 't> {
    pub(super) difference: &'d Difference<'t>,
    pub(super) direction: Direction,
    pub(super) names: [&'d str; 2],
}

impl<'t> View<'_, 't> {
    pub(super) fn change(&self, change: &Change<'t>) -> ChangeView {
        let [_, table] = self.direction.order(self.difference.tables);
        let (client, keys) = match &change.owner {
            Owner::Anyone => (None, Vec::new()),
            Owner::Keys(client, keys) => {
                (Some(table.client_name(*client).to_string()), key_views(table, keys))
            }
        };
        let count = change.origins.count();
        ChangeView {
            client,
            keys,
            access: self.access(change),
            addresses: AddressesView {
                ranges: change.origins.ranges().map(show_range).collect(),
                ipv4: count.v4,
                ipv6: count.v6.to_string(),
                unknown: change.origins.has_unknown(),
                words: words::origins(&change.origins),
            },
            times: change.times.iter().map(SpanView::new).collect(),
            places: change.places.iter().map(words::place).collect(),
            places_differ: !change.places.is_empty()
                && change.places.len() < table.settings().credentials.len(),
            witness: self.witness(change),
            when: words::times(&change.times, self.difference.span),
        }
    }

    /// The classes of a change by collection.
    fn access(&self, change: &Change<'t>) -> Vec<AccessView> {
        let [_, table] = self.direction.order(self.difference.tables);
        let mut access: BTreeMap<(Option<CollectionIndex>, &str), Vec<EndpointView>> =
            BTreeMap::new();
        for class in change.classes.iter().filter_map(|at| self.difference.classes.get(*at)) {
            let [_, own] = self.direction.order(class.routes);
            let facts = own.endpoint().and_then(|endpoint| table.endpoint_facts(endpoint));
            let reason = match facts {
                Some(facts) if facts.public => "public",
                Some(_) => "granted",
                None if own.preflight => "preflight",
                None => "unmatched",
            };
            let key = (facts.map(|facts| facts.collection), reason);
            access.entry(key).or_default().push(self.endpoint(class));
        }
        let views = access.into_iter().map(|((collection, reason), mut endpoints)| {
            endpoints.sort();
            let version = collection.map(|collection| table.collection_version(collection));
            AccessView {
                collection: collection.map(|one| table.collection_name(one).to_owned()),
                version: version.filter(|version| !version.is_empty()).map(str::to_owned),
                reason,
                endpoints,
            }
        });
        views.collect()
    }

    fn endpoint(&self, class: &Class) -> EndpointView {
        let [other_table, table] = self.direction.order(self.difference.tables);
        let [other, own] = self.direction.order(class.routes);
        let methods = || self.difference.methods(class);
        let named = methods().filter_map(|method| match method.stands_for {
            StandsFor::Itself => Some(Some(method.name.clone())),
            StandsFor::Others => Some(None),
            StandsFor::SmallOthers => None,
        });
        let example = &class.example;
        EndpointView {
            endpoint: own.endpoint().map(|endpoint| table.endpoint_name(endpoint).to_owned()),
            methods: named.collect(),
            small_letters: methods().any(|method| method.stands_for == StandsFor::SmallOthers),
            same_endpoint: own.words(table) == other.words(other_table),
            other_policy: Some(other.words(other_table)),
            example: format!("{} {}{}", example.method, example.host, example.path),
        }
    }

    fn witness(&self, change: &Change<'t>) -> Option<WitnessView> {
        let class = self.difference.classes.get(*change.classes.first()?)?;
        let witness = self.difference.witness(self.direction, change, class)?;
        let [old, new] = self.difference.tables;
        let [_, name] = self.direction.order(self.names);
        Some(WitnessView {
            command: witness.command(name),
            old: Some(witness.decide(old).reason.code()),
            new: witness.decide(new).reason.code(),
        })
    }
}
