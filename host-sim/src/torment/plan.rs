//! What can go wrong in a stretch of time, from what the module called in it.

use std::collections::BTreeMap;

use crate::cost::{Callback, MAPS};
use crate::faults::Fault;
use crate::number::number;

/// All statuses of the ABI but 0, which says that all is well; in them those that only the C++
/// SDK knows. A module must be ready for each, whatever it calls.
const STATUSES: std::ops::RangeInclusive<u32> = 1..=12;

/// The most lengths at which one header map is cut.
const CUTS: u64 = 512;

/// The most calls of one function that anything happens to, and the most allocations. A module
/// that calls as often does the same again and again.
const CALLS: u64 = 100;

/// Every fault of every call, callback and allocation.
pub(super) fn faults(callbacks: &[Callback]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (function, count) in calls(callbacks) {
        let function = function.to_owned();
        for nth in some(count, CALLS).map(|place| place + 1) {
            faults.extend(STATUSES.map(|status| Fault::Status {
                function: function.clone(),
                nth,
                status,
            }));
            faults.push(Fault::TrapInCall { function: function.clone(), nth });
        }
    }
    let sizes: Vec<u64> =
        callbacks.iter().flat_map(|callback| &callback.map_sizes).copied().collect();
    let step = step(u64::from(number(sizes.len())), CALLS);
    for (nth, size) in (1..).zip(sizes).step_by(step) {
        let function = MAPS.to_owned();
        faults.extend(cuts(size).map(|bytes| Fault::Cut {
            function: function.clone(),
            nth,
            bytes,
        }));
    }
    for (callback, count) in entries(callbacks) {
        faults.extend(
            some(count, CALLS)
                .map(|place| Fault::TrapInCallback { callback: callback.into(), nth: place + 1 }),
        );
    }
    let allocations: u64 = callbacks.iter().map(|callback| callback.cost.allocations).sum();
    for nth in some(allocations, CALLS).map(|place| place + 1) {
        faults.extend([Fault::AllocationFails { nth }, Fault::AllocationTraps { nth }]);
    }
    faults
}

/// The host functions that were called.
pub(super) fn functions(callbacks: &[Callback]) -> impl Iterator<Item = &'static str> {
    calls(callbacks).into_keys()
}

/// How often each function was called.
fn calls(callbacks: &[Callback]) -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    for calls in callbacks.iter().flat_map(|callback| callback.cost.calls()) {
        *all.entry(calls.name).or_default() += calls.count;
    }
    all
}

fn entries(callbacks: &[Callback]) -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    for callback in callbacks {
        *all.entry(callback.name).or_default() += 1;
    }
    all
}

/// Every length below `bytes`, or as many of them as are allowed.
fn cuts(bytes: u64) -> impl Iterator<Item = usize> {
    some(bytes, CUTS).filter_map(|at| at.try_into().ok())
}

/// Every number below `all`, or `most` of them, evenly.
fn some(all: u64, most: u64) -> impl Iterator<Item = u64> {
    (0..all).step_by(step(all, most))
}

/// How far it is from one to the next where `most` of them are taken.
fn step(all: u64, most: u64) -> usize {
    usize::try_from(all.div_ceil(most).max(1)).unwrap_or(usize::MAX)
}
