//! HTTP/1.1 answers of a server that is known to write them plainly: a status, a length, a body.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// A connection that is kept alive, and what has come in on it.
#[derive(Debug)]
pub struct Answers {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Status line and header fields.
    pub head: String,
}

/// No server here takes longer: a request that does was dropped.
const PATIENCE: Duration = Duration::from_secs(30);

impl Answers {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub fn connect(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server, PATIENCE)
            .with_context(|| format!("cannot connect to {server}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: vec![0; 16_384], filled: 0 })
    }

    /// From now on [`arrived`](Self::arrived) does not wait.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn do_not_wait(&self) -> Result<()> {
        Ok(self.stream.set_nonblocking(true)?)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Where the connection is lost.
    pub fn send(&mut self, message: &[u8]) -> Result<()> {
        self.stream.write_all(message).context("a connection broke while a request was sent")
    }

    /// The status of the next answer.
    ///
    /// # Errors
    /// Where none comes.
    pub fn status(&mut self) -> Result<u16> {
        self.arrived()?.context("no answer came in time")
    }

    /// The next answer with its header fields.
    ///
    /// # Errors
    /// Where none comes.
    pub fn answer(&mut self) -> Result<Answer> {
        loop {
            if let Some((status, length, head)) = self.complete()? {
                let bytes = self.buffer.get(..head).unwrap_or_default();
                let head = String::from_utf8_lossy(bytes).into_owned();
                self.take(length);
                return Ok(Answer { status, head });
            }
            ensure!(self.read()?, "no answer came in time");
        }
    }

    /// The status of the next answer; `None` where it is not there yet.
    ///
    /// # Errors
    /// Where the connection is lost.
    #[inline]
    pub fn arrived(&mut self) -> Result<Option<u16>> {
        loop {
            if let Some((status, length, _)) = self.complete()? {
                self.take(length);
                return Ok(Some(status));
            }
            if !self.read()? {
                return Ok(None);
            }
        }
    }

    fn take(&mut self, length: usize) {
        self.buffer.copy_within(length..self.filled, 0);
        self.filled -= length;
    }

    /// Reads once; whether anything was there.
    fn read(&mut self) -> Result<bool> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.stream.read(room) {
            Ok(0) => anyhow::bail!("the server closed a connection instead of answering"),
            Ok(length) => {
                self.filled += length;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error).context("a connection broke before an answer came"),
        }
    }

    /// Status, length and length of the head of the first answer, when all of it is there.
    fn complete(&self) -> Result<Option<(u16, usize, usize)>> {
        let bytes = self.buffer.get(..self.filled).unwrap_or_default();
        parse(bytes)
    }
}

/// Status, length and length of the head of the first answer in `bytes`; `None` where its end is
/// not there.
fn parse(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())
        .context("the head of an answer is no text")?;
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("`{head}` is no answer"))?;
    let body = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    let body = body.transpose().context("the length of an answer is no number")?.unwrap_or(0);
    ensure!(
        body > 0 || !head.contains("transfer-encoding"),
        "an answer came in chunks, which no server here sends: `{head}`"
    );
    let length = end + 4 + body;
    Ok((bytes.len() >= length).then_some((status, length, end)))
}
