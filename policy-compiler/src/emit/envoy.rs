//! A complete, runnable Envoy configuration that loads filter and table.

mod filter;
mod template;
mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;

use policy_table::settings::ClientAddress;

pub use self::filter::{Fields, Filter, Mode, Settings, json_settings, resource};
use self::template::{fill, indented};
pub use self::upstream::{Upstream, UpstreamError};
use crate::escape::double_quoted;

/// What the configuration says beside the table.
#[derive(Debug, Clone)]
pub struct Options {
    /// The filter.
    pub filter: Filter,
    /// The file that Envoy takes the filter from and watches: then the configuration has neither filter
    /// nor table.
    pub watched: Option<PathBuf>,
    /// Where Envoy listens.
    pub listen: SocketAddr,
    /// Where granted requests go.
    pub upstream: Upstream,
    /// Where Envoy's administration interface listens; none without it.
    pub admin: Option<SocketAddr>,
    /// Whether client addresses come in a PROXY protocol header, as some load balancers send it.
    pub proxy_protocol: bool,
    /// Where the policy takes a client's address from.
    pub client_address: ClientAddress,
}

/// The whole configuration as commented YAML.
pub fn bootstrap(table: &[u8], options: &Options) -> String {
    let filter = match &options.watched {
        Some(file) => filter::watched(file),
        None => filter::inline(table, &options.filter),
    };
    let blocks = [
        ("admin", admin(options.admin)),
        ("node", node(options.watched.is_some())),
        ("listener_filters", listener_filters(options.proxy_protocol)),
        ("client_address", client_address(options.client_address)),
        ("filter_state", filter_state(options.filter.settings)),
        ("filter", indented(&filter, 20)),
        ("match", indented(route_match(options.client_address), 24)),
    ];
    let values = [
        ("listen", socket_address(&options.listen.ip().to_string(), options.listen.port())),
        ("cluster_type", options.upstream.cluster_type().to_owned()),
        ("upstream", socket_address(&options.upstream.host, options.upstream.port)),
    ];
    fill(include_str!("envoy/bootstrap.yaml"), &blocks, &values)
}

fn admin(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |address| {
        let address = socket_address(&address.ip().to_string(), address.port());
        format!("\nadmin:\n  address: {address}\n\n")
    })
}

fn node(watched: bool) -> String {
    if !watched {
        return String::new();
    }
    "
# Envoy asks for a name before it watches a file; any will do, also by `--service-node` and `--service-cluster`.
node: { id: portcullis, cluster: portcullis }

".to_owned()
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
            .to_owned()
        }
        ClientAddress::XForwardedFor { trusted_hops } => format!(
            "                # The policy counts trusted hops in X-Forwarded-For as it came in. Envoy appends its peer to
                # that header before filters run, which would shift every hop by one. It believes as many: the access
                # log has the client's address, and X-Forwarded-Proto stays as the last of them wrote it.
                use_remote_address: true
                skip_xff_append: true
                xff_num_trusted_hops: {trusted_hops}
"
        ),
    }
}

/// What the one route matches.
fn route_match(from: ClientAddress) -> &'static str {
    match from {
        // Envoy writes X-Forwarded-Proto itself.
        ClientAddress::Connection => r#"- match: { prefix: "/" }"#,
        ClientAddress::XForwardedFor { .. } => {
            r#"# Upstreams make addresses of X-Forwarded-Proto: what is no scheme gets 404, should the proxy
# before this one let a caller write it.
- match: { prefix: "/", headers: [ { name: x-forwarded-proto, string_match: { safe_regex: { regex: "(?i)https?" } } } ] }"#
        }
    }
}

fn filter_state(settings: Settings) -> String {
    if !settings.filter_state() {
        return String::new();
    }
    ["verdict", "reason", "client", "key", "collection", "table"]
        .iter()
        .map(|name| {
            format!("                          {name}: \"%FILTER_STATE(wasm.portcullis.{name}:PLAIN)%\"\n")
        })
        .collect()
}

fn socket_address(host: &str, port: u16) -> String {
    format!("{{ socket_address: {{ address: {}, port_value: {port} }} }}", double_quoted(host))
}

#[cfg(test)]
mod tests;
