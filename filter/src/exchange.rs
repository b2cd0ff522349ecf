//! One request: decided by the table that was in force when it came.

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;

use policy_table::{Decision, Label, Reason, Table, Verdict};
use proxy_wasm::types::Action;

use crate::abi::{self, Level, Map, Refused};
use crate::changes::{Change, Changes};
use crate::counters;
use crate::gateway::InForce;
use crate::metrics;
use crate::pairs::Pairs;
use crate::reply::{HOST_CALL_FAILED, Reply};
use crate::request::{HostRequest, Source, peer_address};
use crate::settings::{Loaded, Mode};

/// Decides the request whose headers have come by what is in force for it.
pub(crate) fn run(in_force: Option<&InForce>, has_content: bool) -> Action {
    match in_force {
        Some(in_force) => {
            authorize(in_force, Connection { has_content }).unwrap_or_else(|Refused| fail(in_force))
        }
        None => deny_without_table(),
    }
}

/// Decides the request and carries the decision out. Where the host refuses a call on which the
/// decision or its meaning depends, the caller denies: a decision counts only once it is carried out.
fn authorize(in_force: &InForce, connection: Connection) -> Result<Action, Refused> {
    let map = abi::headers(Map::RequestHeaders)?;
    let request = Pairs::parse(&map).and_then(|pairs| HostRequest::new(pairs, connection));
    let request = request.ok_or(Refused)?;
    let mode = in_force.loaded.settings.mode;
    let decision = in_force.loaded.decide(&request);
    let denied = decision.verdict() == Verdict::Deny;
    if denied && mode == Mode::Enforce {
        note(in_force, &decision);
        return Ok(refuse(in_force, &decision, &request));
    }
    if let Some(changes) = &in_force.changes
        && changes.concern(&request)
    {
        change_headers(in_force, changes, &decision, &request)?;
    }
    note(in_force, &decision);
    if denied {
        log_shadow(in_force.loaded.table(), &decision);
    }
    Ok(Action::Continue)
}

/// Cleans the trailers that have come, of which nobody knows whose request they end where `of` has
/// several: an upstream may take trailers for headers (RFC 9110, section 6.5).
pub(crate) fn clean_trailers(of: &[Rc<InForce>]) -> Action {
    for in_force in of {
        if in_force.changes.as_ref().is_none_or(|changes| clean(in_force, changes).is_ok()) {
            continue;
        }
        abi::log(Level::Error, "portcullis: the host refused a call about trailers");
        if in_force.loaded.settings.mode == Mode::Enforce {
            return Action::Pause;
        }
    }
    Action::Continue
}

fn clean(in_force: &InForce, changes: &Changes) -> Result<(), Refused> {
    let map = abi::headers(Map::RequestTrailers)?;
    let pairs = Pairs::parse(&map).ok_or(Refused)?;
    let trailers = HostRequest::of_trailers(pairs, Connection { has_content: false });
    changes.make_to_trailers(in_force.loaded.table(), &trailers, carried_out(Map::RequestTrailers))
}

// What only some requests need is kept apart from what all need: code that is not run would
// stand between what is, and a proxy's caches are full of other things.

#[inline(never)]
fn change_headers(
    in_force: &InForce,
    changes: &Changes,
    decision: &Decision,
    request: &HostRequest<'_, Connection>,
) -> Result<(), Refused> {
    changes.make(in_force.loaded.table(), decision, request, carried_out(Map::RequestHeaders))
}

/// How a change is made to fields; of one kind for all, so that the code that calls it stands there once.
fn carried_out(map: Map) -> impl FnMut(Change<'_>) -> Result<(), Refused> {
    move |change| match change {
        Change::Replace(name, value) => abi::replace_header(map, name, &value),
        Change::Remove(name) => abi::remove_header(map, name),
    }
}

/// Answers a request that is denied.
#[cold]
#[inline(never)]
fn refuse(
    in_force: &InForce,
    decision: &Decision,
    request: &HostRequest<'_, Connection>,
) -> Action {
    let table = in_force.loaded.table();
    let hide = in_force.changes.as_ref().and_then(|changes| changes.to_denied(table, request));
    if let Some(change) = hide {
        // Where the host refuses it, the request is denied all the same.
        let _ = carried_out(Map::RequestHeaders)(change);
    }
    let reply = in_force.replies.get(table, decision);
    // INVARIANT: every denial has a reply.
    deny(&reply.unwrap_or_else(|| Cow::Owned(Reply::host_call_failed())))
}

/// Answers a request for which there is no table.
#[cold]
#[inline(never)]
fn deny_without_table() -> Action {
    metrics::add(&counters::name(Verdict::Deny, Reason::TableUnavailable.code()), 1);
    deny(&Reply::table_unavailable())
}

/// Denies a request about which the host refused a call.
#[cold]
#[inline(never)]
fn fail(in_force: &InForce) -> Action {
    let Loaded { settings, .. } = &in_force.loaded;
    in_force.counters.count_failure();
    if settings.filter_state {
        write_filter_state(in_force.loaded.table(), &[], Verdict::Deny, HOST_CALL_FAILED);
    }
    match settings.mode {
        Mode::Enforce => deny(&Reply::host_call_failed()),
        Mode::Shadow => {
            abi::log(Level::Warn, "portcullis: shadow: would deny with 503 host_call_failed");
            Action::Continue
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

/// Counts a decision that is carried out, and writes it for access logs where that is asked for.
fn note(in_force: &InForce, decision: &Decision) {
    in_force.counters.count(decision);
    if in_force.loaded.settings.filter_state {
        let table = in_force.loaded.table();
        let names = names(table, decision);
        write_filter_state(table, &names, decision.verdict(), decision.reason.code());
    }
}

/// A name for operators, and what it is a name of.
type Named<'a> = (&'static str, Option<Label<'a>>);

/// What a decision is called where operators look.
fn names<'a>(table: &Table<'a>, decision: &Decision) -> [Named<'a>; 3] {
    [
        ("client", decision.client.map(|client| table.client_name(client))),
        ("key", decision.key.map(|key| table.key_name(key))),
        ("collection", decision.collection.map(|of| Label::Name(table.collection_name(of)))),
    ]
}

/// For access logs. A host without filter state refuses the calls: that takes nothing from the
/// decision.
#[inline(never)]
fn write_filter_state(table: &Table<'_>, names: &[Named<'_>], verdict: Verdict, reason: &str) {
    let write = |name: &str, value: &str| {
        let _ = abi::set_property(&format!("portcullis.{name}"), value.as_bytes());
    };
    for (name, value) in names {
        if let Some(value) = value {
            write(name, value);
        }
    }
    write("reason", reason);
    write("verdict", verdict.code());
    write("table", &table.id().to_string());
}

/// Says what would have been denied. Nothing of the request is in it: a key could be.
#[cold]
#[inline(never)]
fn log_shadow(table: &Table<'_>, decision: &Decision) {
    let (reason, status) = (decision.reason.code(), decision.reason.status().unwrap_or_default());
    let mut line = format!("portcullis: shadow: would deny with {status} {reason}");
    for (name, value) in names(table, decision) {
        if let Some(value) = value {
            line.push_str(&format!(", {name} {value}"));
        }
    }
    abi::log(Level::Warn, &line);
}

/// The connection of the request in hand.
struct Connection {
    /// More of the request is to come than its headers.
    has_content: bool,
}

impl Source for Connection {
    fn has_content(&self) -> bool {
        self.has_content
    }

    fn connection_address(&self) -> Option<IpAddr> {
        peer_address(&abi::property(b"source\0address").ok()?)
    }

    fn now(&self) -> Option<i64> {
        i64::try_from(abi::current_time().ok()? / 1_000_000_000).ok()
    }
}
