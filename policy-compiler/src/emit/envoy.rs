//! A complete, runnable Envoy configuration that loads filter and table.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use policy_table::settings::ClientAddress;

use crate::escape::double_quoted;

/// What the configuration says beside the table.
#[derive(Debug, Clone)]
pub struct Options {
    /// The filter's module, as Envoy will find it.
    pub filter: PathBuf,
    /// Where Envoy listens.
    pub listen: SocketAddr,
    /// Where granted requests go.
    pub upstream: Upstream,
    /// Where Envoy's administration interface listens; none without it.
    pub admin: Option<SocketAddr>,
    /// How the table is handed to the filter.
    pub settings: Settings,
    /// Whether client addresses come in a PROXY protocol header, as some load balancers send it.
    pub proxy_protocol: bool,
    /// Where the policy takes a client's address from.
    pub client_address: ClientAddress,
}

/// How the table is handed to the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    /// The table's bytes, nothing else.
    Bytes,
    /// JSON around the table, as proxies need it that pass no bytes.
    Json {
        /// Whether the filter sets the decision as filter state, for the access log and other filters.
        filter_state: bool,
    },
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    host: String,
    port: u16,
}

/// The whole configuration as commented YAML.
pub fn bootstrap(table: &[u8], options: &Options) -> String {
    let blocks = [
        ("admin", admin(options.admin)),
        ("listener_filters", listener_filters(options.proxy_protocol)),
        ("client_address", client_address(options.client_address)),
        ("filter_state", filter_state(options.settings)),
        ("configuration", configuration(table, options.settings)),
    ];
    let values = [
        ("listen", socket_address(&options.listen.ip().to_string(), options.listen.port())),
        ("filter", double_quoted(&options.filter.to_string_lossy())),
        ("cluster_type", options.upstream.cluster_type().to_owned()),
        ("upstream", socket_address(&options.upstream.host, options.upstream.port)),
    ];
    let mut text = String::new();
    // One pass: what a value says is no part of the template.
    let mut rest = include_str!("envoy.yaml");
    while let Some((before, (name, after))) = next_place(rest) {
        text.push_str(before);
        rest = after;
        if let Some((_, block)) = blocks.iter().find(|(known, _)| *known == name) {
            // It stands for its whole line.
            text.push_str(block);
            rest = after.strip_prefix('\n').unwrap_or(after);
        } else if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            text.push_str(value);
        }
    }
    text + rest
}

/// What stands before the next `{{name}}`, its name, and what stands after it.
fn next_place(template: &str) -> Option<(&str, (&str, &str))> {
    let (before, after) = template.split_once("{{")?;
    Some((before, after.split_once("}}")?))
}

/// The filter's settings as JSON, for proxies that pass no bytes.
pub fn json_settings(table: &[u8], filter_state: bool) -> String {
    format!(
        r#"{{"table": "{}", "mode": "enforce", "filter_state": {filter_state}}}"#,
        STANDARD.encode(table)
    )
}

fn admin(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |address| {
        let address = socket_address(&address.ip().to_string(), address.port());
        format!("\nadmin:\n  address: {address}\n\n")
    })
}

fn listener_filters(proxy_protocol: bool) -> String {
    if !proxy_protocol {
        return String::new();
    }
    "      # The client's address is what the PROXY protocol header says, so only a load balancer may reach this port.
      listener_filters:
        - name: envoy.filters.listener.proxy_protocol
          typed_config:
            \"@type\": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol
"
    .to_owned()
}

fn client_address(from: ClientAddress) -> String {
    match from {
        ClientAddress::Connection => {
            "                # The policy takes a client's address from the connection. Otherwise Envoy would believe an
                # X-Forwarded-For that anybody can write.
                use_remote_address: true
"
        }
        ClientAddress::XForwardedFor { .. } => {
            "                # The policy counts trusted hops in X-Forwarded-For as it came in. Envoy appends its peer to
                # that header before filters run, which would shift every hop by one.
                use_remote_address: true
                skip_xff_append: true
"
        }
    }
    .to_owned()
}

fn filter_state(settings: Settings) -> String {
    if settings != (Settings::Json { filter_state: true }) {
        return String::new();
    }
    ["reason", "client", "key", "collection", "table"]
        .iter()
        .map(|name| {
            format!("                          {name}: \"%FILTER_STATE(wasm.portcullis.{name}:PLAIN)%\"\n")
        })
        .collect()
}

fn configuration(table: &[u8], settings: Settings) -> String {
    let (kind, value) = match settings {
        Settings::Bytes => ("BytesValue", double_quoted(&STANDARD.encode(table))),
        Settings::Json { filter_state } => {
            ("StringValue", format!("'{}'", json_settings(table, filter_state)))
        }
    };
    format!(
        "                        # The table, in base64.
                        configuration:
                          \"@type\": type.googleapis.com/google.protobuf.{kind}
                          value: {value}
"
    )
}

fn socket_address(host: &str, port: u16) -> String {
    format!("{{ socket_address: {{ address: {}, port_value: {port} }} }}", double_quoted(host))
}

impl Upstream {
    fn cluster_type(&self) -> &'static str {
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

#[cfg(test)]
mod tests;
