//! A TCP connection, as the host keeps it while the module may look at it.

use super::{Farewell, Peers};
use crate::cost::Activity;
use crate::holdings;
use crate::number::number;
use crate::properties::{FilterState, Properties};

/// A connection from a client through the proxy to an upstream.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// The root context in force when the connection began.
    pub(crate) root: u32,
    pub(crate) peers: Peers,
    /// From the client to the upstream.
    pub(crate) downstream: Pipe,
    /// From the upstream to the client.
    pub(crate) upstream: Pipe,
    /// The connection is over: the module has been told so.
    pub(crate) closed: bool,
    /// The module wants it closed.
    pub(crate) wants_close: bool,
    /// Its outcome has been told, while the module wanted to be waited for.
    pub(crate) told: bool,
    /// The module closed it.
    pub(crate) closed_by_module: bool,
    pub(crate) properties: Properties,
    pub(crate) filter_state: FilterState,
    pub(crate) farewell: Farewell,
    pub(crate) activity: Activity,
}

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pipe {
    /// What has come and not passed; the module sees it while `open`.
    pub(crate) buffer: Vec<u8>,
    /// The module may read and change the buffer now.
    pub(crate) open: bool,
    /// The module wants what it holds to pass.
    pub(crate) wants_resume: bool,
    /// It has come to its end.
    pub(crate) ended: bool,
    /// What has passed the module.
    pub(crate) passed: Vec<u8>,
}

impl Connection {
    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let pipes = [&self.downstream, &self.upstream].into_iter();
        pipes.map(|pipe| pipe.buffer.len() + pipe.passed.len()).sum::<usize>()
            + holdings::filter_state(&self.filter_state)
            + holdings::lines(&self.activity.logs)
    }
}

impl Pipe {
    /// More data has come. Gives the size of all that waits.
    pub(crate) fn receive(&mut self, data: &[u8]) -> u32 {
        self.buffer.extend_from_slice(data);
        self.open = true;
        number(self.buffer.len())
    }

    /// Lets pass all that waits.
    pub(crate) fn release(&mut self) {
        self.passed.append(&mut self.buffer);
        self.open = false;
        self.wants_resume = false;
    }
}
