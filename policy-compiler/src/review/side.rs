//! One of the two tables that are compared: what it grants to each key, in terms that both share.

use policy_table::Table;
use policy_table::settings::CredentialSource;
use policy_table::walk::{GrantIndex, KeyFacts, RuleIndex};

use super::origins::{OriginPool, OriginsNumber};
use super::times::Span;

/// A table, with its address rules as numbers of the common pool.
pub(super) struct Side<'t> {
    pub(super) table: &'t Table<'t>,
    /// What the gateway's rule lets pass.
    pub(super) gateway: OriginsNumber,
    rules: Vec<OriginsNumber>,
    /// The places in which it looks for a key.
    pub(super) places: Places,
}

/// What a key may do while it and its client are switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// What the rules of gateway, client and key let pass.
    pub(super) rules: [OriginsNumber; 3],
    pub(super) grant: GrantIndex,
    pub(super) window: Span,
}

/// A set of places for credentials, by their positions among those of both tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Places(u16);

/// The places in which either table looks for a key.
pub(super) fn places<'t>(tables: [&'t Table<'t>; 2]) -> Vec<CredentialSource<'t>> {
    let mut places: Vec<CredentialSource<'_>> = Vec::new();
    for source in tables.iter().flat_map(|table| &table.settings().credentials) {
        if !places.contains(source) {
            places.push(*source);
        }
    }
    places
}

impl<'t> Side<'t> {
    pub(super) fn new(
        table: &'t Table<'t>,
        places: &[CredentialSource<'_>],
        pool: &mut OriginPool,
    ) -> Self {
        let rules: Vec<_> = table.address_rules().map(|rule| pool.of_rule(table, rule)).collect();
        let mut own = Places::default();
        for (position, place) in places.iter().enumerate() {
            if table.settings().credentials.contains(place) {
                own = own.with(position);
            }
        }
        let mut side = Self { table, gateway: OriginPool::EVERYWHERE, rules, places: own };
        side.gateway = side.origins(table.gateway_rule());
        side
    }

    /// What a key may do; nothing where it or its client is switched off.
    pub(super) fn standing(&self, key: &KeyFacts) -> Option<Standing> {
        let client = self.table.client_facts(key.client)?;
        (key.active && client.active).then_some(Standing {
            rules: [self.gateway, self.origins(client.rule), self.origins(key.rule)],
            grant: key.grant.unwrap_or(client.grant),
            // INVARIANT: a table has no empty window.
            window: Span::new(key.not_before, key.expires)?,
        })
    }

    fn origins(&self, rule: Option<RuleIndex>) -> OriginsNumber {
        rule.map_or(OriginPool::EVERYWHERE, |rule| {
            let number = usize::try_from(rule.number()).ok().and_then(|at| self.rules.get(at));
            // INVARIANT: a rule of the table; one that were not would let nothing pass.
            number.copied().unwrap_or(OriginPool::NOWHERE)
        })
    }
}

impl Places {
    fn with(self, position: usize) -> Self {
        Self(self.0 | Self::one(position))
    }

    /// Whether the place at a position is in it. Two tables have 16 places at most.
    pub(super) fn contains(self, position: usize) -> bool {
        self.0 & Self::one(position) != 0
    }

    /// The places that another set does not have.
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn one(position: usize) -> u16 {
        u32::try_from(position).ok().and_then(|position| 1_u16.checked_shl(position)).unwrap_or(0)
    }
}
