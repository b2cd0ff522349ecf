//! What can be said about a key without knowing any other.

use policy_table::key_format;

use crate::model::KeyPrefix;

/// The form of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The prefix of the policy, and the right checksum.
    Whole,
    /// The prefix of the policy, but not the form or the checksum of its keys.
    Damaged,
    /// Without the prefix: another system issued it, and nothing about its form is known.
    Foreign,
}

impl Form {
    /// The form of a key for a policy with this prefix.
    pub fn of(key: &[u8], prefix: &KeyPrefix) -> Self {
        match key_format::after_prefix(key, prefix.as_str()) {
            None => Self::Foreign,
            Some(_) if key_format::holds(key, prefix.as_str()) => Self::Whole,
            Some(_) => Self::Damaged,
        }
    }

    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Damaged => "damaged",
            Self::Foreign => "foreign",
        }
    }
}
