//! Where granted requests go.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Upstream {
    /// How Envoy finds its address.
    pub(super) fn cluster_type(&self) -> &'static str {
        if self.host.parse::<IpAddr>().is_ok() { "STATIC" } else { "STRICT_DNS" }
    }
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || UpstreamError { found: text.to_owned() };
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let port: u16 = port.parse().map_err(|_| error())?;
        let usable = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let (host, holds) = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => (address, address.parse::<Ipv6Addr>().is_ok()),
            None => (host, !host.is_empty() && host.bytes().all(usable)),
        };
        if port == 0 || !holds {
            return Err(error());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl From<SocketAddr> for Upstream {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

/// A text that names no host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamError {
    found: String,
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` is no host and port; write it like `127.0.0.1:8080`, `[::1]:8080` or `orders.internal:8080`",
            self.found
        )
    }
}

impl std::error::Error for UpstreamError {}
