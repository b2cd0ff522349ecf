//! The plugin configuration: the table itself, or JSON around it.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use policy_table::{Table, TableError};
use serde::Deserialize;

/// What the filter works with: a proved table and how to use it.
pub struct Loaded {
    table: OwnedTable,
    /// Whether client, key, collection, reason and table id are written to the filter state.
    pub filter_state: bool,
}

self_cell::self_cell!(
    /// The bytes that the host handed over, and the table that borrows from them.
    struct OwnedTable {
        owner: Vec<u8>,
        #[covariant]
        dependent: Table,
    }
);

/// Why a configuration is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// There is none.
    Missing,
    /// It is JSON, but not the settings.
    Json {
        /// Where, and what stands there.
        message: String,
    },
    /// The field `table` is not base64.
    Base64 {
        /// Why not.
        message: String,
    },
    /// The table is refused.
    Table(TableError),
}

/// The settings as JSON, for hosts that can pass nothing else (Istio, Envoy Gateway).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json<'a> {
    /// The table in base64.
    #[serde(borrow)]
    table: Cow<'a, str>,
    #[serde(default)]
    #[expect(dead_code, reason = "there is one mode so far; the field refuses any other")]
    mode: Mode,
    #[serde(default)]
    filter_state: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    /// Denied requests are answered here.
    #[default]
    Enforce,
}

impl Loaded {
    /// Reads a plugin configuration and proves the table in it.
    ///
    /// # Errors
    /// Where it is neither a table nor JSON with one, or the table is refused.
    pub fn from_configuration(configuration: Vec<u8>) -> Result<Self, SettingsError> {
        if configuration.is_empty() {
            return Err(SettingsError::Missing);
        }
        // A table begins with a byte that no JSON text begins with.
        if configuration.trim_ascii_start().first() != Some(&b'{') {
            return Self::new(configuration, false);
        }
        let json: Json<'_> = serde_json::from_slice(&configuration)
            .map_err(|error| SettingsError::Json { message: error.to_string() })?;
        let table = BASE64
            .decode(json.table.as_bytes())
            .map_err(|error| SettingsError::Base64 { message: error.to_string() })?;
        let filter_state = json.filter_state;
        drop(json);
        drop(configuration);
        Self::new(table, filter_state)
    }

    fn new(table: Vec<u8>, filter_state: bool) -> Result<Self, SettingsError> {
        let table = OwnedTable::try_new(table, |bytes| Table::from_bytes(bytes))
            .map_err(SettingsError::Table)?;
        Ok(Self { table, filter_state })
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &Table<'_> {
        self.table.borrow_dependent()
    }
}

/// The standard alphabet; writers differ about the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(
                formatter,
                "plugin configuration: expected a table or JSON with one, found nothing; \
                 pass the file that `portcullis compile` wrote as the configuration of the filter"
            ),
            Self::Json { message } => write!(
                formatter,
                "plugin configuration as JSON: expected \
                 {{\"table\": \"<base64>\", \"mode\": \"enforce\", \"filter_state\": false}}, found: {message}; \
                 correct the settings"
            ),
            Self::Base64 { message } => write!(
                formatter,
                "field `table` of the plugin configuration: expected base64 of a table, found: {message}; \
                 encode the file that `portcullis compile` wrote with `base64 -w0`"
            ),
            Self::Table(error) => write!(formatter, "table: {error}"),
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests;
