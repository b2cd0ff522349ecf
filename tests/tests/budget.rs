//! What a decision may cost, in counts that are the same in every run. A proxy's clock says what they mean: an entry
//! is some tenths of a microsecond, a call that returns data about one.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use host_sim::{Budget, Cost, Fault, Host, HostBuilder, Request};
use portcullis_tests::engine::simulator;
use portcullis_tests::samples;

/// What one request costs.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    entries: u64,
    /// Calls that return data, and others.
    calls: (u64, u64),
    /// Bytes that the host gave and took.
    bytes: (u64, u64),
}

/// A kind of request and what it may cost.
struct Kind {
    what: &'static str,
    policy: fn() -> String,
    asked: Asked,
    counts: Counts,
    /// As it was recorded.
    fuel: u64,
}

const KINDS: [Kind; 9] = [
    Kind {
        what: "granted, with a key that was not seen before",
        policy: plain,
        asked: Asked::First,
        counts: Counts { entries: 1, calls: (1, 0), bytes: (166, 0) },
        fuel: 9_825,
    },
    Kind {
        what: "granted",
        policy: plain,
        asked: Asked::Granted,
        counts: Counts { entries: 1, calls: (1, 0), bytes: (166, 0) },
        fuel: 4_134,
    },
    Kind {
        what: "granted, with dates",
        policy: dated,
        asked: Asked::Granted,
        counts: Counts { entries: 1, calls: (1, 1), bytes: (166, 0) },
        fuel: 4_181,
    },
    Kind {
        what: "granted, rule on the connection",
        policy: ruled,
        asked: Asked::Granted,
        counts: Counts { entries: 1, calls: (2, 0), bytes: (183, 14) },
        fuel: 5_850,
    },
    Kind {
        what: "granted, rule on X-Forwarded-For",
        policy: ruled_forwarded,
        asked: Asked::Granted,
        counts: Counts { entries: 1, calls: (1, 0), bytes: (166, 0) },
        fuel: 5_620,
    },
    Kind {
        what: "granted, stripped and two headers",
        policy: changed,
        asked: Asked::Granted,
        counts: Counts { entries: 1, calls: (1, 3), bytes: (166, 37) },
        fuel: 5_734,
    },
    Kind {
        what: "no key",
        policy: plain,
        asked: Asked::NoKey,
        counts: Counts { entries: 1, calls: (1, 1), bytes: (138, 201) },
        fuel: 2_687,
    },
    Kind {
        what: "unknown key",
        policy: plain,
        asked: Asked::UnknownKey,
        counts: Counts { entries: 1, calls: (1, 1), bytes: (166, 201) },
        fuel: 9_349,
    },
    Kind {
        what: "blocked address",
        policy: ruled,
        asked: Asked::OtherAddress,
        counts: Counts { entries: 1, calls: (2, 1), bytes: (181, 168) },
        fuel: 5_748,
    },
];

#[derive(Clone, Copy)]
enum Asked {
    /// With a key that was granted before, which is remembered.
    Granted,
    /// The first request of all.
    First,
    NoKey,
    UnknownKey,
    OtherAddress,
}

/// Another compiler makes other code, by a little; what changes an algorithm changes more. Less by a tenth is to be
/// recorded, or it could be lost again unseen.
const FUEL_ABOVE: (u64, u64) = (105, 100);
const FUEL_BELOW: (u64, u64) = (90, 100);

#[test]
fn every_kind_of_request_costs_what_it_costed() {
    let mut wrong = Vec::new();
    for Kind { what, policy, asked, counts: expected, fuel } in &KINDS {
        let cost = cost(&policy(), *asked);
        let found = Counts {
            entries: cost.entries,
            calls: (cost.data_calls(), cost.plain_calls()),
            bytes: (cost.bytes_in, cost.bytes_out),
        };
        let within = |(part, of): (u64, u64)| fuel * part / of;
        let fuel_holds = (within(FUEL_BELOW)..=within(FUEL_ABOVE)).contains(&cost.fuel);
        if found != *expected || !fuel_holds || cost.allocations != cost.data_calls() {
            wrong.push(format!(
                "{what}: {found:?}, fuel {}, expected {expected:?}, about {fuel}: {:?}",
                cost.fuel,
                cost.calls()
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn plain() -> String {
    samples::PLAIN.to_owned()
}

/// The time comes without an allocation in the guest.
fn dated() -> String {
    samples::changed(samples::PLAIN, "(first-key)", "(first-key), expires: 2099-01-01T00:00:00Z")
        .unwrap()
}

fn ruled() -> String {
    samples::changed(samples::PLAIN, "(first-key)", "(first-key), allowed_ips: [ 203.0.113.0/24 ]")
        .unwrap()
}

fn ruled_forwarded() -> String {
    ruled().replace(
        "gateway:\n",
        "gateway:\n  client_address: { from: x-forwarded-for, trusted_hops: 1 }\n",
    )
}

fn changed() -> String {
    samples::changed(
        samples::PLAIN,
        "strip_credential: false",
        "strip_credential: true\n  forward: { client: x-client-id, key: x-key-id }",
    )
    .unwrap()
}

/// The cost of a request after one with the key `first-key`, or of the first of all.
fn cost(document: &str, asked: Asked) -> Cost {
    let mut host = start(document);
    if !matches!(asked, Asked::First) {
        host.request(request());
    }
    let (request, status) = match asked {
        Asked::Granted | Asked::First => (request(), None),
        Asked::NoKey => (request().without_header("x-api-key"), Some(401)),
        Asked::UnknownKey => {
            (request().without_header("x-api-key").header("x-api-key", "other-key"), Some(401))
        }
        Asked::OtherAddress => {
            (request().source_address("192.0.2.1:40000".parse().unwrap()), Some(403))
        }
    };
    let outcome = host.request(request);
    assert_eq!(outcome.continued(), status.is_none(), "{outcome:?}");
    assert!(status.is_none() || outcome.status() == status, "{outcome:?}");
    outcome.cost
}

fn start(document: &str) -> Host {
    host(document).start().unwrap()
}

fn host(document: &str) -> HostBuilder {
    let table = samples::compile(document).unwrap();
    Host::builder(&simulator::module().unwrap()).fuel(true).configuration(table)
}

fn request() -> Request {
    Request::get("/orders")
        .authority("api.example.com")
        .header("x-api-key", "first-key")
        .header("x-forwarded-for", "203.0.113.9")
        .source_address("203.0.113.9:40000".parse().unwrap())
}

/// Keys are remembered by a secret. Where there is none, each costs its digest, and nothing else changes.
#[test]
fn without_randomness_no_key_is_remembered() {
    let remembered = cost(&plain(), Asked::Granted).fuel;
    let not_supported = Fault::Status { function: "random_get".into(), nth: 1, status: 52 };
    let mut host = host(&plain()).fault(not_supported).start().unwrap();
    assert_eq!(host.faults_struck(), 1);
    for _ in 0..3 {
        let outcome = host.request(request());
        assert!(outcome.continued(), "{outcome:?}");
        assert!(outcome.cost.fuel > remembered + 4_000, "{}", outcome.cost.fuel);
    }
}

/// `host-sim bench --requests 1000000` shows the same of a million.
#[test]
fn memory_does_not_grow_after_the_first_thousand_requests() {
    let mut host = start(&changed());
    let mut settled = 0;
    for number in 1..=50_000 {
        let granted = host.request(request());
        let denied = host.request(request().without_header("x-api-key"));
        assert!(granted.continued() && denied.status() == Some(401));
        let budget = Budget::new().allocations(1).entries(2);
        assert_eq!(granted.cost.beyond(&budget), []);
        assert_eq!(denied.cost.beyond(&budget), []);
        if number == 500 {
            settled = denied.memory_pages;
        }
    }
    assert_eq!(host.memory_pages(), settled);
}
