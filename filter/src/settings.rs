//! The plugin configuration: the table itself, or fields around it, for hosts that can pass nothing
//! else (Istio, Envoy Gateway).
//!
//! The fields come as JSON (`StringValue`) or as a `Struct`, which Envoy hands over as protobuf.

use std::fmt;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use policy_table::{Decider, Decision, Request, Secret, Table, TableError};

mod fields;
mod json;
mod protobuf_struct;

pub use fields::FieldError;
use fields::Fields;

/// What the filter works with: a proved table and how to use it.
pub struct Loaded {
    decider: OwnedDecider,
    /// How to use it.
    pub settings: Settings,
}

/// How the filter uses its table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// What happens to a request that is denied.
    pub mode: Mode,
    /// Whether client, key, collection, reason and table id are written to the filter state.
    pub filter_state: bool,
    /// How many clients are counted one by one; 0 counts by reason only.
    pub client_metrics: u32,
}

self_cell::self_cell!(
    /// The bytes that the host handed over, and what decides by the table in them.
    struct OwnedDecider {
        owner: Vec<u8>,
        #[covariant]
        dependent: Decider,
    }
);

/// Why a configuration is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// There is none.
    Missing,
    /// It has fields, but not those of the settings.
    Fields(FieldError),
    /// The field `table` is not base64.
    Base64 {
        /// Why not.
        message: String,
    },
    /// The table is refused.
    Table(TableError),
}

/// What happens to a request that is denied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is answered here.
    #[default]
    Enforce,
    /// It is counted and logged, and goes on.
    Shadow,
}

impl Mode {
    /// All of them.
    const ALL: [Self; 2] = [Self::Enforce, Self::Shadow];

    /// The word that stands for it in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Shadow => "shadow",
        }
    }
}

impl Loaded {
    /// Reads a plugin configuration and proves the table in it. With a secret, keys that were found
    /// are remembered.
    ///
    /// # Errors
    /// Where it is neither a table nor fields with one, or the table is refused.
    pub fn from_configuration(
        configuration: Vec<u8>,
        secret: Option<&Secret>,
    ) -> Result<Self, SettingsError> {
        if configuration.is_empty() {
            return Err(SettingsError::Missing);
        }
        let fields = fields(&configuration).map_err(SettingsError::Fields)?;
        let Some(Fields { table, settings }) = fields else {
            return Self::new(configuration, Settings::default(), secret);
        };
        let table = BASE64
            .decode(table.as_bytes())
            .map_err(|error| SettingsError::Base64 { message: error.to_string() })?;
        // Nothing is kept twice in a memory that never shrinks.
        drop(configuration);
        Self::new(table, settings, secret)
    }

    fn new(
        table: Vec<u8>,
        settings: Settings,
        secret: Option<&Secret>,
    ) -> Result<Self, SettingsError> {
        let decider = OwnedDecider::try_new(table, |bytes| {
            Table::from_bytes(bytes).map(|table| Decider::new(table, secret))
        });
        let decider = decider.map_err(SettingsError::Table)?;
        Ok(Self { decider, settings })
    }

    /// Decides a request by the table.
    pub fn decide(&self, request: &impl Request) -> Decision {
        self.decider.borrow_dependent().decide(request)
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &Table<'_> {
        self.decider.borrow_dependent().table()
    }
}

/// The fields, where the configuration has any: no table begins as a Struct or as JSON does.
fn fields(configuration: &[u8]) -> Result<Option<Fields<'_>>, FieldError> {
    if let Some(fields) = protobuf_struct::fields(configuration) {
        return Fields::read(fields).map(Some);
    }
    if configuration.trim_ascii_start().first() == Some(&b'{') {
        return Fields::read(json::fields(configuration)?).map(Some);
    }
    Ok(None)
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
                "plugin configuration: expected a table or fields with one, found nothing; \
                 pass the file that `portcullis compile` wrote as the configuration of the filter"
            ),
            Self::Fields(error) => write!(
                formatter,
                "fields of the plugin configuration: {error}; correct the settings, such as \
                 {{\"table\": \"<base64>\", \"mode\": \"enforce\", \"filter_state\": false, \"client_metrics\": 0}}"
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
pub(crate) mod tests;
