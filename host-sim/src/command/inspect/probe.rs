//! One request through the module, to see what it does in it.

use std::collections::BTreeMap;

use super::super::{Failure, PluginArguments};
use crate::builder::HostBuilder;
use crate::cost::Callback;
use crate::error::{Refusal, StartError};
use crate::request::{Request, Response};

/// Requests that times are the median of.
const REQUESTS: usize = 1000;

/// What a request does in a module.
pub(super) struct Probe {
    /// Guest memory after the start, in pages.
    pub(super) start_pages: u64,
    /// By callback; only those that were entered, in the start or in the request.
    pub(super) entered: BTreeMap<&'static str, Entered>,
}

/// What one callback did.
#[derive(Clone, Default)]
pub(super) struct Entered {
    /// In the start.
    pub(super) at_start: u64,
    /// In one request.
    pub(super) in_request: u64,
    /// Host calls in one request.
    pub(super) calls: u64,
    /// Fuel in one request.
    pub(super) fuel: u64,
    /// Nanoseconds of one entry in a request: the median.
    pub(super) nanoseconds: u64,
}

/// Why no request was sent.
pub(super) struct NoProbe {
    /// In words.
    pub(super) reason: String,
    /// A proxy could load the module all the same: it only did not start as it is configured.
    pub(super) loads: bool,
}

/// Starts the module, and sends requests; in the inner result, why it did not start.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn run(plugin: &PluginArguments) -> Result<Result<Probe, NoProbe>, Failure> {
    Ok(match plugin.builder() {
        Ok(builder) => send(&builder).map_err(|error| NoProbe {
            loads: loads(&error.refusal),
            reason: plugin.does_not_hold(&error).to_string(),
        }),
        Err(Failure::DoesNotHold(reason)) => Err(NoProbe { reason, loads: false }),
        Err(misuse) => return Err(misuse),
    })
}

/// Whether a proxy gets as far as to give the module its configuration.
fn loads(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Instance(_) | Refusal::Export { .. } => false,
        Refusal::Trapped(trap) => trap.callback.starts_with("proxy_"),
        _ => true,
    }
}

fn send(builder: &HostBuilder) -> Result<Probe, StartError> {
    let start = |fuel| builder.clone().fuel(fuel).start();
    let mut counting = start(true)?;
    let mut entered = BTreeMap::<_, Entered>::new();
    for callback in &counting.start_activity().callbacks {
        entered.entry(callback.name).or_default().at_start += 1;
    }
    let start_pages = counting.memory_pages();
    // Much happens only the first time.
    counting.request(request());
    for Callback { name, cost, .. } in counting.request(request()).callbacks {
        let entry = entered.entry(name).or_default();
        entry.in_request += cost.entries;
        entry.calls += cost.all_calls();
        entry.fuel += cost.fuel;
    }
    let mut timing = start(false)?;
    let mut times = BTreeMap::<&str, Vec<u64>>::new();
    for _ in 0..REQUESTS {
        let outcome = timing.request(request());
        for callback in &outcome.callbacks {
            times.entry(callback.name).or_default().push(callback.cost.nanoseconds);
        }
        // It would trap each time, perhaps only at its deadline.
        if outcome.trap().is_some() {
            break;
        }
    }
    for (name, mut times) in times {
        times.sort_unstable();
        if let Some(entry) = entered.get_mut(name) {
            entry.nanoseconds = times.get(times.len() / 2).copied().unwrap_or_default();
        }
    }
    Ok(Probe { start_pages, entered })
}

fn request() -> Request {
    Request::post("/")
        .header("user-agent", "host-sim")
        .header("accept", "*/*")
        .header("content-type", "text/plain")
        .body("probe")
        .answered_by(Response::new(200).header("content-type", "text/plain").body("probe"))
}
