//! One request on its way through the module to the upstream, and its response on the way back.

use std::error::Error;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::convert;
use super::worker::Worker;
use crate::host::Begun;
use crate::outcome::{Outcome, Upstream, Verdict};
use crate::request::Response;

/// The most that is held of a body.
const MAXIMUM_BODY: usize = 16 << 20;

pub(super) struct Front {
    pub(super) worker: Worker,
    pub(super) upstream: String,
}

type Answer = hyper::Response<Full<Bytes>>;

impl Front {
    /// The response to a request; none when the connection is to be closed instead.
    pub(super) async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> Option<Answer> {
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, MAXIMUM_BODY).collect().await else {
            return plain(413);
        };
        let request = convert::request(&head, &body.to_bytes(), peer, local);
        let outcome = match self.worker.begin(request).await {
            None => return plain(503),
            Some(Begun::Ended(outcome)) => *outcome,
            Some(Begun::Upstream(pending)) => {
                let response = self.ask_upstream(pending.upstream()).await;
                match self.worker.complete(pending, response).await {
                    None => return plain(503),
                    Some(outcome) => outcome,
                }
            }
        };
        to_client(outcome)
    }

    /// An upstream that gives no answer is a 502, which the module sees like any other response.
    async fn ask_upstream(&self, request: &Upstream) -> Response {
        match self.try_upstream(request).await {
            Ok(response) => response,
            Err(error) => {
                say!("error: upstream `{}`: {error}", self.upstream);
                Response::new(502)
            }
        }
    }

    async fn try_upstream(
        &self,
        request: &Upstream,
    ) -> Result<Response, Box<dyn Error + Send + Sync>> {
        let request = convert::to_upstream(request)?;
        let connection = TcpStream::connect(self.upstream.as_str()).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(connection)).await?;
        let driver = tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAXIMUM_BODY).collect().await?;
        driver.abort();
        Ok(convert::response(&head, &body.to_bytes()))
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
    match convert::to_client(response) {
        Ok(answer) => Some(answer),
        Err(error) => {
            say!("error: the module's response cannot be sent: {error}");
            plain(502)
        }
    }
}

/// An empty response that does not come from the module.
fn plain(status: u16) -> Option<Answer> {
    convert::to_client(Response::new(status)).ok()
}
