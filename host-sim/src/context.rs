//! A context of a VM: a plugin, a stream or a connection.

use std::time::Duration;

use crate::callouts::Received;
use crate::clock::nanoseconds;
use crate::expressions::Expressions;
use crate::plugin::Plugin;
use crate::stream::{Connection, Farewell, Peers, Stream};

/// What callbacks are for.
#[derive(Debug)]
pub(crate) enum Context {
    Root(Box<Root>),
    Stream(Box<Stream>),
    Connection(Box<Connection>),
}

/// A plugin under one configuration.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) plugin: Plugin,
    /// The module may read the configuration now.
    pub(crate) configuring: bool,
    /// Milliseconds between ticks; 0 for none.
    pub(crate) tick_period: u32,
    /// When the next tick is due, in nanoseconds that have [passed](crate::clock::Clock::passed).
    pub(crate) next_tick: u64,
    /// What has come for the callback that is running.
    pub(crate) received: Received,
    pub(crate) farewell: Farewell,
    pub(crate) expressions: Expressions,
}

impl Root {
    pub(crate) fn new(plugin: Plugin) -> Self {
        Self {
            plugin,
            configuring: false,
            tick_period: 0,
            next_tick: 0,
            received: Received::default(),
            farewell: Farewell::Live,
            expressions: Expressions::default(),
        }
    }

    /// The next tick comes one period after this.
    pub(crate) fn tick_after(&mut self, time: u64) {
        let period = Duration::from_millis(u64::from(self.tick_period));
        self.next_tick = time.saturating_add(nanoseconds(period));
    }
}

impl Context {
    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Root(root) => root.expressions.held() + root.received.held(),
            Self::Stream(stream) => stream.held(),
            Self::Connection(connection) => connection.held(),
        }
    }

    /// The root that a stream or a connection belongs to.
    pub(crate) fn root(&self) -> Option<u32> {
        match self {
            Self::Root(_) => None,
            Self::Stream(stream) => Some(stream.root),
            Self::Connection(connection) => Some(connection.root),
        }
    }

    /// How far it is on its way out.
    pub(crate) fn farewell(&self) -> Farewell {
        match self {
            Self::Root(root) => root.farewell,
            Self::Stream(stream) => stream.farewell,
            Self::Connection(connection) => connection.farewell,
        }
    }

    pub(crate) fn set_farewell(&mut self, farewell: Farewell) {
        match self {
            Self::Root(root) => root.farewell = farewell,
            Self::Stream(stream) => stream.farewell = farewell,
            Self::Connection(connection) => connection.farewell = farewell,
        }
    }

    /// Both ends of its connection.
    pub(crate) fn peers(&self) -> Option<Peers> {
        match self {
            Self::Root(_) => None,
            Self::Stream(stream) => Some(stream.peers),
            Self::Connection(connection) => Some(connection.peers),
        }
    }
}
