//! The filter in Envoy's configuration: its module, its settings and its table.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::template::{fill, indented};
use crate::escape::double_quoted;

/// The filter, but for its table.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Its module, as Envoy will find it.
    pub module: PathBuf,
    /// How the table is handed to it.
    pub settings: Settings,
}

/// How the table is handed to the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    /// The table's bytes, nothing else.
    Bytes,
    /// JSON around the table, as proxies need it that pass no bytes.
    Json(Fields),
}

/// What the JSON settings say beside the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fields {
    /// What becomes of denied requests.
    pub mode: Mode,
    /// Whether the filter sets the decision as filter state, for the access log and other filters.
    pub filter_state: bool,
    /// How many clients are counted one by one.
    pub client_metrics: u16,
}

/// What becomes of denied requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// The filter answers them.
    #[default]
    Enforce,
    /// They are counted, logged and let through.
    Shadow,
}

/// The filter in a file of its own, for Envoy's extension config discovery.
pub fn resource(table: &[u8], filter: &Filter) -> String {
    let typed_config = indented(&wasm(table, filter), 6);
    fill(include_str!("resource.yaml"), &[("typed_config", typed_config)], &[])
}

/// The filter's settings as JSON, for proxies that pass no bytes. The table comes last: it is long.
pub fn json_settings(table: &[u8], fields: Fields) -> String {
    let Fields { mode, filter_state, client_metrics } = fields;
    let mode = match mode {
        Mode::Enforce => "enforce",
        Mode::Shadow => "shadow",
    };
    let table = STANDARD.encode(table);
    format!(
        r#"{{"mode": "{mode}", "filter_state": {filter_state}, "client_metrics": {client_metrics}, "table": "{table}"}}"#
    )
}

/// The filter as an entry of a connection manager says what it is.
pub(super) fn inline(table: &[u8], filter: &Filter) -> String {
    format!("typed_config:\n{}", indented(&wasm(table, filter), 2))
}

/// The filter as an entry of a connection manager says which file it is in.
pub(super) fn watched(file: &Path) -> String {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let quoted = |path: &Path| double_quoted(&path.to_string_lossy());
    let values =
        [("file", quoted(file)), ("folder", quoted(folder.unwrap_or_else(|| Path::new("."))))];
    fill(include_str!("watched.yaml"), &[], &values)
}

impl Settings {
    /// Whether the filter sets the decision as filter state.
    pub(super) fn filter_state(self) -> bool {
        matches!(self, Self::Json(Fields { filter_state: true, .. }))
    }
}

fn wasm(table: &[u8], filter: &Filter) -> String {
    let (kind, value) = match filter.settings {
        Settings::Bytes => ("BytesValue", double_quoted(&STANDARD.encode(table))),
        Settings::Json(fields) => ("StringValue", format!("'{}'", json_settings(table, fields))),
    };
    let module = double_quoted(&filter.module.to_string_lossy());
    let values = [("module", module), ("kind", kind.to_owned()), ("value", value)];
    fill(include_str!("wasm.yaml"), &[], &values)
}
