//! One request on its way through the module to the upstream, and its response on the way back.
//!
//! A body that the module has no callback for does not wait for anybody: it goes from peer to peer
//! piece by piece. One that the module wants to see is held whole.

use std::error::Error;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::convert::{self, Content};
use super::relay::Relay;
use super::worker::{Exchange, Opened, Responded, Worker};
use crate::outcome::{Outcome, Upstream, Verdict};
use crate::request::Response;

/// The most that is held of a body.
const MAXIMUM_BODY: usize = 16 << 20;

pub(super) struct Front {
    pub(super) worker: Worker,
    pub(super) upstream: String,
    pub(super) wants: Wants,
}

/// The bodies that the module has a callback for.
#[derive(Clone, Copy)]
pub(super) struct Wants {
    pub(super) request_body: bool,
    pub(super) response_body: bool,
}

type Answer = hyper::Response<Content>;
type Failed = Box<dyn Error + Send + Sync>;

impl Front {
    /// The response to a request; none when the stream is to be broken off instead.
    pub(super) async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> Option<Answer> {
        let (head, body) = request.into_parts();
        let mut request = convert::request(&head, peer, local);
        let mut streamed = None;
        if self.wants.request_body || body.is_end_stream() {
            let Ok(body) = Limited::new(body, MAXIMUM_BODY).collect().await else {
                return plain(413);
            };
            request = request.body(body.to_bytes());
        } else {
            request = request.unfinished();
            streamed = Some(body);
        }
        match self.worker.open(request).await {
            None => plain(503),
            Some(Opened::Ended(outcome)) => to_client(*outcome),
            Some(Opened::Unseen(upstream)) => self.pass(&upstream, streamed).await,
            Some(Opened::Asked(id, upstream)) => {
                self.ask(self.worker.exchange(id), &upstream, streamed).await
            }
        }
    }

    /// The module sees nothing of this one.
    async fn pass(&self, upstream: &Upstream, streamed: Option<Incoming>) -> Option<Answer> {
        match self.ask_upstream(upstream, streamed).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = body.map_err(Into::into).boxed_unsync();
                convert::to_client(convert::response(&head), body).ok()
            }
            Err(_) => plain(502),
        }
    }

    async fn ask(
        &self,
        mut exchange: Exchange,
        upstream: &Upstream,
        streamed: Option<Incoming>,
    ) -> Option<Answer> {
        let mut rest = None;
        // An upstream that gives no answer is a 502, which the module sees like any other.
        let response = match self.ask_upstream(upstream, streamed).await {
            Err(_) => Response::new(502),
            Ok(response) => {
                let (head, body) = response.into_parts();
                let response = convert::response(&head);
                if self.wants.response_body || body.is_end_stream() {
                    match Limited::new(body, MAXIMUM_BODY).collect().await {
                        Ok(body) => response.body(body.to_bytes()),
                        Err(error) => {
                            say!("error: upstream `{}`: {error}", self.upstream);
                            Response::new(502)
                        }
                    }
                } else {
                    rest = Some(body);
                    response.unfinished()
                }
            }
        };
        match (exchange.respond(response).await, rest) {
            (None, _) => plain(503),
            (Some(Responded::Ended(outcome)), _) => to_client(*outcome),
            (Some(Responded::Passed(response)), Some(rest)) => {
                sendable(convert::to_client(response, Relay::new(rest, exchange).boxed()))
            }
            (Some(Responded::Passed(response)), None) => {
                exchange.complete = true;
                let body = whole(response.body.clone());
                sendable(convert::to_client(response, body))
            }
        }
    }

    async fn ask_upstream(
        &self,
        request: &Upstream,
        streamed: Option<Incoming>,
    ) -> Result<hyper::Response<Incoming>, Failed> {
        let response = self.try_upstream(request, streamed).await;
        response.inspect_err(|error| say!("error: upstream `{}`: {error}", self.upstream))
    }

    async fn try_upstream(
        &self,
        request: &Upstream,
        streamed: Option<Incoming>,
    ) -> Result<hyper::Response<Incoming>, Failed> {
        let body = match streamed {
            Some(body) => body.map_err(Into::into).boxed_unsync(),
            None => whole(request.body.clone()),
        };
        let request = convert::to_upstream(request, body)?;
        let connection = TcpStream::connect(self.upstream.as_str()).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(connection)).await?;
        // Ends by itself when the response is through, or nobody reads it any more.
        tokio::spawn(connection);
        Ok(sender.send_request(request).await?)
    }
}

fn to_client(outcome: Outcome) -> Option<Answer> {
    if outcome.verdict == Verdict::Closed {
        return None;
    }
    let Some(response) = outcome.response else {
        say!("error: the module paused, and nothing here lets it go on");
        return plain(504);
    };
    let body = whole(response.body.clone());
    sendable(convert::to_client(response, body))
}

fn sendable(answer: Result<Answer, hyper::http::Error>) -> Option<Answer> {
    answer
        .or_else(|error| {
            say!("error: the module's response cannot be sent: {error}");
            plain(502).ok_or(error)
        })
        .ok()
}

fn whole(body: Vec<u8>) -> Content {
    Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync()
}

/// An empty response that does not come from the module.
fn plain(status: u16) -> Option<Answer> {
    convert::to_client(Response::new(status), whole(Vec::new())).ok()
}
