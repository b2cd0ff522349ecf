//! The contexts that the host creates: one for the configuration, one for each request.

use std::net::IpAddr;
use std::rc::Rc;

use policy_table::{Decision, Table, decide, parse_address};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

use crate::abi::{self, Level, Refused};
use crate::changes::{Change, changes};
use crate::pairs::{Pairs, serialize};
use crate::reply::Reply;
use crate::request::{HostRequest, Source};
use crate::settings::{Loaded, SettingsError};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Gateway::default()));
}}

/// The plugin: holds the last good configuration.
#[derive(Default)]
pub(crate) struct Gateway {
    loaded: Option<Rc<Loaded>>,
}

impl Context for Gateway {}

impl RootContext for Gateway {
    /// A refused configuration leaves the last good one in force; the host keeps its own as well.
    fn on_configure(&mut self, _size: usize) -> bool {
        let configuration = abi::plugin_configuration().unwrap_or_default();
        match Loaded::from_configuration(configuration) {
            Ok(loaded) => {
                log_loaded(loaded.table());
                self.loaded = Some(Rc::new(loaded));
                true
            }
            Err(error) => {
                log_refused(&error);
                false
            }
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Exchange { loaded: self.loaded.clone() }))
    }
}

/// One request, decided by the table that was in force when it came.
struct Exchange {
    loaded: Option<Rc<Loaded>>,
}

impl Context for Exchange {}

impl HttpContext for Exchange {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let Some(loaded) = &self.loaded else {
            return deny(&Reply::table_unavailable());
        };
        match authorize(loaded) {
            Ok(action) => action,
            Err(Refused) => deny(&Reply::host_call_failed()),
        }
    }
}

/// Decides the request and carries the decision out. Where the host refuses a call on which the
/// decision or its meaning depends, the caller denies.
fn authorize(loaded: &Loaded) -> Result<Action, Refused> {
    let map = abi::request_headers()?;
    let request = HostRequest::new(Pairs::parse(&map).ok_or(Refused)?, Connection);
    let table = loaded.table();
    let decision = decide(table, &request);
    if loaded.filter_state {
        write_filter_state(table, &decision);
    }
    if let Some(reply) = Reply::new(table, &decision) {
        return Ok(deny(&reply));
    }
    for change in changes(table, &decision, &request) {
        match change {
            Change::Replace(name, value) => abi::replace_request_header(name, &value)?,
            Change::Remove(name) => abi::remove_request_header(name)?,
        }
    }
    Ok(Action::Continue)
}

/// Where the host refuses even the reply, the request stays paused: it never goes on.
fn deny(reply: &Reply) -> Action {
    let fields: Vec<(&str, &str)> =
        reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if abi::send_local_response(
        reply.status,
        reply.details,
        &serialize(&fields),
        reply.body.as_bytes(),
    )
    .is_err()
    {
        abi::log(
            Level::Error,
            "portcullis: the host refused a local reply; the request stays paused",
        );
    }
    Action::Pause
}

/// For access logs. A host without filter state refuses the calls: that takes nothing from the
/// decision.
fn write_filter_state(table: &Table<'_>, decision: &Decision) {
    let names = [
        ("portcullis.client", decision.client.map(|client| table.client_name(client))),
        ("portcullis.key", decision.key.map(|key| table.key_name(key))),
        (
            "portcullis.collection",
            decision.collection.map(|collection| table.collection_name(collection)),
        ),
        ("portcullis.reason", Some(decision.reason.code())),
    ];
    for (property, value) in names {
        if let Some(value) = value {
            let _ = abi::set_property(property, value.as_bytes());
        }
    }
    let _ = abi::set_property("portcullis.table", table.id().to_string().as_bytes());
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

fn log_loaded(table: &Table<'_>) {
    let counts = table.counts();
    let message = format!(
        "portcullis: table {} in force: {} clients, {} keys, {} endpoints",
        table.id(),
        counts.clients,
        counts.keys,
        counts.endpoints
    );
    abi::log(Level::Info, &message);
}

fn log_refused(error: &SettingsError) {
    abi::log(Level::Error, &format!("portcullis: configuration refused: {error}"));
}
