//! A TCP connection through the module, in the order of the reference host.

use std::net::SocketAddr;

use crate::cost::{Activity, Callback, Cost};
use crate::farewell;
use crate::log::LogLine;
use crate::properties::{FilterState, Properties, PropertyPath, PropertyValue};
use crate::stream::{Connection, Farewell, Peers, Pipe};
use crate::trap::Trap;
use crate::vm::Vm;

/// A TCP connection as it reaches the module; see [`Host::connect`](crate::Host::connect).
///
/// ```
/// let client = host_sim::Connect::from("192.0.2.1:1234".parse().unwrap());
/// ```
#[derive(Clone, Debug)]
pub struct Connect {
    source: SocketAddr,
    destination: SocketAddr,
    properties: Properties,
    pub(crate) plugin: Option<String>,
}

/// Who closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Nobody knows.
    Unknown = 0,
    /// The proxy.
    Local = 1,
    /// The other side.
    Remote = 2,
}

/// What became of a TCP connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionOutcome {
    /// What the upstream got.
    pub to_upstream: Vec<u8>,
    /// What the client got.
    pub to_client: Vec<u8>,
    /// The module closed the connection.
    pub closed_by_module: bool,
    /// The module trapped, which closes the connection.
    pub trap: Option<Trap>,
    /// What `proxy_set_property` left, by the path it gave.
    pub filter_state: FilterState,
    /// What the module logged, in order.
    pub logs: Vec<LogLine>,
    /// The callbacks that were entered, in order.
    pub callbacks: Vec<Callback>,
    /// What all callbacks cost together.
    pub cost: Cost,
}

impl ConnectionOutcome {
    /// Adds what the module did after the connection had ended.
    pub(crate) fn add(&mut self, later: Activity) {
        later.add_to(&mut self.cost, &mut self.callbacks, &mut self.logs);
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Downstream,
    Upstream,
}

impl Connect {
    /// A connection from this address, to 127.0.0.1:80.
    pub fn from(source: SocketAddr) -> Self {
        let destination = SocketAddr::from(([127, 0, 0, 1], 80));
        Self { source, destination, properties: Properties::default(), plugin: None }
    }

    /// Sets the proxy's own address.
    #[must_use]
    pub fn to(mut self, destination: SocketAddr) -> Self {
        self.destination = destination;
        self
    }

    /// Sets a property, also one that would otherwise follow from the connection.
    #[must_use]
    pub fn property(
        mut self,
        path: impl Into<PropertyPath>,
        value: impl Into<PropertyValue>,
    ) -> Self {
        self.properties.set(path.into(), value.into());
        self
    }

    /// Shows the connection to the plugin of this name, where a host has several.
    #[must_use]
    pub fn to_plugin(mut self, name: impl Into<String>) -> Self {
        self.plugin = Some(name.into());
        self
    }

    pub(crate) fn into_connection(self, root: u32) -> Connection {
        Connection {
            root,
            peers: Peers { source: self.source, destination: self.destination, connection: 1 },
            downstream: Pipe::default(),
            upstream: Pipe::default(),
            closed: false,
            told: false,
            wants_close: false,
            closed_by_module: false,
            properties: self.properties,
            filter_state: FilterState::new(),
            farewell: Farewell::Live,
            activity: Activity::default(),
        }
    }
}

/// Shows a new connection to the module. A pause holds nothing that is not data: what comes later
/// is shown nevertheless, as in Envoy.
pub(crate) fn open(vm: &mut Vm, id: u32) -> Result<(), Trap> {
    let Some(root) = vm.world().contexts.connection(id).map(|connection| connection.root) else {
        return Ok(());
    };
    vm.on_context_create(id, root)?;
    vm.on_new_connection(id).map(drop)?;
    fulfil(vm, id);
    Ok(())
}

/// Shows data to the module, together with what it has held back before.
pub(crate) fn receive(
    vm: &mut Vm,
    id: u32,
    direction: Direction,
    data: &[u8],
    end: bool,
) -> Result<(), Trap> {
    let open = live(vm, id).map(|connection| pipe(connection, direction));
    let Some(open) = open.filter(|pipe| !pipe.ended) else {
        return Ok(());
    };
    open.ended = end;
    let size = open.receive(data);
    let action = match direction {
        Direction::Downstream => vm.on_downstream_data(id, size, u32::from(end)),
        Direction::Upstream => vm.on_upstream_data(id, size, u32::from(end)),
    }?;
    if let Some(connection) = vm.world().contexts.connection(id) {
        let pipe = pipe(connection, direction);
        if action == 0 || pipe.wants_resume {
            pipe.release();
        }
    }
    fulfil(vm, id);
    if end && matches!(direction, Direction::Upstream) {
        tell_upstream_close(vm, id, Peer::Unknown)?;
    }
    Ok(())
}

/// Data on a connection that no module sees passes.
pub(crate) fn pass(connection: &mut Connection, direction: Direction, data: &[u8]) {
    if !connection.closed {
        let pipe = pipe(connection, direction);
        pipe.receive(data);
        pipe.release();
    }
}

/// The upstream's side has broken, unless it has come to its end before.
pub(crate) fn close_upstream(vm: &mut Vm, id: u32, peer: Peer) -> Result<(), Trap> {
    match live(vm, id) {
        Some(connection) if !connection.upstream.ended => connection.upstream.ended = true,
        _ => return Ok(()),
    }
    tell_upstream_close(vm, id, peer)
}

fn tell_upstream_close(vm: &mut Vm, id: u32, peer: Peer) -> Result<(), Trap> {
    if live(vm, id).is_none() {
        return Ok(());
    }
    // Envoy sees the end of the data and not who brought it about.
    let known = vm.world().rules.upstream_close_is_known;
    let peer = if known { peer } else { Peer::Unknown };
    vm.on_upstream_connection_close(id, peer as u32)?;
    fulfil(vm, id);
    Ok(())
}

/// The connection is over: the module is told, and forgets it.
pub(crate) fn close(vm: &mut Vm, id: u32, peer: Peer) -> Result<(), Trap> {
    let Some(connection) = live(vm, id) else {
        return Ok(());
    };
    connection.closed = true;
    vm.on_downstream_connection_close(id, peer as u32)?;
    if farewell::take_leave(vm, id)? {
        vm.world().contexts.end(id);
    }
    Ok(())
}

/// Does what the module wishes for a connection.
pub(crate) fn fulfil(vm: &mut Vm, id: u32) {
    let Some(connection) = live(vm, id) else {
        return;
    };
    for direction in [Direction::Downstream, Direction::Upstream] {
        let pipe = pipe(connection, direction);
        if pipe.wants_resume {
            pipe.release();
        }
    }
    if connection.wants_close {
        connection.closed_by_module = true;
        // A trap leaves a dead VM, which says everything.
        let _ = close(vm, id, Peer::Local);
    }
}

/// What there is to know about a connection that is over.
pub(crate) fn finish(vm: &mut Vm, id: u32) -> ConnectionOutcome {
    if !vm.is_dead() {
        let _ = close(vm, id, Peer::Remote);
    }
    let trap = vm.trap().cloned();
    let activity = vm.share_activity(Some(id));
    let Some(connection) = take(vm, id) else {
        return lost(activity, trap);
    };
    outcome(connection, activity, trap)
}

/// What there is to know about a connection, and about what has happened last.
pub(crate) fn outcome(
    connection: Connection,
    last: Activity,
    trap: Option<Trap>,
) -> ConnectionOutcome {
    let mut all = connection.activity;
    all.append(last);
    ConnectionOutcome {
        to_upstream: connection.downstream.passed,
        to_client: connection.upstream.passed,
        closed_by_module: connection.closed_by_module,
        filter_state: connection.filter_state,
        ..lost(all, trap)
    }
}

/// The connection, for its outcome; it stays while the module wants to be waited for.
fn take(vm: &mut Vm, id: u32) -> Option<Connection> {
    let contexts = &mut vm.world().contexts;
    if let Some(connection) = contexts.connection(id)
        && matches!(connection.farewell, Farewell::Awaited | Farewell::Done)
    {
        connection.told = true;
        return Some(connection.clone());
    }
    contexts.remove_connection(id).map(|connection| *connection)
}

/// A connection of which nothing is known: no VM has seen it, or its VM is gone.
pub(crate) fn lost(activity: Activity, trap: Option<Trap>) -> ConnectionOutcome {
    ConnectionOutcome {
        to_upstream: Vec::new(),
        to_client: Vec::new(),
        closed_by_module: false,
        trap,
        filter_state: FilterState::new(),
        cost: activity.cost(),
        logs: activity.logs,
        callbacks: activity.callbacks,
    }
}

fn live(vm: &mut Vm, id: u32) -> Option<&mut Connection> {
    vm.world().contexts.connection(id).filter(|connection| !connection.closed)
}

fn pipe(connection: &mut Connection, direction: Direction) -> &mut Pipe {
    match direction {
        Direction::Downstream => &mut connection.downstream,
        Direction::Upstream => &mut connection.upstream,
    }
}
