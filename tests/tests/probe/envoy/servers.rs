//! What Envoy can call.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use anyhow::Result;

use super::PATIENCE;
use crate::grpc;

/// Where they listen.
pub(super) struct Servers {
    pub(super) upstream: SocketAddr,
    pub(super) echo: SocketAddr,
    pub(super) grpc: SocketAddr,
    pub(super) silent: SocketAddr,
}

impl Servers {
    pub(super) fn start() -> Result<Self> {
        Ok(Self {
            upstream: server(answer)?,
            echo: server(echo)?,
            grpc: grpc::server()?,
            silent: server(listen)?,
        })
    }
}

/// A server on a free port of this machine.
fn server(serve: fn(TcpStream) -> Option<()>) -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

/// Sends back what it gets, and closes when nothing more comes.
fn echo(mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut other = stream.try_clone().ok()?;
    std::io::copy(&mut stream, &mut other).ok()?;
    stream.shutdown(Shutdown::Both).ok()
}

/// Never answers.
fn listen(mut stream: TcpStream) -> Option<()> {
    std::io::copy(&mut stream, &mut std::io::sink()).ok().map(drop)
}

/// Reads a whole request, with chunks and trailers, and gives the same answer to each.
fn answer(mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut received = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        received.extend(piece.iter().take(count));
        if is_whole(&received) {
            break;
        }
    }
    stream
        .write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-two: c\r\nx-two: d\r\nx-empty:\r\n\
              transfer-encoding: chunked\r\n\r\n6\r\nanswer\r\n0\r\nx-trailer: response\r\n\r\n",
        )
        .ok()
}

/// Ends with the empty line after trailers, or had no body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let ends = body.starts_with("0\r\n") || body.contains("\r\n0\r\n");
    !head.contains("chunked") || (ends && body.ends_with("\r\n\r\n"))
}
