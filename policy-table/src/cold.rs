//! The cold section: names and settings, a serde value in bincode's fixed-width encoding.
//!
//! The only place that knows bincode. The bytes are those that `docs/format.md` gives: integers
//! little-endian and of fixed width, lengths 64 bits, enum variants 32 bits, options one byte;
//! any codec that writes and reads those bytes can take its place.

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

use crate::error::{Part, TableError, Value, number};
use crate::format::MAX_METHODS;
use crate::names::Names;
use crate::settings::{Settings, is_token};

/// What is read once, at load, or only for people.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cold<'a> {
    #[serde(borrow)]
    pub(crate) settings: Settings<'a>,
    /// The gateway's address rule, or [`NONE`](crate::format::NONE).
    pub(crate) gateway_rule: u32,
    /// The methods that endpoints name; position is the bit in a set of methods.
    #[serde(borrow)]
    pub(crate) methods: ArrayVec<&'a str, MAX_METHODS>,
    #[serde(borrow)]
    pub(crate) names: Names<'a>,
}

/// As much as this may say that it holds: the memory that Envoy gives a module, 1 GiB.
const LIMIT: usize = 1 << 30;

const fn encoding() -> impl bincode::config::Config {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<LIMIT>()
}

impl<'a> Cold<'a> {
    /// Reads the section, borrowing names from it.
    pub(crate) fn read(section: &'a [u8]) -> Result<Self, TableError> {
        let part = Part("cold");
        let (cold, read): (Self, usize) =
            bincode::serde::borrow_decode_from_slice(section, encoding()).map_err(|_| {
                let expected = Value::Words("the fields that docs/format.md lists");
                part.refuse(
                    "names and settings",
                    0,
                    expected,
                    Value::Words("bytes that do not decode"),
                )
            })?;
        part.ensure(
            read == section.len(),
            "length of the section",
            read,
            number(read),
            number(section.len()),
        )?;
        cold.settings.prove()?;
        // Methods are tokens (RFC 9110, section 9.1), so that they can stand in `Allow`.
        for (at, method) in cold.methods.iter().enumerate() {
            let expected = Value::Words("an HTTP token");
            part.ensure(
                is_token(method.as_bytes()),
                "methods",
                at,
                expected,
                Value::Words("another text"),
            )?;
        }
        Ok(cold)
    }

    /// Writes the section.
    #[cfg(feature = "write")]
    pub(crate) fn write(&self) -> Result<alloc::vec::Vec<u8>, bincode::error::EncodeError> {
        bincode::serde::encode_to_vec(self, encoding())
    }
}
