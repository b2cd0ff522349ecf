//! One request: decided by the table that was in force when it came.

use std::net::IpAddr;

use policy_table::{Decision, Label, Request, Table, Verdict, parse_address};
use proxy_wasm::types::Action;

use crate::abi::{self, Level, Refused};
use crate::changes::{Change, change};
use crate::gateway::InForce;
use crate::pairs::Pairs;
use crate::reply::Reply;
use crate::request::{HostRequest, Source};
use crate::settings::Mode;

/// Decides the request whose headers have come by what is in force for it.
pub(crate) fn run(in_force: Option<&InForce>) -> Action {
    let Some(in_force) = in_force else {
        return deny(&Reply::table_unavailable());
    };
    match (authorize(in_force), in_force.loaded.settings.mode) {
        (Ok(action), _) => action,
        (Err(Refused), Mode::Enforce) => deny(&Reply::host_call_failed()),
        (Err(Refused), Mode::Shadow) => {
            abi::log(Level::Warn, "portcullis: shadow: would deny with 503 host_call_failed");
            Action::Continue
        }
    }
}

/// Decides the request and carries the decision out. Where the host refuses a call on which the
/// decision or its meaning depends, the caller denies.
fn authorize(in_force: &InForce) -> Result<Action, Refused> {
    let map = abi::request_headers()?;
    let request = Pairs::parse(&map).and_then(|pairs| HostRequest::new(pairs, Connection));
    let request = request.ok_or(Refused)?;
    let (table, settings) = (in_force.loaded.table(), in_force.loaded.settings);
    let decision = in_force.loaded.decide(&request);
    in_force.counters.count(&decision);
    if settings.filter_state {
        write_filter_state(table, &decision);
    }
    if decision.verdict() == Verdict::Deny
        && let Some(action) = refuse(in_force, &decision)
    {
        return Ok(action);
    }
    if in_force.changes_headers {
        change_headers(table, settings.mode, &decision, &request)?;
    }
    Ok(Action::Continue)
}

// What only some requests need is kept apart from what all need: code that is not run would
// stand between what is, and a proxy's caches are full of other things.

#[inline(never)]
fn change_headers(
    table: &Table<'_>,
    mode: Mode,
    decision: &Decision,
    request: &impl Request,
) -> Result<(), Refused> {
    change(table, mode, decision, request, |change| match change {
        Change::Replace(name, value) => abi::replace_request_header(name, &value),
        Change::Remove(name) => abi::remove_request_header(name),
    })
}

/// Answers a request that is denied; in shadow mode it goes on.
#[cold]
#[inline(never)]
fn refuse(in_force: &InForce, decision: &Decision) -> Option<Action> {
    let table = in_force.loaded.table();
    let reply = in_force.replies.get(table, decision)?;
    match in_force.loaded.settings.mode {
        Mode::Enforce => Some(deny(&reply)),
        Mode::Shadow => {
            log_shadow(table, decision, &reply);
            None
        }
    }
}

/// Where the host refuses even the reply, the request stays paused: it never goes on.
#[cold]
#[inline(never)]
fn deny(reply: &Reply) -> Action {
    let Reply { status, details, headers, body } = reply;
    if abi::send_local_response(*status, details, headers, body.as_bytes()).is_err() {
        abi::log(
            Level::Error,
            "portcullis: the host refused a local reply; the request stays paused",
        );
    }
    Action::Pause
}

/// What a decision is called where operators look.
fn names<'a>(table: &Table<'a>, decision: &Decision) -> [(&'static str, Option<Label<'a>>); 3] {
    [
        ("client", decision.client.map(|client| table.client_name(client))),
        ("key", decision.key.map(|key| table.key_name(key))),
        ("collection", decision.collection.map(|of| Label::Name(table.collection_name(of)))),
    ]
}

/// For access logs. A host without filter state refuses the calls: that takes nothing from the
/// decision.
#[inline(never)]
fn write_filter_state(table: &Table<'_>, decision: &Decision) {
    let write = |name: &str, value: &str| {
        let _ = abi::set_property(&format!("portcullis.{name}"), value.as_bytes());
    };
    for (name, value) in names(table, decision) {
        if let Some(value) = value {
            write(name, &value);
        }
    }
    write("reason", decision.reason.code());
    write("verdict", decision.verdict().code());
    write("table", &table.id().to_string());
}

/// Says what would have been denied. Nothing of the request is in it: a key could be.
fn log_shadow(table: &Table<'_>, decision: &Decision, reply: &Reply) {
    let mut line =
        format!("portcullis: shadow: would deny with {} {}", reply.status, reply.details);
    for (name, value) in names(table, decision) {
        if let Some(value) = value {
            line.push_str(&format!(", {name} {value}"));
        }
    }
    abi::log(Level::Warn, &line);
}

/// The connection of the request in hand.
struct Connection;

impl Source for Connection {
    fn connection_address(&self) -> Option<IpAddr> {
        parse_address(&abi::property(b"source\0address").ok()?)
    }

    fn now(&self) -> Option<i64> {
        i64::try_from(abi::current_time().ok()? / 1_000_000_000).ok()
    }
}
