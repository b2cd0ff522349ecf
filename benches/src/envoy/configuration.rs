//! Envoy's bootstrap: the same listener, routes and answers with other filters in it.

use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What stands between a request and its answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setup {
    /// HTTP filters in their order, without the router.
    pub filters: Vec<Value>,
    /// What the filters ask.
    pub clusters: Vec<Value>,
    /// How Envoy gets all that, and what it does with memory that it no longer needs.
    pub delivery: Delivery,
}

/// What an operator chooses apart from the filters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Each filter is in a file of its own that Envoy watches (extension config discovery), not in the bootstrap.
    pub watched_files: bool,
    /// Envoy gives memory that it has freed back to the system (`memory_allocator_manager`).
    pub release: bool,
}

impl Setup {
    /// One filter that asks nobody.
    #[must_use]
    pub fn of(filters: impl IntoIterator<Item = Value>) -> Self {
        Self { filters: filters.into_iter().collect(), ..Self::default() }
    }

    /// Writes the bootstrap, and beside it the files that it names; the size of all of them in bytes.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write(self, file: &Path) -> Result<usize> {
        let (mut filters, mut bytes) = (self.filters, 0);
        if self.delivery.watched_files {
            for (number, filter) in filters.iter_mut().enumerate() {
                let watched = std::path::absolute(file.with_file_name(format!("{number}.json")))?;
                bytes += put_into(&watched, filter)?;
            }
        }
        let mut bootstrap = json!({
            "node": { "id": "bench", "cluster": "bench" },
            "admin": admin(),
            "static_resources": {
                "listeners": [listener(filters)],
                "clusters": self.clusters,
            },
        });
        if let (true, Some(fields)) = (self.delivery.release, bootstrap.as_object_mut()) {
            let all = json!({ "bytes_to_release": 256 << 20, "memory_release_interval": "1s" });
            fields.insert("memory_allocator_manager".to_owned(), all);
        }
        Ok(bytes + write(file, &bootstrap)?)
    }
}

/// Moves a filter into a file, and puts in its place where that is; the size of the file.
fn put_into(file: &Path, filter: &mut Value) -> Result<usize> {
    let in_its_place = discovered(filter, &json!({ "path": file }));
    let moved = std::mem::replace(filter, in_its_place);
    write(file, &resource(moved, 1))
}

/// What stands in the place of a filter that is in a watched file (extension config discovery); `source` is Envoy's
/// `path_config_source`.
#[must_use]
pub fn discovered(filter: &Value, source: &Value) -> Value {
    json!({
        "name": filter.get("name"),
        "config_discovery": {
            "config_source": { "resource_api_version": "V3", "path_config_source": source },
            "type_urls": [filter.pointer("/typed_config/@type")],
        },
    })
}

/// What stands in the watched file: the filter, in one of its versions.
#[must_use]
pub fn resource(mut filter: Value, version: u64) -> Value {
    if let Some(fields) = filter.as_object_mut() {
        let kind = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";
        fields.insert("@type".to_owned(), json!(kind));
    }
    json!({ "version_info": version.to_string(), "resources": [filter] })
}

fn write(file: &Path, value: &Value) -> Result<usize> {
    let text = serde_json::to_vec(value)?;
    std::fs::write(file, &text).context("cannot write Envoy's configuration")?;
    Ok(text.len())
}

fn admin() -> Value {
    json!({ "address": loopback() })
}

/// A free port.
fn loopback() -> Value {
    json!({ "socket_address": { "address": "127.0.0.1", "port_value": 0 } })
}

/// The listener `bench`. Envoy itself answers whom the filters let through; under `/orders/echo`
/// it also says which headers an upstream would have seen.
#[must_use]
pub fn listener(mut filters: Vec<Value>) -> Value {
    filters.push(json!({
        "name": "router",
        "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
    }));
    let seen = |name: &str| {
        let value = format!("%REQ({name})%");
        json!({ "header": { "key": format!("x-seen-{name}"), "value": value } })
    };
    let seen = ["x-client-id", "x-key-id", "x-api-key"].map(seen);
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        // As `portcullis emit envoy` has it, for all alike.
        "normalize_path": false,
        "merge_slashes": false,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "use_remote_address": true,
        "skip_xff_append": true,
        "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": [
            {
                "match": { "path": "/orders/echo" },
                "direct_response": { "status": 200 },
                "response_headers_to_add": seen,
            },
            { "match": { "prefix": "/" }, "direct_response": { "status": 200 } },
        ]}]},
        "http_filters": filters,
    });
    json!({
        "name": "bench",
        "address": loopback(),
        "filter_chains": [{ "filters": [{ "name": "http", "typed_config": manager }] }],
    })
}

/// A WebAssembly module as a filter, with its configuration.
#[must_use]
pub fn wasm(name: &str, module: &Path, configuration: &Value) -> Value {
    json!({
        "name": name,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": name,
                "failure_policy": "FAIL_RELOAD",
                "vm_config": {
                    "vm_id": name,
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": { "local": { "filename": module } },
                },
                "configuration": configuration,
            },
        },
    })
}

/// Bytes as a plugin configuration.
#[must_use]
pub fn bytes_value(bytes: &[u8]) -> Value {
    json!({ "@type": "type.googleapis.com/google.protobuf.BytesValue", "value": STANDARD.encode(bytes) })
}

/// A text as a plugin configuration.
#[must_use]
pub fn string_value(text: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": text })
}

/// Envoy's own filter for API keys, with keys in clear text as it wants them, each with its client,
/// whose name later filters find in the header `forwarded`, if there is one.
#[must_use]
pub fn api_key_auth(
    credentials: impl Iterator<Item = (String, String)>,
    forwarded: Option<&str>,
) -> Value {
    let credential = |(key, client)| json!({ "key": key, "client": client });
    json!({
        "name": "api_key_auth",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth",
            "key_sources": [{ "header": "x-api-key" }],
            "credentials": credentials.map(credential).collect::<Vec<_>>(),
            "forwarding": forwarded.map(|header| json!({ "header": header })),
        },
    })
}
