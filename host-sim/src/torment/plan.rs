//! What can go wrong in a stretch of time, from what the module called in it.

use std::collections::BTreeMap;

use crate::cost::Callback;
use crate::faults::Fault;

/// All statuses of the ABI but 0, which says that all is well; in them those that only the C++
/// SDK knows. A module must be ready for each, whatever it calls.
const STATUSES: std::ops::RangeInclusive<u32> = 1..=12;

/// The most lengths at which one header map is cut.
const CUTS: u64 = 512;

/// The most calls of one function that anything happens to, and the most allocations. A module
/// that calls as often does the same again and again.
const CALLS: u64 = 100;

/// What the guest gets as a header map.
const MAPS: &str = "proxy_get_header_map_pairs";

/// Every fault of every call, callback and allocation.
pub(super) fn faults(callbacks: &[Callback]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (function, made) in calls(callbacks) {
        let function = function.to_owned();
        for nth in some(made.count, CALLS).map(|place| place + 1) {
            faults.extend(STATUSES.map(|status| Fault::Status {
                function: function.clone(),
                nth,
                status,
            }));
            faults.push(Fault::TrapInCall { function: function.clone(), nth });
            if function == MAPS {
                faults.extend(cuts(made.bytes).map(|bytes| Fault::Cut {
                    function: function.clone(),
                    nth,
                    bytes,
                }));
            }
        }
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

/// What was called of one function.
#[derive(Default)]
struct Made {
    count: u64,
    bytes: u64,
}

fn calls(callbacks: &[Callback]) -> BTreeMap<&'static str, Made> {
    let mut all = BTreeMap::<_, Made>::new();
    for calls in callbacks.iter().flat_map(|callback| callback.cost.calls()) {
        let made = all.entry(calls.name).or_default();
        made.count += calls.count;
        made.bytes += calls.bytes_in;
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
    let step = all.div_ceil(most).max(1);
    (0..all).step_by(usize::try_from(step).unwrap_or(usize::MAX))
}
