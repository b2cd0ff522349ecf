//! Verdict and reason.

use crate::index::{ClientIndex, CollectionIndex, EndpointIndex, KeyIndex};
use crate::routes::MethodSet;

/// What is to happen to a request, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The one code that says why.
    pub reason: Reason,
    /// The check that ended it: the row of the table in [`decide`](crate::decide), 1 to 12.
    pub check: u8,
    /// The endpoint that matched, once check 4 has found one.
    pub endpoint: Option<EndpointIndex>,
    /// The collection of that endpoint.
    pub collection: Option<CollectionIndex>,
    /// The client, once check 7 has found the key.
    pub client: Option<ClientIndex>,
    /// The key, once check 7 has found it.
    pub key: Option<KeyIndex>,
    /// For `method_not_allowed`: the methods that may be used.
    pub allowed_methods: MethodSet,
}

/// Whether a request goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It goes on to the upstream.
    Allow,
    /// It is answered here.
    Deny,
}

impl Verdict {
    /// `allow` or `deny`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $code:literal $check:literal $status:literal)*) => {
        /// Why: for operators (logs, metrics, `explain`), never in a response body.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, in the order of the checks.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The check that gives this reason: the row of the table in [`decide`](crate::decide).
            /// `too_early` and `address_unknown` can come from check 2 as well; [`Decision::check`] tells.
            #[must_use]
            pub fn check(self) -> u8 {
                match self { $(Self::$name => $check,)* }
            }

            /// The status that the caller sees; `None` where the request goes on.
            #[must_use]
            pub fn status(self) -> Option<u16> {
                let status = match self { $(Self::$name => $status,)* };
                (status != 0).then_some(status)
            }
        }
    };
}

reasons! {
    /// No valid table is loaded.
    TableUnavailable "table_unavailable" 1 503
    /// The gateway blocks the address.
    GatewayIpBlocked "gateway_ip_blocked" 2 403
    /// The gateway does not allow the address.
    GatewayIpNotAllowed "gateway_ip_not_allowed" 2 403
    /// The path can be read in two ways.
    PathAmbiguous "path_ambiguous" 3 400
    /// The host can be read in two ways.
    HostAmbiguous "host_ambiguous" 3 400
    /// A CORS preflight, and the document lets those pass.
    Preflight "preflight" 4 0
    /// No endpoint for host and path.
    EndpointUnknown "endpoint_unknown" 4 404
    /// Endpoints for host and path, but for other methods.
    MethodNotAllowed "method_not_allowed" 4 405
    /// No endpoint for host and path, and the document lets those pass.
    Unmatched "unmatched" 4 0
    /// The collection is switched off.
    CollectionInactive "collection_inactive" 4 404
    /// The endpoint is switched off.
    EndpointInactive "endpoint_inactive" 4 404
    /// The collection asks for no credential.
    Public "public" 5 0
    /// No credential.
    CredentialMissing "credential_missing" 6 401
    /// Several credentials that differ, or one source given twice.
    CredentialAmbiguous "credential_ambiguous" 6 400
    /// A credential that cannot be one: wrong form or checksum.
    CredentialMalformed "credential_malformed" 7 401
    /// No such key.
    CredentialUnknown "credential_unknown" 7 401
    /// The key is switched off.
    KeyInactive "key_inactive" 7 401
    /// The key's time has not come.
    KeyNotYetValid "key_not_yet_valid" 7 401
    /// The key's time is over.
    KeyExpired "key_expired" 7 401
    /// The key was revoked. Reserved: a document has no word for that, so nothing gives it yet.
    KeyRevoked "key_revoked" 7 401
    /// The client is switched off.
    ClientInactive "client_inactive" 8 403
    /// A rule needs the client's address, and the request came before that was proved: it is to be sent again.
    TooEarly "too_early" 9 425
    /// A rule needs the client's address and none can be had.
    AddressUnknown "address_unknown" 9 403
    /// The key blocks the address.
    KeyIpBlocked "key_ip_blocked" 9 403
    /// The key does not allow the address.
    KeyIpNotAllowed "key_ip_not_allowed" 9 403
    /// The client blocks the address.
    ClientIpBlocked "client_ip_blocked" 9 403
    /// The client does not allow the address.
    ClientIpNotAllowed "client_ip_not_allowed" 9 403
    /// The collection is not granted to the client, or not to this key.
    CollectionNotGranted "collection_not_granted" 10 403
    /// The rate limit is used up. Reserved: nothing gives it yet.
    RateLimited "rate_limited" 11 429
    /// The quota is used up. Reserved: nothing gives it yet.
    QuotaExceeded "quota_exceeded" 11 429
    /// Nothing stands against it.
    Granted "granted" 12 0
}

impl Reason {
    /// What follows from this reason.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self.status() {
            None => Verdict::Allow,
            Some(_) => Verdict::Deny,
        }
    }
}

impl Decision {
    /// A decision for `reason` before anything about the request is known.
    #[must_use]
    pub fn early(reason: Reason) -> Self {
        Self {
            reason,
            check: reason.check(),
            endpoint: None,
            collection: None,
            client: None,
            key: None,
            allowed_methods: MethodSet::default(),
        }
    }

    /// What is to happen.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.reason.verdict()
    }
}
