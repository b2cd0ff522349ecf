//! One request on its way through the module to the upstream, and its response on the way back.
//!
//! A body that the module has no callback for does not wait for anybody: it goes from peer to peer
//! piece by piece, and its trailers with it. One that the module wants to see is held whole.

use std::collections::BTreeSet;

use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Version};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::body::{self, Content, Failed, NotHeld};
use super::convert::{self, Asked};
use super::job::{Opened, Responded};
use super::relay::Relay;
use super::worker::{Exchange, Worker};
use crate::outcome::{Outcome, Upstream, Verdict};
use crate::request::{Request, Response};
use crate::stream::Peers;

pub(super) struct Front {
    pub(super) worker: Worker,
    pub(super) upstream: String,
    pub(super) wants: Wants,
}

/// The messages of which the module has a callback for what follows the headers.
#[derive(Clone, Copy)]
pub(super) struct Wants {
    request: bool,
    response: bool,
}

impl Wants {
    /// By the names of all that the module exports and imports.
    pub(super) fn of(capabilities: &BTreeSet<String>) -> Self {
        let any = |names: [&str; 2]| names.iter().any(|name| capabilities.contains(*name));
        Self {
            request: any(["proxy_on_request_body", "proxy_on_request_trailers"]),
            response: any(["proxy_on_response_body", "proxy_on_response_trailers"]),
        }
    }
}

type Answer = hyper::Response<Content>;

impl Front {
    /// The response to a request; none when the stream is to be broken off instead.
    pub(super) async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        peers: Peers,
    ) -> Option<Answer> {
        let (head, body) = request.into_parts();
        let asked = &Asked::by(&head);
        let mut request = convert::request(&head, peers);
        let mut streamed = None;
        if body.is_end_stream() {
            // Nothing follows the headers.
        } else if self.wants.request {
            let held = match body::hold(body).await {
                Ok(held) => held,
                Err(why) => {
                    say!("error: {}: its body is refused: {why}", asked.name);
                    let too_large = matches!(why, NotHeld::TooLarge);
                    return plain(if too_large { 413 } else { 400 }, asked);
                }
            };
            request.trailers = convert::trailers(&held.trailers);
            let pieces = held.pieces(head.version == Version::HTTP_2).into_iter();
            request = pieces.fold(request, Request::chunk);
        } else {
            request = request.unfinished();
            streamed = Some(body::streamed(body));
        }
        let exchange = self.worker.exchange();
        match exchange.open(asked.name.clone(), request).await {
            None => plain(503, asked),
            Some(Opened::Ended(outcome)) => to_client(&outcome, asked),
            // Envoy has no route for it, unless it is told to make tunnels.
            Some(Opened::Unseen(_) | Opened::Asked(_)) if head.method == Method::CONNECT => {
                plain(404, asked)
            }
            Some(Opened::Unseen(upstream)) => self.pass(&upstream, streamed, asked).await,
            Some(Opened::Asked(upstream)) => self.ask(exchange, &upstream, streamed, asked).await,
        }
    }

    /// The module sees nothing of this one.
    async fn pass(
        &self,
        upstream: &Upstream,
        streamed: Option<Content>,
        asked: &Asked,
    ) -> Option<Answer> {
        match self.ask_upstream(upstream, streamed, asked).await {
            Some(response) => {
                let (head, body) = response.into_parts();
                send(&convert::response(&head), Some(body::streamed(body)), asked)
            }
            None => plain(502, asked),
        }
    }

    async fn ask(
        &self,
        mut exchange: Exchange,
        upstream: &Upstream,
        streamed: Option<Content>,
        asked: &Asked,
    ) -> Option<Answer> {
        let mut rest = None;
        // An upstream that gives no answer is a 502, which the module sees like any other.
        let response = match self.ask_upstream(upstream, streamed, asked).await {
            None => Response::new(502),
            Some(response) => {
                let (head, body) = response.into_parts();
                let response = convert::response(&head);
                if body.is_end_stream() {
                    response
                } else if self.wants.response {
                    self.held(response, body, asked).await
                } else {
                    rest = Some(body);
                    response.unfinished()
                }
            }
        };
        match (exchange.respond(response).await, rest) {
            (None, _) => plain(503, asked),
            (Some(Responded::Ended(outcome)), _) => to_client(&outcome, asked),
            (Some(Responded::Passed(response)), Some(rest)) => {
                send(&response, Some(Relay::new(rest, exchange).boxed()), asked)
            }
            (Some(Responded::Passed(response)), None) => {
                exchange.complete = true;
                send(&response, None, asked)
            }
        }
    }

    /// The whole response of the upstream, or a 502 where it breaks off.
    async fn held(&self, response: Response, body: Incoming, asked: &Asked) -> Response {
        match body::hold(body).await {
            Ok(held) => {
                let trailers = convert::trailers(&held.trailers);
                let mut response = held.pieces(false).into_iter().fold(response, Response::chunk);
                response.trailers = trailers;
                response
            }
            Err(why) => {
                say!("error: {}: response of upstream `{}`: {why}", asked.name, self.upstream);
                Response::new(502)
            }
        }
    }

    /// None where it gives no answer, or cannot be asked: why is said then.
    async fn ask_upstream(
        &self,
        request: &Upstream,
        streamed: Option<Content>,
        asked: &Asked,
    ) -> Option<hyper::Response<Incoming>> {
        let name = &asked.name;
        let request = convert::to_upstream(request, streamed)
            .inspect_err(|error| {
                say!("error: {name}: the module's request cannot be sent: {error}")
            })
            .ok()?;
        self.send_upstream(request)
            .await
            .inspect_err(|error| say!("error: {name}: upstream `{}`: {error}", self.upstream))
            .ok()
    }

    async fn send_upstream(
        &self,
        request: hyper::Request<Content>,
    ) -> Result<hyper::Response<Incoming>, Failed> {
        let connection = TcpStream::connect(self.upstream.as_str()).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(connection)).await?;
        // Ends by itself when the response is through, or nobody reads it any more.
        tokio::spawn(connection);
        Ok(sender.send_request(request).await?)
    }
}

fn to_client(outcome: &Outcome, asked: &Asked) -> Option<Answer> {
    match (&outcome.verdict, &outcome.response) {
        (Verdict::Closed, _) => None,
        // The module holds it, perhaps but its end: nothing of it has been sent.
        (Verdict::Paused, _) => plain(504, asked),
        // A trap after the headers have passed: what is there of the response is not all of it.
        (Verdict::Trapped(_), Some(response)) if *response != Response::new(503) => None,
        (_, Some(response)) => send(response, None, asked),
        (_, None) => plain(504, asked),
    }
}

fn send(response: &Response, streamed: Option<Content>, asked: &Asked) -> Option<Answer> {
    match convert::to_client(response, streamed, asked) {
        Ok(answer) => Some(answer),
        Err(error) => {
            let name = &asked.name;
            say!("error: {name}: the response cannot be sent as the module left it: {error}");
            plain(502, asked)
        }
    }
}

/// An empty response that does not come from the module.
fn plain(status: u16, asked: &Asked) -> Option<Answer> {
    convert::to_client(&Response::new(status), None, asked).ok()
}
