//! What goes in: a request, and what the upstream answers it.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};

use crate::frames::{Frame, add_piece, frames};
use crate::headers::Headers;
use crate::properties::{Properties, PropertyPath, PropertyValue};

/// An HTTP request as it reaches the module.
///
/// ```
/// let request = host_sim::Request::get("/orders")
///     .authority("api.example.com")
///     .header("x-api-key", b"\xff\xfe")
///     .property("xds.route_name", "orders");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    pub(crate) pieces: Vec<usize>,
    pub(crate) trailers: Headers,
    pub(crate) unfinished: bool,
    pub(crate) plugin: Option<String>,
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) connection: u64,
    pub(crate) protocol: String,
    pub(crate) properties: Properties,
    pub(crate) response: Option<Response>,
}

impl Request {
    /// A request for `http://localhost` from 127.0.0.1:40000, without further headers, which the
    /// upstream will answer with an empty 200.
    ///
    /// The pseudo headers stand in the order that Envoy gives them.
    pub fn new(method: impl AsRef<[u8]>, path: impl AsRef<[u8]>) -> Self {
        let headers = [
            (":authority", b"localhost".as_slice()),
            (":path", path.as_ref()),
            (":method", method.as_ref()),
            (":scheme", b"http"),
        ];
        Self {
            headers: headers.into_iter().collect(),
            body: Vec::new(),
            pieces: Vec::new(),
            trailers: Headers::new(),
            unfinished: false,
            plugin: None,
            source: SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000)),
            destination: SocketAddr::from((Ipv4Addr::LOCALHOST, 80)),
            connection: 1,
            protocol: "HTTP/1.1".to_owned(),
            properties: Properties::default(),
            response: Some(Response::new(200)),
        }
    }

    /// The same without a path, as CONNECT has none.
    #[cfg(feature = "command")]
    pub(crate) fn without_path(mut self) -> Self {
        self.headers.remove(":path");
        self
    }

    /// A GET of `path`.
    pub fn get(path: impl AsRef<[u8]>) -> Self {
        Self::new("GET", path)
    }

    /// A POST to `path`; see [`body`](Self::body).
    pub fn post(path: impl AsRef<[u8]>) -> Self {
        Self::new("POST", path)
    }

    /// Sets `:authority`, the host that is asked.
    #[must_use]
    pub fn authority(mut self, authority: impl AsRef<[u8]>) -> Self {
        self.headers.set_in_place(":authority", authority.as_ref());
        self
    }

    /// Sets `:scheme`.
    #[must_use]
    pub fn scheme(mut self, scheme: impl AsRef<[u8]>) -> Self {
        self.headers.set_in_place(":scheme", scheme.as_ref());
        self
    }

    /// Adds a header. Values are any bytes; the same name may be added again.
    ///
    /// Names become lower case, and `host` becomes `:authority`, as a codec makes them.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        if name.as_ref().eq_ignore_ascii_case(b"host") {
            return self.authority(value);
        }
        self.headers.add(name, value.as_ref());
        self
    }

    /// Removes every value of a header, a pseudo header too: what a proxy would not let through
    /// can still be shown to the module.
    #[must_use]
    pub fn without_header(mut self, name: impl AsRef<[u8]>) -> Self {
        self.headers.remove(name);
        self
    }

    /// Sets the body. It reaches the module in one piece.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.pieces.clear();
        self
    }

    /// Adds a piece of the body. Each piece reaches the module by itself.
    ///
    /// ```
    /// let request = host_sim::Request::post("/").chunk("first ").chunk("second").trailer("x-sum", "7");
    /// ```
    #[must_use]
    pub fn chunk(mut self, piece: impl AsRef<[u8]>) -> Self {
        add_piece(&mut self.body, &mut self.pieces, piece.as_ref());
        self
    }

    /// Adds a trailer.
    #[must_use]
    pub fn trailer(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.trailers.add(name, value.as_ref());
        self
    }

    /// Leaves the end open: more of it comes later, see [`Host::open`](crate::Host::open).
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        self.unfinished = true;
        self
    }

    /// Sets the client's address: the properties `source.address` and `source.port`.
    #[must_use]
    pub fn source_address(mut self, address: SocketAddr) -> Self {
        self.source = address;
        self
    }

    /// Sets the proxy's own address: the properties `destination.address` and `destination.port`.
    #[must_use]
    pub fn destination_address(mut self, address: SocketAddr) -> Self {
        self.destination = address;
        self
    }

    /// Sets the number of the connection on which the request comes: the property `connection.id`,
    /// otherwise 1.
    #[must_use]
    pub fn connection_id(mut self, id: u64) -> Self {
        self.connection = id;
        self
    }

    /// Sets the property `request.protocol`, otherwise `HTTP/1.1`.
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = protocol.into();
        self
    }

    /// Sets a property, also one that would otherwise follow from the request. With
    /// [`PropertyValue::Absent`] the module does not find it.
    #[must_use]
    pub fn property(
        mut self,
        path: impl Into<PropertyPath>,
        value: impl Into<PropertyValue>,
    ) -> Self {
        self.properties.set(path.into(), value.into());
        self
    }

    /// Sets what the upstream answers, should the request reach it.
    #[must_use]
    pub fn answered_by(mut self, response: Response) -> Self {
        self.response = Some(response);
        self
    }

    /// Lets the upstream not answer: whoever opened the stream does that with
    /// [`Host::respond`](crate::Host::respond).
    #[must_use]
    pub fn unanswered(mut self) -> Self {
        self.response = None;
        self
    }

    /// Sends the request to the plugin of this name, where a host has several.
    #[must_use]
    pub fn to_plugin(mut self, name: impl Into<String>) -> Self {
        self.plugin = Some(name.into());
        self
    }

    /// The parts that come one after the other.
    pub(crate) fn frames(&self) -> VecDeque<Frame> {
        frames(&self.body, &self.pieces, &self.trailers, !self.unfinished)
    }
}

/// An HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// `:status` and the other headers.
    pub headers: Headers,
    /// The whole body.
    pub body: Vec<u8>,
    /// The trailers; mostly there are none.
    pub trailers: Headers,
    pub(crate) pieces: Vec<usize>,
    pub(crate) unfinished: bool,
}

impl Response {
    /// An empty response.
    pub fn new(status: u16) -> Self {
        let headers = [(":status", status.to_string())].into_iter().collect();
        Self::of(headers, Vec::new(), Headers::new())
    }

    pub(crate) fn of(headers: Headers, body: Vec<u8>, trailers: Headers) -> Self {
        Self { headers, body, trailers, pieces: Vec::new(), unfinished: false }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.add(name, value.as_ref());
        self
    }

    /// Sets the body. It reaches the module in one piece.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.pieces.clear();
        self
    }

    /// Adds a piece of the body. Each piece reaches the module by itself.
    ///
    /// ```
    /// let response = host_sim::Response::new(200).chunk("first ").chunk("second").trailer("x-sum", "7");
    /// ```
    #[must_use]
    pub fn chunk(mut self, piece: impl AsRef<[u8]>) -> Self {
        add_piece(&mut self.body, &mut self.pieces, piece.as_ref());
        self
    }

    /// Adds a trailer.
    #[must_use]
    pub fn trailer(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.trailers.add(name, value.as_ref());
        self
    }

    /// Leaves the end open: more of it comes later, see [`Host::open`](crate::Host::open).
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        self.unfinished = true;
        self
    }

    /// The status; none where the module made `:status` something that is not a number.
    pub fn status(&self) -> Option<u16> {
        str::from_utf8(self.headers.first(":status")?).ok()?.parse().ok()
    }

    pub(crate) fn frames(&self) -> VecDeque<Frame> {
        frames(&self.body, &self.pieces, &self.trailers, !self.unfinished)
    }
}
