//! TCP connections.

use super::{Host, Ready, Ticket};
use crate::cost::Activity;
use crate::events;
use crate::tcp::{self, Connect, ConnectionOutcome, Direction, Peer};
use crate::trap::Trap;
use crate::vm::Vm;

/// A TCP connection that is open: see [`Host::connect`].
#[derive(Debug)]
#[must_use = "the connection stays open until `Host::disconnect` gets it"]
pub struct OpenConnection {
    ticket: Ticket,
    /// The module does not see it: what comes passes, or else the connection is refused.
    passes: bool,
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
            ready => {
                let passes = matches!(ready, Ready::Pass);
                return OpenConnection { ticket: Ticket::Unseen, passes };
            }
        }
        let root = self.root_for(connect.plugin.as_deref());
        let id = self.vm.world().contexts.add_connection(connect.into_connection(root));
        let ticket = Ticket::Context { generation: self.generation, id };
        let connection = OpenConnection { ticket, passes: false };
        self.at(&connection, tcp::open);
        connection
    }

    /// Data from the client.
    pub fn send_downstream(&mut self, connection: &OpenConnection, data: impl AsRef<[u8]>) {
        let data = data.as_ref();
        self.at(connection, |vm, id| tcp::receive(vm, id, Direction::Downstream, data, false));
    }

    /// The client will send no more.
    pub fn end_downstream(&mut self, connection: &OpenConnection) {
        self.at(connection, |vm, id| tcp::receive(vm, id, Direction::Downstream, b"", true));
    }

    /// Data from the upstream.
    pub fn send_upstream(&mut self, connection: &OpenConnection, data: impl AsRef<[u8]>) {
        let data = data.as_ref();
        self.at(connection, |vm, id| tcp::receive(vm, id, Direction::Upstream, data, false));
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
        self.at(connection, |vm, id| tcp::close(vm, id, peer));
    }

    /// What the upstream and the client have got so far.
    pub fn passed(&mut self, connection: &OpenConnection) -> (Vec<u8>, Vec<u8>) {
        let connection = self.connection(&connection.ticket);
        connection
            .map(|connection| {
                (connection.downstream.passed.clone(), connection.upstream.passed.clone())
            })
            .unwrap_or_default()
    }

    /// Ends the connection (by the client, when it is still open), and gives what came of it.
    pub fn disconnect(&mut self, connection: OpenConnection) -> ConnectionOutcome {
        match connection.ticket {
            Ticket::Context { generation, id } if generation == self.generation => {
                let mut outcome = tcp::finish(&mut self.vm, id);
                let later = self.settle();
                outcome.add(later);
                outcome
            }
            _ => tcp::lost(Activity::default(), None),
        }
    }

    /// Whether the module, or its death, has closed the connection.
    pub fn is_closed(&mut self, connection: &OpenConnection) -> bool {
        let known = self.connection(&connection.ticket);
        known.map_or(!connection.passes, |known| known.closed)
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
        let activity = self.vm.take_activity();
        if let Some(connection) = self.vm.world().contexts.connection(id) {
            connection.activity.append(activity);
        }
    }
}
