//! HTTP/1.1 on a plain socket: any bytes in headers, headers twice, and any client address.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

/// A header line: any bytes.
pub type Header = (Vec<u8>, Vec<u8>);

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A head larger than this is no answer that a test expects.
const LARGEST_HEAD: usize = 1 << 20;

/// A request, word for word.
#[derive(Debug, Clone)]
pub struct Message {
    /// The method.
    pub method: String,
    /// The request target.
    pub target: Vec<u8>,
    /// All header lines, `host` among them.
    pub headers: Vec<Header>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// All header lines, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }
}

/// One connection, for any number of requests.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    /// Opens a connection.
    pub fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server, PATIENCE)
            .with_context(|| format!("cannot connect to {server}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, unread: Vec::new() })
    }

    /// Opens a connection that says in a PROXY protocol header (version 1) whose it is.
    pub fn open_for(server: SocketAddr, client: IpAddr) -> Result<Self> {
        let mut connection = Self::open(server)?;
        let line = match client {
            IpAddr::V4(client) => format!("PROXY TCP4 {client} 127.0.0.1 40000 80\r\n"),
            IpAddr::V6(client) => format!("PROXY TCP6 {client} ::1 40000 80\r\n"),
        };
        connection.stream.write_all(line.as_bytes())?;
        Ok(connection)
    }

    /// Sends a request and waits for the whole response.
    pub fn send(&mut self, message: &Message) -> Result<Response> {
        self.stream.write_all(&message.to_bytes()).context("cannot send the request")?;
        let mut response = self.read_head()?;
        if message.method != "HEAD" {
            response.body = self.read_body(&response)?;
        }
        Ok(response)
    }

    fn read_head(&mut self) -> Result<Response> {
        loop {
            let mut space = [httparse::EMPTY_HEADER; 128];
            let mut head = httparse::Response::new(&mut space);
            let parsed = head.parse(&self.unread).context("the answer is no HTTP/1.1 response")?;
            if let httparse::Status::Complete(length) = parsed {
                let response = Response {
                    status: head.code.context("the response has no status")?,
                    headers: head
                        .headers
                        .iter()
                        .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
                        .collect(),
                    body: Vec::new(),
                };
                self.unread.drain(..length);
                return Ok(response);
            }
            if self.unread.len() > LARGEST_HEAD || self.read_more()? == 0 {
                bail!("the connection ended before a response, after {} bytes", self.unread.len());
            }
        }
    }

    fn read_body(&mut self, response: &Response) -> Result<Vec<u8>> {
        if response.header("transfer-encoding").is_some() {
            return self.read_chunks();
        }
        let length = match response.header("content-length") {
            Some(length) => std::str::from_utf8(length)?.parse()?,
            None => 0,
        };
        self.take(length)
    }

    fn read_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let parsed = httparse::parse_chunk_size(&self.unread);
            match parsed.map_err(|_| anyhow!("the body has a broken chunk"))? {
                httparse::Status::Complete((line, size)) => {
                    self.unread.drain(..line);
                    body.extend(self.take(usize::try_from(size)?)?);
                    self.take(b"\r\n".len())?;
                    if size == 0 {
                        return Ok(body);
                    }
                }
                httparse::Status::Partial if self.read_more()? == 0 => {
                    bail!("the connection ended between chunks")
                }
                httparse::Status::Partial => {}
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.unread.len() < length {
            if self.read_more()? == 0 {
                bail!(
                    "the connection ended inside a body: expected {length} bytes more, found {}",
                    self.unread.len()
                );
            }
        }
        Ok(self.unread.drain(..length).collect())
    }

    fn read_more(&mut self) -> Result<usize> {
        let mut piece = [0; 16 * 1024];
        let length = self.stream.read(&mut piece).context("no answer in time")?;
        self.unread.extend(piece.iter().take(length));
        Ok(length)
    }
}

impl Message {
    /// `GET` of a path at a host.
    pub fn get(host: &str, path: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            target: path.as_bytes().to_vec(),
            headers: vec![(b"host".to_vec(), host.as_bytes().to_vec())],
        }
    }

    /// The same with one more header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.as_bytes().to_vec(), value.as_ref().to_vec()));
        self
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.method.as_bytes().to_vec();
        bytes.push(b' ');
        bytes.extend(&self.target);
        bytes.extend(b" HTTP/1.1\r\n");
        for (name, value) in &self.headers {
            bytes.extend(name);
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"\r\n");
        bytes
    }
}
