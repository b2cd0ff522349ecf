//! The same listener with another filter in it, as JSON.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis_benches::reference::key;

/// What stands between a request and its answer.
pub(crate) enum Filter {
    /// Nothing.
    None,
    /// Our filter, with a table as its settings.
    Portcullis {
        /// The finished WebAssembly module.
        module: PathBuf,
        /// The table's bytes.
        table: Vec<u8>,
    },
    /// Envoy's own filter for API keys, with the keys in clear text as it wants them.
    ApiKeyAuth {
        /// How many.
        keys: usize,
    },
}

impl Filter {
    /// Whether no key is asked.
    pub(crate) fn takes_anyone(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Writes Envoy's bootstrap.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let file = File::create(file).context("cannot write Envoy's configuration")?;
        let mut out = BufWriter::new(file);
        let [before, after] = FRAME;
        out.write_all(before.as_bytes())?;
        match self {
            Self::None => {}
            Self::Portcullis { module, table } => {
                let module = std::path::absolute(module)?;
                write!(
                    out,
                    r#"{{"name":"portcullis","typed_config":{{"@type":"type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm","config":{{"name":"portcullis","vm_config":{{"vm_id":"portcullis","runtime":"envoy.wasm.runtime.v8","code":{{"local":{{"filename":"{}"}}}}}},"configuration":{{"@type":"type.googleapis.com/google.protobuf.BytesValue","value":"{}"}}}}}}}},"#,
                    module.display(),
                    STANDARD.encode(table)
                )?;
            }
            Self::ApiKeyAuth { keys } => {
                write!(
                    out,
                    r#"{{"name":"api_key_auth","typed_config":{{"@type":"type.googleapis.com/envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth","key_sources":[{{"header":"x-api-key"}}],"credentials":["#
                )?;
                for number in 0..*keys {
                    let comma = if number == 0 { "" } else { "," };
                    let client = number / 10;
                    write!(
                        out,
                        r#"{comma}{{"key":"{}","client":"client-{client:07}"}}"#,
                        key(number)
                    )?;
                }
                write!(out, "]}}}},")?;
            }
        }
        out.write_all(after.as_bytes())?;
        out.flush().context("cannot write Envoy's configuration")
    }
}

/// Before and after the filter: Envoy itself answers whom the filter lets through.
const FRAME: [&str; 2] = [
    r#"{"admin":{"address":{"socket_address":{"address":"127.0.0.1","port_value":0}}},
"static_resources":{"listeners":[{"name":"bench",
"address":{"socket_address":{"address":"127.0.0.1","port_value":0}},
"filter_chains":[{"filters":[{"name":"http","typed_config":{
"@type":"type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
"stat_prefix":"bench",
"route_config":{"virtual_hosts":[{"name":"all","domains":["*"],"routes":[
{"match":{"prefix":"/"},"direct_response":{"status":200}}]}]},
"http_filters":["#,
    r#"
{"name":"router","typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
]}}]}]}]}}"#,
];
