//! A gRPC service: what its methods answer, in Envoy over HTTP/2, and in host-sim as given by the test.

use std::convert::Infallible;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use host_sim::{GrpcAnswer, GrpcStreamAnswer, Headers};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};

/// What a method answers, whatever it is sent.
struct Answer {
    method: &'static str,
    /// Beside those that every answer has.
    initial_metadata: &'static [(&'static str, &'static str)],
    messages: &'static [&'static str],
    trailing_metadata: &'static [(&'static str, &'static str)],
    status: u32,
    message: &'static str,
    /// Everything comes in one block of headers, as servers do who have nothing else to say.
    at_once: bool,
}

const ANSWERS: &[Answer] = &[
    Answer {
        method: "answer",
        initial_metadata: &[("x-two", "a"), ("x-two", "b"), ("x-empty", "")],
        messages: &["the answer"],
        trailing_metadata: &[("x-trailer", "call")],
        status: 0,
        message: "",
        at_once: false,
    },
    Answer {
        method: "answer_nothing",
        initial_metadata: &[],
        messages: &[""],
        trailing_metadata: &[],
        status: 0,
        message: "",
        at_once: false,
    },
    Answer {
        method: "answer_twice",
        initial_metadata: &[("x-two", "a"), ("x-two", "b"), ("x-empty", "")],
        messages: &["one", "two"],
        trailing_metadata: &[("x-trailer", "stream"), ("x-two", "c"), ("x-two", "d")],
        status: 0,
        message: "",
        at_once: false,
    },
    Answer {
        method: "refuse",
        initial_metadata: &[("x-two", "a")],
        messages: &[],
        trailing_metadata: &[("x-trailer", "refused")],
        status: 7,
        message: "no entry",
        at_once: false,
    },
    Answer {
        method: "refuse_at_once",
        initial_metadata: &[("x-two", "a")],
        messages: &[],
        trailing_metadata: &[("x-trailer", "refused")],
        status: 7,
        message: "no entry",
        at_once: true,
    },
    Answer {
        method: "answer_and_fail",
        initial_metadata: &[],
        messages: &["the answer"],
        trailing_metadata: &[],
        status: 13,
        message: "out of order",
        at_once: false,
    },
];

impl Answer {
    fn of(method: &str) -> Result<&'static Self> {
        ANSWERS.iter().find(|answer| answer.method == method).context("no such method")
    }

    /// All messages in gRPC's frames: a byte for "not compressed", the size, the message.
    fn frames(&self) -> Vec<u8> {
        let frame = |message: &&str| {
            let size = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
            [&[0], size.as_slice(), message.as_bytes()].concat()
        };
        self.messages.iter().flat_map(frame).collect()
    }

    fn initial_metadata(&self) -> Vec<(&'static str, String)> {
        let mut metadata = vec![("content-type", "application/grpc".to_owned())];
        metadata
            .extend(self.initial_metadata.iter().map(|(name, value)| (*name, (*value).to_owned())));
        metadata
    }

    fn trailing_metadata(&self) -> Vec<(&'static str, String)> {
        let mut metadata = vec![("grpc-status", self.status.to_string())];
        if !self.message.is_empty() {
            metadata.push(("grpc-message", self.message.to_owned()));
        }
        metadata.extend(
            self.trailing_metadata.iter().map(|(name, value)| (*name, (*value).to_owned())),
        );
        metadata
    }
}

/// What host-sim is to answer to a call.
pub(crate) fn to_call(method: &str) -> Result<GrpcAnswer> {
    let answer = Answer::of(method)?;
    Ok(match answer.messages {
        [message, ..] if answer.status == 0 => GrpcAnswer::message(*message),
        _ => GrpcAnswer::close(answer.status, answer.message),
    })
}

/// What host-sim is to answer on a stream.
pub(crate) fn to_stream(method: &str) -> Result<GrpcStreamAnswer> {
    let answer = Answer::of(method)?;
    let status = (":status", "200".to_owned());
    let initial = [status].into_iter().chain(answer.initial_metadata());
    let trailing = answer.trailing_metadata();
    // Envoy takes a block that begins and ends an answer for its end.
    let (initial, trailing) = if answer.at_once {
        (Headers::new(), headers(initial.chain(trailing)))
    } else {
        (headers(initial), headers(trailing))
    };
    let stream = GrpcStreamAnswer::new().initial_metadata(initial);
    let stream = answer.messages.iter().fold(stream, |stream, message| stream.message(*message));
    Ok(stream.trailing_metadata(trailing).close(answer.status, answer.message))
}

fn headers(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Headers {
    pairs.into_iter().collect()
}

/// A server of the service on a free port of this machine.
pub(crate) fn server() -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    std::thread::spawn(move || runtime.block_on(serve(listener)));
    Ok(address)
}

async fn serve(listener: std::net::TcpListener) -> Option<()> {
    let listener = tokio::net::TcpListener::from_std(listener).ok()?;
    loop {
        let (stream, _) = listener.accept().await.ok()?;
        let connection = http2::Builder::new(TokioExecutor::new())
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), service_fn(respond));
        tokio::spawn(connection);
    }
}

type Body = http_body_util::combinators::BoxBody<Bytes, Infallible>;

async fn respond(request: hyper::Request<Incoming>) -> Result<hyper::Response<Body>> {
    let method = request.uri().path().rsplit('/').next().unwrap_or_default();
    let answer = Answer::of(method)?;
    if answer.at_once {
        let mut response = hyper::Response::new(Full::default().boxed());
        let all = answer.initial_metadata().into_iter().chain(answer.trailing_metadata());
        *response.headers_mut() = map(all)?;
        return Ok(response);
    }
    let trailers = map(answer.trailing_metadata())?;
    let body = Full::new(Bytes::from(answer.frames()))
        .with_trailers(std::future::ready(Some(Ok(trailers))))
        // So that nobody knows its size, and it gets no `content-length`.
        .map_frame(|frame| frame)
        .boxed();
    let mut response = hyper::Response::new(body);
    *response.headers_mut() = map(answer.initial_metadata())?;
    Ok(response)
}

fn map(metadata: impl IntoIterator<Item = (&'static str, String)>) -> Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in metadata {
        map.append(HeaderName::from_static(name), HeaderValue::try_from(value)?);
    }
    Ok(map)
}
