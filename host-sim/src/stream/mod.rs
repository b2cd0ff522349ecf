//! What the host keeps of a stream while the module may look at it.

mod connection;
mod farewell;
mod flow;

use std::net::SocketAddr;

pub(crate) use connection::{Connection, Pipe};
pub(crate) use farewell::Farewell;
pub(crate) use flow::{Flow, Open, Shown};

use crate::callouts::Callout;
use crate::cost::Activity;
use crate::holdings;
use crate::joined::Part;
use crate::outcome::{LocalReply, Upstream, Verdict};
use crate::profile::Rules;
use crate::properties::{FilterState, Properties};
use crate::request::{Request, Response};

/// One HTTP exchange.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// The root context in force when the stream began.
    pub(crate) root: u32,
    /// The module has been told of the stream.
    pub(crate) created: bool,
    pub(crate) request: Flow,
    pub(crate) response: Flow,
    /// The headers or the piece of a body that was shown last, in either direction, was the end of its message.
    pub(crate) at_end: bool,
    /// Headers are joined as Envoy joins them.
    joins: bool,
    /// What the upstream answers as soon as it has the whole request.
    pub(crate) answer: Option<Response>,
    /// There is a response.
    pub(crate) responding: bool,
    /// The module's own response, which took the place of any other.
    pub(crate) reply: Option<LocalReply>,
    /// How the exchange ended; nothing is shown to the module after that.
    pub(crate) verdict: Option<Verdict>,
    /// `proxy_on_log` is running: headers can be read again, and nothing else.
    pub(crate) logging: bool,
    pub(crate) peers: Peers,
    pub(crate) protocol: String,
    /// Nanoseconds since 1970 at which the request came.
    pub(crate) started: u64,
    pub(crate) properties: Properties,
    /// What `proxy_set_property` left, by the path it gave.
    pub(crate) filter_state: FilterState,
    /// Response-code details.
    pub(crate) details: Option<Vec<u8>>,
    /// What the module asked for; done between callbacks.
    pub(crate) wishes: Wishes,
    pub(crate) farewell: Farewell,
    pub(crate) activity: Activity,
    /// The calls that were made meanwhile.
    pub(crate) callouts: Vec<Callout>,
}

/// Both ends of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peers {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) connection: u64,
}

/// What a module may ask for in a callback.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) reply: Option<LocalReply>,
    pub(crate) resume_request: bool,
    pub(crate) resume_response: bool,
    pub(crate) close: bool,
}

impl Stream {
    pub(crate) fn new(root: u32, request: Request, started: u64, rules: &Rules) -> Self {
        let frames = request.frames();
        let joins = rules.joins_known_names();
        let headers = request.headers;
        let headers = if joins { Part::RequestHeaders.joined(headers) } else { headers };
        let mut flow = Flow::default();
        flow.begin(headers, frames);
        Self {
            root,
            created: false,
            request: flow,
            response: Flow::default(),
            at_end: false,
            joins,
            answer: request.response,
            responding: false,
            reply: None,
            verdict: None,
            logging: false,
            peers: Peers {
                source: request.source,
                destination: request.destination,
                connection: request.connection,
            },
            protocol: request.protocol,
            started,
            properties: request.properties,
            filter_state: FilterState::new(),
            details: None,
            wishes: Wishes::default(),
            farewell: Farewell::Live,
            activity: Activity::default(),
            callouts: Vec::new(),
        }
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let replies = [&self.reply, &self.wishes.reply].into_iter().flatten();
        self.request.held()
            + self.response.held()
            + replies.map(LocalReply::held).sum::<usize>()
            + holdings::filter_state(&self.filter_state)
            + holdings::lines(&self.activity.logs)
            + self.callouts.iter().map(Callout::held).sum::<usize>()
    }

    /// What the upstream has got so far; none before the headers have passed.
    pub(crate) fn upstream(&self) -> Option<Upstream> {
        let request = &self.request;
        let released = request.released();
        released.headers.then(|| Upstream {
            headers: request.headers.clone(),
            body: released.body.clone(),
            trailers: request.trailers.clone().filter(|_| released.all).unwrap_or_default(),
        })
    }

    /// The upstream's response begins, unless there is one: the module may have replied meanwhile.
    pub(crate) fn respond_unless_responding(&mut self, response: Response) {
        if !self.responding {
            self.answer = None;
            self.respond(response);
        }
    }

    /// A response begins: the upstream's or the module's own.
    pub(crate) fn respond(&mut self, response: Response) {
        let frames = response.frames();
        self.responding = true;
        let headers = response.headers;
        let headers = if self.joins { Part::ResponseHeaders.joined(headers) } else { headers };
        self.response.begin(headers, frames);
    }
}

impl Wishes {
    pub(crate) fn are_any(&self) -> bool {
        self.reply.is_some() || self.resume_request || self.resume_response || self.close
    }
}
