//! Versions of the ABI.

use std::fmt;

/// The version of the ABI that a module is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AbiVersion {
    V0_1_0,
    V0_2_0,
    V0_2_1,
}

impl AbiVersion {
    /// The version that a marker names; none for one that is not known.
    pub(crate) fn from_marker(version: &str) -> Option<Self> {
        Some(match version {
            "0_1_0" => Self::V0_1_0,
            "0_2_0" => Self::V0_2_0,
            "0_2_1" => Self::V0_2_1,
            _ => return None,
        })
    }
}

impl fmt::Display for AbiVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::V0_1_0 => "0.1.0",
            Self::V0_2_0 => "0.2.0",
            Self::V0_2_1 => "0.2.1",
        })
    }
}
