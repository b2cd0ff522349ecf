//! The methods of requests, as far as two tables tell them apart.

use std::collections::BTreeSet;

use policy_table::Table;
use policy_table::settings::Preflight;

use super::fresh::fresh;

/// A method, or one that stands for many that no table names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// Whether it stands for others, too.
    pub stands_for: StandsFor,
    /// Whether the request is a CORS preflight: OPTIONS with the headers of one.
    pub preflight: bool,
}

/// What a method stands for. One with a small letter that a table does not name is let in by no endpoint,
/// not even by one for every method, so that these are decided otherwise than all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandsFor {
    /// Itself alone.
    Itself,
    /// All without a small letter that no table names.
    Others,
    /// All with a small letter that no table names.
    SmallOthers,
}

/// A set of methods, by their positions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct MethodClasses(u128);

/// The methods that either table names, one in capitals and one in small letters that neither names, and
/// a preflight where either lets those pass.
pub(super) fn methods(tables: [&Table<'_>; 2]) -> Vec<Method> {
    let named: BTreeSet<&str> = tables.iter().flat_map(|table| table.methods()).collect();
    let method =
        |name: &str, stands_for| Method { name: name.to_owned(), stands_for, preflight: false };
    let mut methods: Vec<Method> =
        named.iter().map(|name| method(name, StandsFor::Itself)).collect();
    for (word, stands_for) in [("OTHER", StandsFor::Others), ("other", StandsFor::SmallOthers)] {
        let other = fresh(word, |name| named.contains(name));
        methods.push(method(&other, stands_for));
    }
    if tables.iter().any(|table| table.settings().preflight == Preflight::Allow) {
        methods.push(Method { preflight: true, ..method("OPTIONS", StandsFor::Itself) });
    }
    methods
}

impl MethodClasses {
    /// The method at a position, and no other.
    pub(super) fn only(position: usize) -> Self {
        Self(Self::one(position))
    }

    /// Adds the method at a position. Two tables name 62 methods at most.
    pub(super) fn insert(&mut self, position: usize) {
        self.0 |= Self::one(position);
    }

    /// Whether the method at a position is in it.
    pub(super) fn contains(self, position: usize) -> bool {
        self.0 & Self::one(position) != 0
    }

    fn one(position: usize) -> u128 {
        u32::try_from(position).ok().and_then(|position| 1_u128.checked_shl(position)).unwrap_or(0)
    }
}
