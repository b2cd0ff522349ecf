//! The plugin configuration: the table itself, or fields around it, for hosts that can pass nothing
//! else (Istio, Envoy Gateway).
//!
//! The fields come as JSON (`StringValue`) or as a `Struct`, which Envoy hands over as protobuf.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use policy_table::{Decider, Decision, Request, Secret, Table, TableError};

mod fields;
mod in_place;
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
    /// There is no memory left for it.
    NoMemory,
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
        let fields = fields(&configuration)?;
        let Some(Fields { table, settings }) = fields else {
            return Self::new(configuration, Settings::default(), secret);
        };
        let (text, part) = match table {
            Cow::Borrowed(text) => {
                let part = place_of(text, &configuration);
                (configuration, part)
            }
            Cow::Owned(text) => {
                let part = 0..text.len();
                (text.into_bytes(), part)
            }
        };
        let table = in_place::decode_base64(text, part)
            .map_err(|error| SettingsError::Base64 { message: error.to_string() })?;
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
fn fields(configuration: &[u8]) -> Result<Option<Fields<'_>>, SettingsError> {
    if let Some(fields) = protobuf_struct::fields(configuration) {
        return Ok(Some(Fields::read(fields)?));
    }
    if configuration.trim_ascii_start().first() == Some(&b'{') {
        require_room_for_escapes(configuration)?;
        return Ok(Some(Fields::read(json::fields(configuration)?)?));
    }
    Ok(None)
}

impl From<FieldError> for SettingsError {
    fn from(error: FieldError) -> Self {
        Self::Fields(error)
    }
}

/// A text of JSON with escapes is copied while it is read, into a buffer that grows.
fn require_room_for_escapes(configuration: &[u8]) -> Result<(), SettingsError> {
    if !configuration.contains(&b'\\') {
        return Ok(());
    }
    reserve(configuration.len().saturating_mul(3)).map(drop)
}

/// Room for so many bytes, until it is dropped.
///
/// # Errors
/// Where there is none.
pub fn reserve(bytes: usize) -> Result<Vec<u8>, SettingsError> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes).map_err(|_| SettingsError::NoMemory)?;
    // Else a room that nobody uses is not asked for at all.
    Ok(std::hint::black_box(room))
}

/// Where a part of a whole stands in it.
fn place_of(part: &str, whole: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start.saturating_add(part.len())
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(
                formatter,
                "plugin configuration: expected a table or fields with one, found nothing; \
                 pass the file that `portcullis compile` wrote as the configuration of the filter"
            ),
            Self::NoMemory => formatter.write_str(
                "plugin configuration: expected memory for it, found none; give the module more, pass the table \
                 as bytes instead of JSON, or compile a smaller one",
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
