//! Whether a key can be used at a moment.

use policy_table::Reason;

use crate::model::{Client, Key};

/// Whether a key can be used, apart from addresses and collections. Where it cannot for several
/// reasons, the first of the order in which requests are decided counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It can.
    Active,
    /// It is switched off.
    Inactive,
    /// Its time has not come.
    NotYetValid,
    /// Its time is over.
    Expired,
    /// Its client is switched off.
    ClientInactive,
}

impl Status {
    /// The status of a key of a client at a moment in Unix seconds.
    pub fn of(client: &Client, key: &Key, now: i64) -> Self {
        if !key.active {
            Self::Inactive
        } else if key.window.not_before().is_some_and(|first| now < first) {
            Self::NotYetValid
        } else if !key.window.contains(now) {
            Self::Expired
        } else if !client.active {
            Self::ClientInactive
        } else {
            Self::Active
        }
    }

    /// Words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::NotYetValid => "not yet valid",
            Self::Expired => "expired",
            Self::ClientInactive => "client inactive",
        }
    }

    /// The reason for which a request with the key is denied.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Active => None,
            Self::Inactive => Some(Reason::KeyInactive),
            Self::NotYetValid => Some(Reason::KeyNotYetValid),
            Self::Expired => Some(Reason::KeyExpired),
            Self::ClientInactive => Some(Reason::ClientInactive),
        }
    }
}
