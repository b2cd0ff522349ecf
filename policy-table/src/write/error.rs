//! Why content cannot become a table.

use alloc::string::String;
use core::fmt;

use crate::error::TableError;

/// Why content cannot become a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// More of something than the format can hold.
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most there can be.
        limit: usize,
        /// How many there are.
        found: usize,
    },
    /// Something is larger than the format can hold.
    TooLarge {
        /// What.
        what: &'static str,
        /// The most that there can be.
        limit: &'static str,
    },
    /// Two keys with the same first 128 bits of their digest, by name.
    SameDigest(String, String),
    /// The result would be refused by the reader: the content breaks a rule of the format.
    Refused(TableError),
}

impl fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { what, limit, found } => write!(
                formatter,
                "too many {what}: expected at most {limit}, found {found}; split the policy over several tables"
            ),
            Self::TooLarge { what, limit } => write!(
                formatter,
                "{what} are too large: expected at most {limit}, found more; split the policy over several tables"
            ),
            Self::SameDigest(first, second) => write!(
                formatter,
                "the digests of the keys `{first}` and `{second}` begin with the same 128 bits; remove one of them"
            ),
            Self::Refused(error) => {
                write!(formatter, "the policy breaks a rule of the table format: {error}")
            }
        }
    }
}

impl core::error::Error for WriteError {}
