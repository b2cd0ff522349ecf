//! The connections of clients, each of which takes its place and has to say what it wants.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use super::front::Front;
use crate::stream::Peers;

/// What clients may take.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// How many connections there are at once; more of them wait until others end.
    connections: usize,
    /// How long the head of a request may take to come, and a connection by HTTP/1.1 wait for the next
    /// one. Of a connection by HTTP/2 this is so of its first request, and of an answer to a ping.
    head: Duration,
}

/// Those of the command. By them nobody holds it up who only opens connections.
pub(super) const BOUNDS: Bounds = Bounds { connections: 1000, head: Duration::from_secs(30) };

/// Serves whoever connects, for ever.
pub(super) async fn accept(
    listener: &TcpListener,
    local: SocketAddr,
    front: Arc<Front>,
    bounds: Bounds,
) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    for number in 1_u64.. {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((connection, client)) => {
                // Where it listens everywhere, only the connection knows where it arrived.
                let local = connection.local_addr().unwrap_or(local);
                let [source, destination] = [client, local].map(canonical);
                let peers = Peers { source, destination, connection: number };
                let conversation = converse(connection, peers, Arc::clone(&front), bounds.head);
                tokio::spawn(async move {
                    conversation.await;
                    drop(place);
                });
            }
            Err(error) => {
                say!("error: cannot accept a connection: {error}");
                // Out of descriptors, most likely: others must end first.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// A socket that listens for both versions of IP shows addresses of version 4 as ones of version 6.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Serves one connection. A module that closes a stream, and a client that goes away or does not say
/// what it wants, end it: none of them is worth a word.
async fn converse(connection: TcpStream, peers: Peers, front: Arc<Front>, head: Duration) {
    let asked = Notify::new();
    let service = service_fn(|request| {
        asked.notify_one();
        let front = Arc::clone(&front);
        async move {
            let answer = front.answer(request, peers).await;
            answer.ok_or_else(|| io::Error::other("the module closed the stream"))
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(head);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(head).keep_alive_timeout(head);
    let mut served = pin!(server.serve_connection(TokioIo::new(connection), service));
    // Which version of HTTP it is shows by its first bytes, for which no version has a time.
    tokio::select! {
        _ = &mut served => return,
        first = timeout(head, asked.notified()) => if first.is_err() { return },
    }
    let _ = served.await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::super::front::Wants;
    use super::super::worker;
    use super::*;
    use crate::host::Host;
    use crate::module::Module;

    /// Denies everything.
    const DENYING: &str = r#"(module
        (import "env" "proxy_send_local_response"
            (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $reply (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
            (i32.const 1)))"#;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: h\r\n\r\n";

    #[test]
    fn an_address_of_version_4_is_shown_as_one() {
        for (address, shown) in [
            ("[::ffff:192.0.2.1]:80", "192.0.2.1:80"),
            ("[2001:db8::1]:80", "[2001:db8::1]:80"),
            ("192.0.2.1:80", "192.0.2.1:80"),
        ] {
            assert_eq!(canonical(address.parse().unwrap()).to_string(), shown);
        }
    }

    /// Runs what a client does while connections are accepted within these bounds.
    fn with_bounds<Client: Future<Output = ()>>(
        bounds: Bounds,
        client: impl FnOnce(SocketAddr) -> Client,
    ) {
        let module = Module::from_bytes(wat::parse_str(DENYING).unwrap()).unwrap();
        let wants = Wants::of(&module.capabilities());
        let host = Host::builder(&module).start().unwrap();
        let worker = worker::spawn(host, Duration::ZERO, false).unwrap();
        let front = Arc::new(Front { worker, upstream: "127.0.0.1:1".to_owned(), wants });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let local = listener.local_addr().unwrap();
            tokio::select! {
                () = accept(&listener, local, front, bounds) => panic!("it ended"),
                done = timeout(Duration::from_secs(60), client(local)) => done.unwrap(),
            }
        });
    }

    #[test]
    fn a_client_that_does_not_say_what_it_wants_is_left() {
        let bounds = Bounds { connections: 10, head: Duration::from_millis(400) };
        with_bounds(bounds, async |address| {
            let begun: [&[u8]; 5] = [
                b"",
                b"PRI * HT",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"GET / HTTP/1.1\r\nho",
                REQUEST,
            ];
            for begun in begun {
                let mut connection = TcpStream::connect(address).await.unwrap();
                connection.write_all(begun).await.unwrap();
                let mut answer = Vec::new();
                // Only a server that ends the connection ends this.
                let _ = connection.read_to_end(&mut answer).await;
                assert_eq!(answer.starts_with(b"HTTP/1.1 403"), begun == REQUEST, "{begun:?}");
            }
        });
    }

    #[test]
    fn a_connection_too_many_waits_for_its_place() {
        let bounds = Bounds { connections: 1, head: Duration::from_secs(60) };
        with_bounds(bounds, async |address| {
            let ask = async |connection: &mut TcpStream| {
                connection.write_all(REQUEST).await.unwrap();
                connection.read_u8().await.unwrap();
            };
            let (mut first, mut second) = (
                TcpStream::connect(address).await.unwrap(),
                TcpStream::connect(address).await.unwrap(),
            );
            ask(&mut first).await;
            let early = timeout(Duration::from_millis(50), ask(&mut second)).await;
            assert!(early.is_err(), "there is one place");
            drop(first);
            second.read_u8().await.unwrap();
        });
    }
}
