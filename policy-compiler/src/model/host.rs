//! Hosts that a collection answers for.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Reader, quote};

/// Which hosts match. Names are in lower case and carry no port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPattern {
    /// This name or address; an IPv6 address in brackets, as in a URI (RFC 3986, section 3.2.2).
    Exact(HostName),
    /// Exactly one label before this name.
    Wildcard(HostName),
    /// Every host.
    Any,
}

/// A host name or address as the `Host` header carries it, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>);

impl HostName {
    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl HostPattern {
    /// Reads `api.example.com`, `*.example.com` or an address.
    ///
    /// # Errors
    /// What is wrong with the text, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, InvalidHost> {
        let lower = text.to_ascii_lowercase();
        if let Some(domain) = lower.strip_prefix("*.") {
            return domain_name(domain).map(Self::Wildcard);
        }
        let bare = lower.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(&lower).parse::<Ipv6Addr>() {
            return Ok(Self::Exact(HostName(format!("[{address}]").into())));
        }
        if lower.parse::<IpAddr>().is_ok() {
            return Ok(Self::Exact(HostName(lower.into())));
        }
        domain_name(&lower).map(Self::Exact)
    }

    pub(super) fn read(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let text = reader.text(node, "a host")?;
        match Self::parse(text) {
            Ok(host) => Some(host),
            Err(invalid) => {
                let place = reader.place(node);
                let message = format!("{} is not a host", quote(text));
                reader.report(
                    Diagnostic::error(Code::InvalidHost, place, message)
                        .found(text)
                        .help(invalid.help()),
                );
                None
            }
        }
    }
}

/// Why a text is no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidHost {
    /// It carries a port.
    Port,
    /// It carries a scheme or a path.
    Url,
    /// A star stands elsewhere than in front.
    Wildcard,
    /// It is no name of labels.
    Name,
}

impl InvalidHost {
    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::Port => "leave the port out: every port matches",
            Self::Url => "write the host alone; the path belongs in `base_path`",
            Self::Wildcard => "a wildcard is `*.` in front of a name: `*.example.com`",
            Self::Name => {
                "write a host name (`api.example.com`), `*.` and a name, or an IP address; leave `hosts` out for any host"
            }
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => formatter.write_str(name.as_str()),
            Self::Wildcard(name) => write!(formatter, "*.{}", name.as_str()),
            Self::Any => formatter.write_str("any host"),
        }
    }
}

/// Labels of letters, digits, `-` and `_`, at most 63 bytes each and 253 in all (RFC 1035,
/// section 2.3.4; `_` because private names have it).
fn domain_name(name: &str) -> Result<HostName, InvalidHost> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
            })
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = |label: &str| match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    };
    if name.contains('/') {
        Err(InvalidHost::Url)
    } else if name.contains('*') {
        Err(InvalidHost::Wildcard)
    } else if name.rsplit_once(':').is_some_and(|(_, port)| is_port(port)) {
        Err(InvalidHost::Port)
    // What ends in a number is an address (WHATWG URL, "ends in a number"), and this is none.
    } else if name.len() <= 253
        && name.split('.').all(label)
        && !name.rsplit('.').next().is_some_and(is_number)
    {
        Ok(HostName(name.into()))
    } else {
        Err(InvalidHost::Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let cases = [
            ("API.example.com", "api.example.com"),
            ("localhost", "localhost"),
            ("*.example.com", "*.example.com"),
            ("192.0.2.1", "192.0.2.1"),
            ("api.0xg", "api.0xg"),
            ("2001:DB8::0:1", "[2001:db8::1]"),
            ("[2001:db8::1]", "[2001:db8::1]"),
        ];
        for (text, expected) in cases {
            assert_eq!(HostPattern::parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn no_hosts() {
        let cases = [
            ("", InvalidHost::Name),
            ("example.com.", InvalidHost::Name),
            ("-a.example", InvalidHost::Name),
            ("192.0.2.256", InvalidHost::Name),
            ("192.0.2.0x1", InvalidHost::Name),
            ("*.0.2.1", InvalidHost::Name),
            ("bücher.example", InvalidHost::Name),
            ("api.example.com:8443", InvalidHost::Port),
            ("https://api.example.com", InvalidHost::Url),
            ("*", InvalidHost::Wildcard),
            ("api.*.com", InvalidHost::Wildcard),
        ];
        for (text, expected) in cases {
            assert_eq!(HostPattern::parse(text), Err(expected), "{text}");
        }
    }
}
