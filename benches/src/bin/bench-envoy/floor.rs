//! The filter beside the bare module that makes the same host calls.

use anyhow::{Context, Result, ensure};
use policy_table::write::ClientAddress;
use portcullis_benches::envoy::{Answers, Requests, Setup, message};
use portcullis_benches::generations::Ratio;
use portcullis_benches::reference::key;

use crate::contenders::{World, floor, portcullis};
use crate::contest::Contest;
use crate::policy::{Kind, Policy, Rules};
use crate::report::Report;
use crate::rounds::{Effort, Series, interleave};
use crate::running::{Running, Starter};

/// Keys of the policies here.
pub(crate) const KEYS: usize = 1_000;

/// What a policy asks of the host, by its name in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    KeyOnly,
    ConnectionAddress,
    ForwardedFor,
    Changes,
}

impl Variant {
    pub(crate) const ALL: [Self; 4] =
        [Self::KeyOnly, Self::ConnectionAddress, Self::ForwardedFor, Self::Changes];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KeyOnly => "key only",
            Self::ConnectionAddress => "key and address of the connection",
            Self::ForwardedFor => "key and X-Forwarded-For",
            Self::Changes => "key stripped and two headers forwarded",
        }
    }

    /// The configuration of the bare module that makes the same calls.
    fn calls(self) -> &'static str {
        match self {
            Self::KeyOnly | Self::ForwardedFor => "key",
            Self::ConnectionAddress => "address",
            Self::Changes => "changes",
        }
    }

    fn policy(self) -> Policy {
        let policy = Policy::with_keys(KEYS);
        match self {
            Self::KeyOnly => Policy { rules: Rules::None, ..policy },
            Self::ConnectionAddress => policy,
            Self::ForwardedFor => {
                let client_address = ClientAddress::XForwardedFor { trusted_hops: 1 };
                Policy { client_address, ..policy }
            }
            Self::Changes => Policy { rules: Rules::None, forward: true, ..policy },
        }
    }
}

/// The requests of all variants but one.
fn plain() -> Requests {
    Kind::Granted.with_keys(KEYS, 200)
}

/// With an address that is believed: of this machine, as the others are.
fn forwarded() -> Requests {
    let make = |number: &usize| {
        let headers = [("x-api-key", key(*number)), ("x-forwarded-for", "127.0.0.1".to_owned())];
        message(
            "/orders/4711?page=2",
            &headers.each_ref().map(|(name, value)| (*name, value.as_str())),
        )
    };
    let messages = Kind::Granted.keys(KEYS).iter().map(make).collect();
    Requests { messages, status: 200 }
}

/// Measures each variant beside its floor, and the least that any module costs; what each variant adds for each part
/// that its floor does.
pub(crate) fn measure(
    starter: &Starter,
    world: &World,
    effort: Effort,
    report: &mut Report,
) -> Result<Vec<(Variant, Ratio)>> {
    let mut contest = Contest::new(starter, "floor");
    let none = contest.enter("none", Setup::default(), &plain())?;
    let entry = contest.enter("floor entry", floor(world, "entry"), &plain())?;
    let mut series = vec![
        Series::new("none", none, plain(), None),
        Series::new("none with X-Forwarded-For", none, forwarded(), None),
        Series::new("floor entry", entry, plain(), Some(0)),
    ];
    // The least that a denial costs, and the filter's.
    let unknown = Kind::UnknownKey.with_keys(KEYS, 401);
    let own = portcullis(world, &Variant::KeyOnly.policy())?;
    for (name, setup) in [("floor denial", floor(world, "deny")), ("portcullis denial", own)] {
        let place = contest.enter(name, setup, &unknown)?;
        series.push(Series::new(name, place, unknown.clone(), Some(0)));
    }
    for variant in Variant::ALL {
        let own = portcullis(world, &variant.policy())?;
        let (requests, baseline) = match variant {
            Variant::ForwardedFor => (forwarded(), 1),
            _ => (plain(), 0),
        };
        for (who, setup) in [("floor", floor(world, variant.calls())), ("portcullis", own)] {
            let name = format!("{who} {}", variant.name());
            let place = contest.enter(&name, setup, &requests)?;
            series.push(Series::new(name, place, requests.clone(), Some(baseline)));
        }
    }
    for generation in 0..effort.generations {
        let mut running = contest.start_all(generation)?;
        for one in series.iter().filter(|one| one.requests.status == 200) {
            let changed = one.name.ends_with(Variant::Changes.name());
            let envoy = running.get(one.running).and_then(Option::as_ref);
            check_headers(envoy.context("no such Envoy")?, changed)?;
        }
        interleave("floor", &mut series, &mut running, effort, generation)?;
    }
    for one in &series {
        report.series(&one.name, KEYS, one, &series);
    }
    let ratio = |variant: Variant| {
        let added = |who: &str| {
            let name = format!("{who} {}", variant.name());
            series.iter().find(|one| one.name == name)?.added(&series)
        };
        let ratio = added("portcullis")?.ratio(&added("floor")?)?;
        Some((variant, ratio))
    };
    Ok(Variant::ALL.into_iter().filter_map(ratio).collect())
}

/// What an upstream would have seen of the headers: the key went and two names came, or neither.
fn check_headers(running: &Running, changed: bool) -> Result<()> {
    let mut connection = Answers::connect(running.envoy.listener()?)?;
    let own = key(0);
    let sent = [("x-api-key", own.as_str()), ("x-forwarded-for", "127.0.0.1")];
    connection.send(&message("/orders/echo", &sent))?;
    let answer = connection.answer()?;
    let seen = |name: &str| answer.head.split("\r\n").find_map(|line| line.strip_prefix(name));
    ensure!(answer.status == 200, "a right key got {}", answer.status);
    let credential = seen("x-seen-x-api-key: ");
    let expected = if changed {
        [None, Some("client-0000000"), Some("key-0")]
    } else {
        [Some(own.as_str()), None, None]
    };
    let found = [credential, seen("x-seen-x-client-id: "), seen("x-seen-x-key-id: ")];
    ensure!(found == expected, "headers behind the filter: expected {expected:?}, found {found:?}");
    Ok(())
}
