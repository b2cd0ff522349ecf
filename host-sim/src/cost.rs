//! What it cost.

use std::ops::AddAssign;

use crate::log::LogLine;

/// What the guest gets as a header map.
pub(crate) const MAPS: &str = "proxy_get_header_map_pairs";

/// What the guest did, and what crossed the boundary between host and guest.
///
/// Everything but the time is the same in every run of the same module on the same input, and
/// so can be held to a budget in a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Callbacks entered. Calls of the guest's allocator are in `allocations`.
    pub entries: u64,
    /// Wall time from entering the guest to its return, host functions included, in nanoseconds;
    /// 0 unless the host was built to be [timed](crate::HostBuilder::timed).
    pub nanoseconds: u64,
    /// Fuel used, about one unit an instruction; 0 unless the host was built with fuel.
    pub fuel: u64,
    /// Bytes of values that the host copied into guest memory.
    pub bytes_in: u64,
    /// Bytes of keys, values and messages that the host read from guest memory.
    pub bytes_out: u64,
    /// Calls of the guest's allocator, one for every value that was not empty.
    pub allocations: u64,
    /// Bytes that the guest's allocator was asked for.
    pub allocated_bytes: u64,
    calls: Vec<Calls>,
}

/// How often one host function was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// The name it is imported by.
    pub name: &'static str,
    /// All calls.
    pub count: u64,
    /// Calls that returned data: the host had to allocate in the guest.
    pub with_data: u64,
    /// Bytes of values that these calls copied into guest memory.
    pub bytes_in: u64,
    /// Bytes of keys, values and messages that these calls read from guest memory.
    pub bytes_out: u64,
}

impl Cost {
    /// Calls of one host function.
    pub fn host_calls(&self, name: &str) -> u64 {
        self.calls.iter().find(|calls| calls.name == name).map_or(0, |calls| calls.count)
    }

    /// Calls of all host functions together.
    pub fn all_calls(&self) -> u64 {
        self.calls.iter().map(|calls| calls.count).sum()
    }

    /// Calls that returned data, which are the dear ones: the host enters the guest again, to
    /// allocate.
    pub fn data_calls(&self) -> u64 {
        self.calls.iter().map(|calls| calls.with_data).sum()
    }

    /// Calls that returned no data.
    pub fn plain_calls(&self) -> u64 {
        self.all_calls() - self.data_calls()
    }

    /// Every host function that was called, in the order of the first calls.
    pub fn calls(&self) -> &[Calls] {
        &self.calls
    }

    pub(crate) fn count_calls(&mut self, more: &Calls) {
        match self.calls.iter_mut().find(|calls| calls.name == more.name) {
            Some(calls) => {
                calls.count += more.count;
                calls.with_data += more.with_data;
                calls.bytes_in += more.bytes_in;
                calls.bytes_out += more.bytes_out;
            }
            None => self.calls.push(more.clone()),
        }
    }
}

impl AddAssign<&Cost> for Cost {
    fn add_assign(&mut self, more: &Cost) {
        self.entries += more.entries;
        self.nanoseconds += more.nanoseconds;
        self.fuel += more.fuel;
        self.bytes_in += more.bytes_in;
        self.bytes_out += more.bytes_out;
        self.allocations += more.allocations;
        self.allocated_bytes += more.allocated_bytes;
        more.calls.iter().for_each(|calls| self.count_calls(calls));
    }
}

/// One entry into the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The export that was called.
    pub name: &'static str,
    /// The context it was called for.
    pub context: u32,
    /// What it returned; none where it returns nothing, or trapped.
    pub returned: Option<u32>,
    /// What it cost.
    pub cost: Cost,
    /// Bytes of each map that [`MAPS`] handed over, call by call; none unless the host was built to tell them.
    pub(crate) map_sizes: Vec<u64>,
    /// Guest memory when it returned, in pages of 64 KiB. From callback to callback it tells how
    /// the memory grows; it never shrinks.
    pub memory_pages: u64,
}

/// What the module did in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// What it logged.
    pub logs: Vec<LogLine>,
    /// The callbacks that were entered, in order.
    pub callbacks: Vec<Callback>,
}

impl Activity {
    /// The cost of all callbacks together.
    pub fn cost(&self) -> Cost {
        let mut total = Cost::default();
        self.callbacks.iter().for_each(|callback| total += &callback.cost);
        total
    }

    /// Adds it to an outcome.
    pub(crate) fn add_to(
        self,
        cost: &mut Cost,
        callbacks: &mut Vec<Callback>,
        logs: &mut Vec<LogLine>,
    ) {
        self.callbacks.iter().for_each(|callback| *cost += &callback.cost);
        callbacks.extend(self.callbacks);
        logs.extend(self.logs);
    }

    pub(crate) fn append(&mut self, mut later: Self) {
        append(&mut self.logs, &mut later.logs);
        append(&mut self.callbacks, &mut later.callbacks);
    }
}

/// Moves a list to the end of another; nearly always that is empty, and nothing is copied.
fn append<T>(all: &mut Vec<T>, later: &mut Vec<T>) {
    if all.is_empty() {
        std::mem::swap(all, later);
    } else {
        all.append(later);
    }
}
