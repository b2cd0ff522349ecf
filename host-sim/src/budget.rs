//! What a module may cost at most.

use std::collections::BTreeMap;
use std::fmt;

use crate::cost::{Calls, Cost};
#[cfg(feature = "command")]
use crate::given::given;

/// The most that something may cost; whatever is not said is not limited.
///
/// Counts are the same in every run, so that a test can hold a module to them:
///
/// ```
/// use host_sim::Budget;
/// # let cost = host_sim::Cost::default();
/// cost.assert(&Budget::new().data_calls(1).calls(3).allocations(1).fuel(50_000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "command", derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(feature = "command", serde(deny_unknown_fields, default))]
#[cfg_attr(feature = "command", schemars(description = "What it may cost at most."))]
pub struct Budget {
    /// Callbacks entered.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    entries: Option<u64>,
    /// Calls of all host functions together.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    calls: Option<u64>,
    /// Calls that return data: the host enters the guest again, to allocate.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    data_calls: Option<u64>,
    /// Calls of single host functions, by name.
    host_calls: BTreeMap<String, u64>,
    /// Bytes of values that the host copies into guest memory.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    bytes_in: Option<u64>,
    /// Bytes of keys, values and messages that the host reads from guest memory.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    bytes_out: Option<u64>,
    /// Calls of the guest's allocator by the host.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    allocations: Option<u64>,
    /// Bytes that the host asks the guest's allocator for.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    allocated_bytes: Option<u64>,
    /// Fuel, about one unit an instruction.
    #[cfg_attr(feature = "command", serde(deserialize_with = "given"))]
    fuel: Option<u64>,
}

impl Cost {
    /// What of this cost goes beyond a budget, each with the calls that made it; nothing where
    /// the budget is kept.
    pub fn beyond(&self, budget: &Budget) -> Vec<Excess> {
        budget.excesses(self)
    }

    /// Ends a test when this cost goes beyond a budget.
    ///
    /// # Panics
    /// When it does, with a line for each thing that there is too much of, and by which calls.
    #[track_caller]
    #[allow(clippy::panic, reason = "an assertion for tests")]
    pub fn assert(&self, budget: &Budget) {
        let excesses = self.beyond(budget);
        if !excesses.is_empty() {
            let lines: Vec<String> = excesses.iter().map(Excess::to_string).collect();
            panic!("over budget:\n  {}", lines.join("\n  "));
        }
    }
}

/// Something that there is more of than a budget allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// What it is, in words.
    pub what: String,
    /// The most that is allowed.
    pub most: u64,
    /// What there is; none where the host did not count it.
    pub found: Option<u64>,
    /// How much of it each host function made, the greatest part first; empty where it is not
    /// made by calls.
    pub by: Vec<(&'static str, u64)>,
}

impl Budget {
    /// A budget that allows everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At most so many calls of one host function.
    #[must_use]
    pub fn host_calls(mut self, name: impl Into<String>, most: u64) -> Self {
        self.host_calls.insert(name.into(), most);
        self
    }

    /// Whether it can only be checked on a host that counts fuel.
    pub fn needs_fuel(&self) -> bool {
        self.fuel.is_some()
    }

    pub(crate) fn excesses(&self, cost: &Cost) -> Vec<Excess> {
        // Whoever runs uses fuel; none means that nobody counted.
        let fuel = (cost.fuel > 0 || cost.entries == 0).then_some(cost.fuel);
        let parts: [Limit; 8] = [
            ("entries", self.entries, Some(cost.entries), None),
            ("host calls", self.calls, Some(cost.all_calls()), Some(|calls| calls.count)),
            (
                "calls that return data",
                self.data_calls,
                Some(cost.data_calls()),
                Some(|calls| calls.with_data),
            ),
            ("bytes in", self.bytes_in, Some(cost.bytes_in), Some(|calls| calls.bytes_in)),
            ("bytes out", self.bytes_out, Some(cost.bytes_out), Some(|calls| calls.bytes_out)),
            (
                "allocations",
                self.allocations,
                Some(cost.allocations),
                Some(|calls| calls.with_data),
            ),
            (
                "allocated bytes",
                self.allocated_bytes,
                Some(cost.allocated_bytes),
                Some(|calls| calls.bytes_in),
            ),
            ("fuel", self.fuel, fuel, None),
        ];
        let mut excesses: Vec<Excess> = parts
            .into_iter()
            .filter_map(|(what, most, found, share)| {
                let by = || share.map(|share| shares(cost, share)).unwrap_or_default();
                Excess::find(what.to_owned(), most?, found, by)
            })
            .collect();
        excesses.extend(self.host_calls.iter().filter_map(|(name, most)| {
            Excess::find(format!("calls of `{name}`"), *most, Some(cost.host_calls(name)), Vec::new)
        }));
        excesses
    }
}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl Budget {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self, most: u64) -> Self {
                self.$name = Some(most);
                self
            }
        )*}
    };
}

limits! {
    /// At most so many callbacks entered.
    entries;
    /// At most so many calls of host functions.
    calls;
    /// At most so many calls that return data.
    data_calls;
    /// At most so many bytes copied into guest memory.
    bytes_in;
    /// At most so many bytes read from guest memory.
    bytes_out;
    /// At most so many calls of the guest's allocator.
    allocations;
    /// At most so many bytes asked of the guest's allocator.
    allocated_bytes;
    /// At most so much fuel. On a host that does not count fuel this does not hold.
    fuel;
}

/// What one host function made of something.
type Share = fn(&Calls) -> u64;

/// What is limited, the most that is allowed, what there is, and by which calls.
type Limit = (&'static str, Option<u64>, Option<u64>, Option<Share>);

fn shares(cost: &Cost, share: Share) -> Vec<(&'static str, u64)> {
    let shares = cost.calls().iter().map(|calls| (calls.name, share(calls)));
    let mut shares: Vec<_> = shares.filter(|(_, amount)| *amount > 0).collect();
    shares.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
    shares
}

impl Excess {
    fn find(
        what: String,
        most: u64,
        found: Option<u64>,
        by: impl FnOnce() -> Vec<(&'static str, u64)>,
    ) -> Option<Self> {
        let kept = found.is_some_and(|found| found <= most);
        (!kept).then(|| Self { what, most, found, by: by() })
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: expected at most {}, found ", self.what, self.most)?;
        let Some(found) = self.found else {
            return formatter.write_str("that the host does not count it; build it with fuel");
        };
        write!(formatter, "{found}")?;
        for (index, (name, amount)) in self.by.iter().enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            write!(formatter, "{before}{amount} by `{name}`")?;
        }
        formatter.write_str(if self.by.is_empty() { "" } else { ")" })
    }
}
