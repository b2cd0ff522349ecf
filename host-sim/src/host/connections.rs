//! TCP connections.

use std::collections::BTreeMap;

use super::{Host, Ready, Ticket};
use crate::cost::Activity;
use crate::events;
use crate::stream::Connection;
use crate::tcp::{self, Connect, ConnectionOutcome, Direction, Peer};
use crate::trap::Trap;
use crate::vm::Vm;

/// A TCP connection that is open: see [`Host::connect`].
#[derive(Debug)]
#[must_use = "the connection stays open until `Host::disconnect` gets it"]
pub struct OpenConnection {
    ticket: Ticket,
    /// The number of one that the module does not see and that passes; any other of that kind is refused.
    unseen: Option<u64>,
}

/// Connections that pass without the module.
#[derive(Default)]
pub(super) struct Unseen {
    known: BTreeMap<u64, Connection>,
    count: u64,
}

impl Host {
    /// Opens a TCP connection.
    ///
    /// ```
    /// # use host_sim::{Connect, Host, Module};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1)
    /// #   (func (export "proxy_abi_version_0_2_1")) (func (export "malloc") (param i32) (result i32) (i32.const 8)))"#)?;
    /// # let mut host = Host::builder(&Module::from_bytes(wasm)?).start()?;
    /// let connection = host.connect(Connect::from("192.0.2.1:1234".parse()?));
    /// host.send_downstream(&connection, "ping");
    /// host.send_upstream(&connection, "pong");
    /// let outcome = host.disconnect(connection);
    /// assert_eq!(outcome.to_upstream, b"ping");
    /// assert_eq!(outcome.to_client, b"pong");
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect(&mut self, connect: Connect) -> OpenConnection {
        match self.ready() {
            Ready::Ask => {}
            Ready::Pass => {
                let unseen = Some(self.unseen.add(connect.into_connection(0)));
                return OpenConnection { ticket: Ticket::Unseen, unseen };
            }
            Ready::Refuse(_) => return OpenConnection { ticket: Ticket::Unseen, unseen: None },
        }
        let root = self.root_for(connect.plugin.as_deref());
        let id = self.vm.world().contexts.add_connection(connect.into_connection(root));
        let connection = OpenConnection { ticket: self.ticket(id), unseen: None };
        self.at(&connection, tcp::open);
        connection
    }

    /// Data from the client.
    pub fn send_downstream(&mut self, connection: &OpenConnection, data: impl AsRef<[u8]>) {
        self.receive(connection, Direction::Downstream, data.as_ref());
    }

    /// The client will send no more.
    pub fn end_downstream(&mut self, connection: &OpenConnection) {
        self.at(connection, |vm, id| tcp::receive(vm, id, Direction::Downstream, b"", true));
    }

    /// Data from the upstream.
    pub fn send_upstream(&mut self, connection: &OpenConnection, data: impl AsRef<[u8]>) {
        self.receive(connection, Direction::Upstream, data.as_ref());
    }

    /// The upstream will send no more; the module is also told that its side is closed.
    pub fn end_upstream(&mut self, connection: &OpenConnection) {
        self.at(connection, |vm, id| tcp::receive(vm, id, Direction::Upstream, b"", true));
    }

    /// The upstream's side has broken. Envoy does not tell the module by whom.
    pub fn close_upstream(&mut self, connection: &OpenConnection, peer: Peer) {
        self.at(connection, |vm, id| tcp::close_upstream(vm, id, peer));
    }

    /// The client's side has closed, and the connection with it.
    pub fn close_downstream(&mut self, connection: &OpenConnection, peer: Peer) {
        if let Some(unseen) = self.unseen.get(connection) {
            unseen.closed = true;
        }
        self.at(connection, |vm, id| tcp::close(vm, id, peer));
    }

    /// What the upstream and the client have got so far.
    pub fn passed(&mut self, connection: &OpenConnection) -> (Vec<u8>, Vec<u8>) {
        let passed = |connection: &mut Connection| {
            (connection.downstream.passed.clone(), connection.upstream.passed.clone())
        };
        self.known(connection).map(passed).unwrap_or_default()
    }

    /// Ends the connection (by the client, when it is still open), and gives what came of it.
    pub fn disconnect(&mut self, connection: OpenConnection) -> ConnectionOutcome {
        if let Some(unseen) = self.unseen.remove(&connection) {
            return tcp::outcome(unseen, Activity::default(), None);
        }
        let Some(id) = self.in_this_vm(&connection.ticket) else {
            return tcp::lost(Activity::default(), None);
        };
        let mut outcome = tcp::finish(&mut self.vm, id);
        outcome.add(self.settle());
        outcome
    }

    /// Whether the module, or its death, has closed the connection.
    pub fn is_closed(&mut self, connection: &OpenConnection) -> bool {
        self.known(connection).is_none_or(|known| known.closed)
    }

    /// What is known of a connection, whether or not the module sees it; nothing of one that was refused,
    /// or whose VM has died.
    fn known(&mut self, connection: &OpenConnection) -> Option<&mut Connection> {
        match connection.unseen {
            Some(_) => self.unseen.get(connection),
            None => self.connection(&connection.ticket),
        }
    }

    fn receive(&mut self, connection: &OpenConnection, direction: Direction, data: &[u8]) {
        match self.unseen.get(connection) {
            Some(unseen) => tcp::pass(unseen, direction, data),
            None => self.at(connection, |vm, id| tcp::receive(vm, id, direction, data, false)),
        }
    }

    fn at(
        &mut self,
        connection: &OpenConnection,
        step: impl FnOnce(&mut Vm, u32) -> Result<(), Trap>,
    ) {
        let Some(id) = self.living(&connection.ticket) else {
            return;
        };
        // A trap leaves a dead VM, which closes the connection.
        let _ = step(&mut self.vm, id);
        events::settle(&mut self.vm);
        let activity = self.vm.share_activity(Some(id));
        if let Some(connection) = self.vm.world().contexts.connection(id) {
            connection.activity.append(activity);
        }
    }
}

impl Unseen {
    fn add(&mut self, connection: Connection) -> u64 {
        self.count += 1;
        self.known.insert(self.count, connection);
        self.count
    }

    fn get(&mut self, connection: &OpenConnection) -> Option<&mut Connection> {
        self.known.get_mut(&connection.unseen?)
    }

    fn remove(&mut self, connection: &OpenConnection) -> Option<Connection> {
        self.known.remove(&connection.unseen?)
    }
}
