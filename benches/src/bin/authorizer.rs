//! The fastest external authorizer there can be: one thread that answers 200 to anything, without
//! looking at it. Whatever a real one does comes on top. `bench-envoy` starts it.
//!
//! Says on standard output where it listens, and ends when its standard input does.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};

use anyhow::Result;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(0);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

fn main() -> Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0)
    });
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    println!("{}", listener.local_addr()?);
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let (mut events, mut next) = (Events::with_capacity(256), 1);
    let mut connections: HashMap<Token, TcpStream> = HashMap::new();
    let mut buffer = [0; 16_384];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut connection, _)) = listener.accept() {
                    connection.set_nodelay(true)?;
                    poll.registry().register(&mut connection, Token(next), Interest::READABLE)?;
                    connections.insert(Token(next), connection);
                    next += 1;
                }
                continue;
            }
            let Some(connection) = connections.get_mut(&event.token()) else { continue };
            // Envoy sends a request in one piece, and the next one after its answer: one read that
            // does not fill the buffer has emptied the socket.
            let ended = match connection.read(&mut buffer) {
                Ok(0) => true,
                Ok(_) => connection.write_all(ANSWER).is_err(),
                Err(error) => error.kind() != ErrorKind::WouldBlock,
            };
            if ended {
                connections.remove(&event.token());
            }
        }
    }
}
