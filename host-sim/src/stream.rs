//! One HTTP exchange, as the host keeps it while the module may look at it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::cost::Activity;
use crate::headers::Headers;
use crate::outcome::LocalReply;
use crate::properties::Properties;
use crate::request::{Request, Response};

/// The state of a stream context.
#[derive(Debug)]
pub(crate) struct Stream {
    /// The root context in force when the stream began.
    pub(crate) root: u32,
    pub(crate) request: Message,
    pub(crate) response: Message,
    /// `proxy_on_log` is running: headers can be read again, and nothing else.
    pub(crate) logging: bool,
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) connection: u64,
    pub(crate) protocol: String,
    /// Nanoseconds since 1970 at which the request came.
    pub(crate) started: u64,
    pub(crate) properties: Properties,
    /// What `proxy_set_property` left, by the path it gave.
    pub(crate) filter_state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Response-code details.
    pub(crate) details: Option<Vec<u8>>,
    /// What the module asked for in the running callback; done when it returns.
    pub(crate) wishes: Wishes,
    pub(crate) activity: Activity,
}

/// One direction of a stream.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) headers: Headers,
    /// The module may read and change the headers now.
    pub(crate) headers_open: bool,
    pub(crate) body: Vec<u8>,
    /// The module may read and change the body now.
    pub(crate) body_open: bool,
}

/// What a module may ask for in a callback.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) reply: Option<LocalReply>,
    pub(crate) go_on: bool,
    pub(crate) close: bool,
}

impl Stream {
    /// Also gives back what the upstream is going to answer.
    pub(crate) fn new(root: u32, request: Request, started: u64) -> (Self, Response) {
        let stream = Self {
            root,
            request: Message::new(request.headers, request.body),
            response: Message::default(),
            logging: false,
            source: request.source,
            destination: request.destination,
            connection: 1,
            protocol: request.protocol,
            started,
            properties: request.properties,
            filter_state: BTreeMap::new(),
            details: None,
            wishes: Wishes::default(),
            activity: Activity::default(),
        };
        (stream, request.response)
    }
}

impl Message {
    pub(crate) fn new(headers: Headers, body: Vec<u8>) -> Self {
        Self { headers, headers_open: false, body, body_open: false }
    }
}
