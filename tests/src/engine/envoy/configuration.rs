//! Envoy's configuration: what `portcullis emit envoy` writes, and for updates the same listener in a watched file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use policy_compiler::emit::envoy::{self, Fields, Filter, Options, Settings};
use policy_table::settings::ClientAddress;
use serde_json::{Value, json};

use crate::places;

/// A listener that was replaced goes quickly.
pub(super) const SHORT_DRAIN: Duration = Duration::from_secs(1);

/// How a test wants its Envoy.
#[derive(Debug, Clone)]
pub struct EnvoyOptions {
    /// How the table reaches the filter.
    pub delivery: Delivery,
    /// Where the policy takes a client's address from.
    pub client_address: ClientAddress,
    /// Whether the listener comes from a watched file, so that it can be replaced.
    pub watched: bool,
    /// Where it listens; port 0 stands for a free one.
    pub listen: SocketAddr,
    /// Whether a client's address comes in a PROXY protocol header.
    pub proxy_protocol: bool,
    /// How long connections to a listener that was replaced may go on, in whole seconds.
    pub drain: Duration,
    /// Whether the access log shows the path with its query, too.
    pub log_target: bool,
}

/// How the table reaches the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// `google.protobuf.BytesValue`: the table and nothing else.
    Bytes,
    /// `google.protobuf.StringValue`: JSON.
    Json,
    /// `google.protobuf.Struct`: Envoy 1.40 hands it over as protobuf, not as JSON.
    Struct,
}

/// A file that Envoy watches for its listener.
#[derive(Debug)]
pub struct LdsFile {
    path: PathBuf,
    options: EnvoyOptions,
    upstream: SocketAddr,
    version: std::cell::Cell<u64>,
}

pub(super) struct Prepared {
    pub(super) bootstrap: Value,
    pub(super) lds: Option<LdsFile>,
}

impl Default for EnvoyOptions {
    fn default() -> Self {
        Self {
            delivery: Delivery::Json,
            client_address: ClientAddress::Connection,
            watched: false,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            proxy_protocol: true,
            drain: SHORT_DRAIN,
            log_target: false,
        }
    }
}

impl LdsFile {
    /// Replaces the listener by one with another table.
    pub fn replace(&self, table: &[u8]) -> Result<()> {
        self.version.set(self.version.get() + 1);
        let bootstrap = bootstrap(table, &self.options, self.upstream)?;
        let mut listener = bootstrap
            .pointer("/static_resources/listeners/0")
            .context("the emitted configuration has no listener")?
            .clone();
        if let Some(listener) = listener.as_object_mut() {
            listener.insert(
                "@type".to_owned(),
                json!("type.googleapis.com/envoy.config.listener.v3.Listener"),
            );
        }
        let file =
            json!({ "version_info": self.version.get().to_string(), "resources": [listener] });
        // By renaming, so that Envoy never reads half a file.
        let new = self.path.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(&file)?)?;
        std::fs::rename(&new, &self.path).context("cannot replace the watched file")
    }
}

/// The configuration of one Envoy; other files that belong to it are written to the folder.
pub(super) fn prepare(
    table: &[u8],
    options: &EnvoyOptions,
    upstream: SocketAddr,
    folder: &Path,
) -> Result<Prepared> {
    let mut bootstrap = bootstrap(table, options, upstream)?;
    let lds = options.watched.then(|| LdsFile {
        path: folder.join("lds").join("listener.json"),
        options: options.clone(),
        upstream,
        version: std::cell::Cell::new(0),
    });
    if let Some(lds) = &lds {
        std::fs::create_dir(folder.join("lds"))?;
        lds.replace(table)?;
        watch(&mut bootstrap, &lds.path)?;
    }
    Ok(Prepared { bootstrap, lds })
}

/// The configuration that `portcullis emit envoy` writes for a table, as the options want it.
pub fn bootstrap(table: &[u8], options: &EnvoyOptions, upstream: SocketAddr) -> Result<Value> {
    let settings = match options.delivery {
        Delivery::Bytes => Settings::Bytes,
        Delivery::Json | Delivery::Struct => {
            Settings::Json(Fields { filter_state: true, ..Fields::default() })
        }
    };
    let text = envoy::bootstrap(
        table,
        &Options {
            filter: Filter { module: places::filter()?, settings },
            watched: None,
            listen: options.listen,
            upstream: upstream.into(),
            admin: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            proxy_protocol: options.proxy_protocol,
            client_address: options.client_address,
        },
    );
    let mut bootstrap: Value =
        serde_saphyr::from_str(&text).context("the emitted configuration is no YAML")?;
    if options.delivery == Delivery::Struct {
        string_to_struct(&mut bootstrap)?;
    }
    if options.log_target {
        log_target(&mut bootstrap)?;
    }
    Ok(bootstrap)
}

/// Has the access log show what logs and traces of other kinds may show.
fn log_target(bootstrap: &mut Value) -> Result<()> {
    let format = in_manager(bootstrap, "/access_log/0/typed_config/log_format/json_format")
        .and_then(Value::as_object_mut)
        .context("the emitted configuration has no format of the access log")?;
    format.insert("target".to_owned(), json!("%REQ(:PATH)%"));
    Ok(())
}

/// Moves the listener out of the bootstrap and into a watched file.
fn watch(bootstrap: &mut Value, file: &Path) -> Result<()> {
    let fields = bootstrap.as_object_mut().context("the emitted configuration is no mapping")?;
    if let Some(resources) = fields.get_mut("static_resources").and_then(Value::as_object_mut) {
        resources.remove("listeners");
    }
    fields.insert(
        "node".to_owned(),
        json!({ "id": "portcullis-tests", "cluster": "portcullis-tests" }),
    );
    let watched = json!({
        "resource_api_version": "V3",
        "path_config_source": { "path": file, "watched_directory": { "path": file.parent() } },
    });
    fields.insert("dynamic_resources".to_owned(), json!({ "lds_config": watched }));
    Ok(())
}

/// The JSON settings as a `google.protobuf.Struct`.
fn string_to_struct(bootstrap: &mut Value) -> Result<()> {
    let configuration = in_manager(bootstrap, "/http_filters/0/typed_config/config/configuration")
        .context("the emitted configuration has no plugin configuration")?;
    let text = configuration
        .get("value")
        .and_then(Value::as_str)
        .context("the plugin configuration is no text")?;
    let settings: Value = serde_json::from_str(text).context("the JSON settings are no JSON")?;
    *configuration =
        json!({ "@type": "type.googleapis.com/google.protobuf.Struct", "value": settings });
    Ok(())
}

/// What stands at a place of the HTTP connection manager.
fn in_manager<'b>(bootstrap: &'b mut Value, place: &str) -> Option<&'b mut Value> {
    bootstrap
        .pointer_mut("/static_resources/listeners/0/filter_chains/0/filters/0/typed_config")?
        .pointer_mut(place)
}
