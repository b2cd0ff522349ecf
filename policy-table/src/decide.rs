//! The decision: twelve checks in a fixed order; the first that applies ends it.

use core::cell::OnceCell;
use core::net::IpAddr;

use crate::addresses::Outcome;
use crate::attributes::Window;
use crate::client_address;
use crate::credential::{Presented, find_key, present};
use crate::decision::{Decision, Reason};
use crate::format::NONE;
use crate::path::Path;
use crate::request::Request;
use crate::routes::Route;
use crate::settings::{ClientAddress, Preflight, Unmatched};
use crate::table::Table;

/// Decides a request.
///
/// | check | what | reasons |
/// |---|---|---|
/// | 1 | a table is loaded | the caller's: there is none to ask here |
/// | 2 | the gateway's address rule | `gateway_ip_blocked`, `gateway_ip_not_allowed` |
/// | 3 | the path can be read in one way only | `path_ambiguous` |
/// | 4 | preflight, endpoint, method, switches | `preflight`, `endpoint_unknown`, `method_not_allowed`, `unmatched`, `collection_inactive`, `endpoint_inactive` |
/// | 5 | public collection | `public` |
/// | 6 | one credential | `credential_missing`, `credential_ambiguous` |
/// | 7 | a key that holds now | `credential_malformed`, `credential_unknown`, `key_inactive`, `key_not_yet_valid`, `key_expired` |
/// | 8 | the client is on | `client_inactive` |
/// | 9 | the key's and the client's address rules | `key_ip_blocked`, `key_ip_not_allowed`, `client_ip_blocked`, `client_ip_not_allowed` |
/// | 10 | the collection is granted | `collection_not_granted` |
/// | 11 | rate limit and quota | not in this version |
/// | 12 | nothing stands against it | `granted` |
///
/// A rule that needs an address when none can be had gives `address_unknown`, in check 2 or 9.
#[must_use]
pub fn decide<R: Request>(table: &Table<'_>, request: &R) -> Decision {
    decide_presenting(table, request, |query| {
        present(table, request, query, |credential| find_key(table, credential))
    })
}

/// The decision, whatever finds the key; `presented` is given the query and is asked at most once.
pub(crate) fn decide_presenting<R: Request>(
    table: &Table<'_>,
    request: &R,
    presented: impl FnOnce(Option<&[u8]>) -> Presented,
) -> Decision {
    let address = Address { table, request, known: OnceCell::new() };
    if let Some(reason) =
        address.refused(table.gateway_rule, Reason::GatewayIpBlocked, Reason::GatewayIpNotAllowed)
    {
        return Decision { check: 2, ..Decision::early(reason) };
    }
    let Ok(path) = Path::read(request.path()) else {
        return Decision::early(Reason::PathAmbiguous);
    };
    if table.settings.preflight == Preflight::Allow && is_preflight(request) {
        return Decision::early(Reason::Preflight);
    }
    let endpoint = match find_route(table, request, &path) {
        Route::Endpoint(endpoint) => endpoint,
        Route::MethodNotAllowed(allowed_methods) => {
            return Decision { allowed_methods, ..Decision::early(Reason::MethodNotAllowed) };
        }
        Route::Unknown => {
            return Decision::early(match table.settings.unmatched {
                Unmatched::Allow => Reason::Unmatched,
                Unmatched::Deny => Reason::EndpointUnknown,
            });
        }
    };
    let decision = Decision {
        endpoint: Some(endpoint.index),
        collection: Some(endpoint.collection),
        ..Decision::early(Reason::Granted)
    };
    if !endpoint.collection_active {
        return decision.ended(Reason::CollectionInactive);
    }
    if !endpoint.active {
        return decision.ended(Reason::EndpointInactive);
    }
    if endpoint.public {
        return decision.ended(Reason::Public);
    }
    let key = match presented(path.query) {
        Presented::Missing => return decision.ended(Reason::CredentialMissing),
        Presented::Ambiguous => return decision.ended(Reason::CredentialAmbiguous),
        Presented::Malformed => return decision.ended(Reason::CredentialMalformed),
        Presented::Unknown => return decision.ended(Reason::CredentialUnknown),
        Presented::Key(key) => key,
    };
    // INVARIANT: all three exist, as the reader has proved; deny all the same.
    let (Some(attributes), Some(window), Some(class)) = (
        table.attributes.get(key.attributes),
        table.windows.get(key.window),
        table.clients.class(key.client),
    ) else {
        return decision.ended(Reason::CredentialUnknown);
    };
    let decision = Decision { client: Some(key.client), key: Some(key.key), ..decision };
    if !attributes.active {
        return decision.ended(Reason::KeyInactive);
    }
    if let Some(reason) = outside(window, request) {
        return decision.ended(reason);
    }
    if !class.active {
        return decision.ended(Reason::ClientInactive);
    }
    let refused =
        address.refused(attributes.rule, Reason::KeyIpBlocked, Reason::KeyIpNotAllowed).or_else(
            || address.refused(class.rule, Reason::ClientIpBlocked, Reason::ClientIpNotAllowed),
        );
    if let Some(reason) = refused {
        return decision.ended(reason);
    }
    let grant = if attributes.grant == NONE { class.grant } else { attributes.grant };
    if !table.grants.contains(grant, endpoint.collection) {
        return decision.ended(Reason::CollectionNotGranted);
    }
    decision
}

impl Decision {
    fn ended(self, reason: Reason) -> Self {
        Self { reason, check: reason.check(), ..self }
    }
}

/// The client's address, found at most once and only when a rule asks.
struct Address<'d, R> {
    table: &'d Table<'d>,
    request: &'d R,
    known: OnceCell<Option<IpAddr>>,
}

impl<R: Request> Address<'_, R> {
    /// Why `rule` refuses the client's address, if it does.
    fn refused(&self, rule: u32, blocked: Reason, not_allowed: Reason) -> Option<Reason> {
        if rule == NONE {
            return None;
        }
        let Some(address) = self.known.get_or_init(|| self.find()) else {
            return Some(Reason::AddressUnknown);
        };
        match self.table.rules.outcome(rule, *address) {
            Outcome::Allowed => None,
            Outcome::Blocked => Some(blocked),
            Outcome::NotAllowed => Some(not_allowed),
        }
    }

    /// An IPv4-mapped IPv6 address is its IPv4 address (RFC 4291, section 2.5.5.2).
    fn find(&self) -> Option<IpAddr> {
        let address = match self.table.settings.client_address {
            ClientAddress::Connection => self.request.connection_address(),
            ClientAddress::XForwardedFor { trusted_hops } => {
                client_address::forwarded(self.request, trusted_hops)
            }
        };
        address.map(|address| address.to_canonical())
    }
}

pub(crate) fn find_route<R: Request>(table: &Table<'_>, request: &R, path: &Path<'_>) -> Route {
    path.segments.map_or(Route::Unknown, |segments| {
        table.routes.find(request.host(), segments, table.method(request.method()))
    })
}

/// A preflight, as the Fetch standard sends it: OPTIONS with both of these headers.
fn is_preflight<R: Request>(request: &R) -> bool {
    let has = |wanted: &[u8]| request.headers().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    request.method() == b"OPTIONS" && has(b"origin") && has(b"access-control-request-method")
}

/// Where the time cannot be had, a key with a window is not let in: it cannot be shown to hold.
fn outside<R: Request>(window: Window, request: &R) -> Option<Reason> {
    if window.is_always() {
        return None;
    }
    match request.now() {
        Some(now) if window.is_over(now) => Some(Reason::KeyExpired),
        Some(now) if !window.is_ahead(now) => None,
        _ => Some(Reason::KeyNotYetValid),
    }
}
