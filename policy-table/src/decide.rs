//! The decision: twelve checks in a fixed order; the first that applies ends it.

use core::cell::OnceCell;
use core::net::IpAddr;

use crate::addresses::Outcome;
use crate::attributes::Window;
use crate::client_address;
use crate::credential::{Presented, find_key, present};
use crate::decision::{Decision, Reason};
use crate::format::NONE;
use crate::host::{AddressText, Host};
use crate::path::Path;
use crate::request::Request;
use crate::routes::Route;
use crate::settings::{Preflight, Unmatched};
use crate::table::Table;

/// Decides a request.
///
/// | check | what | reasons |
/// |---|---|---|
/// | 1 | a table is loaded | the caller's: there is none to ask here |
/// | 2 | the gateway's address rule | `gateway_ip_blocked`, `gateway_ip_not_allowed` |
/// | 3 | path and host can be read in one way only | `path_ambiguous`, `host_ambiguous` |
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
/// A rule that needs an address when none can be had gives `address_unknown`, and before it is proved `too_early`, in
/// check 2 or 9.
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
    let mut decision = Decision::early(Reason::Granted);
    let reason = first_that_applies(table, request, &address, presented, &mut decision);
    Decision { reason, check: reason.check(), ..decision }
}

/// Checks 3 to 12; notes in `decision` what they find on the way.
fn first_that_applies<R: Request>(
    table: &Table<'_>,
    request: &R,
    address: &Address<'_, R>,
    presented: impl FnOnce(Option<&[u8]>) -> Presented,
    decision: &mut Decision,
) -> Reason {
    let Ok(path) = Path::read(request.path()) else {
        return Reason::PathAmbiguous;
    };
    let mut room = AddressText::new();
    let Some(host) = Host::read(request.host(), &mut room) else {
        return Reason::HostAmbiguous;
    };
    if table.settings.preflight == Preflight::Allow && is_preflight(request) {
        return Reason::Preflight;
    }
    let endpoint = match find_route(table, request, host, &path) {
        Route::Endpoint(endpoint) => endpoint,
        Route::MethodNotAllowed(allowed_methods) => {
            decision.allowed_methods = allowed_methods;
            return Reason::MethodNotAllowed;
        }
        Route::Unknown => {
            return match table.settings.unmatched {
                Unmatched::Allow => Reason::Unmatched,
                Unmatched::Deny => Reason::EndpointUnknown,
            };
        }
    };
    decision.endpoint = Some(endpoint.index);
    decision.collection = Some(endpoint.collection);
    if !endpoint.collection_active {
        return Reason::CollectionInactive;
    }
    if !endpoint.active {
        return Reason::EndpointInactive;
    }
    if endpoint.public {
        return Reason::Public;
    }
    let key = match presented(path.query) {
        Presented::Missing => return Reason::CredentialMissing,
        Presented::Ambiguous => return Reason::CredentialAmbiguous,
        Presented::Malformed => return Reason::CredentialMalformed,
        Presented::Unknown => return Reason::CredentialUnknown,
        Presented::Key(key) => key,
    };
    // INVARIANT: all three exist, as the reader has proved; deny all the same.
    let (Some(attributes), Some(window), Some(class)) = (
        table.attributes.get(key.attributes),
        table.windows.get(key.window),
        table.clients.class(key.client),
    ) else {
        return Reason::CredentialUnknown;
    };
    decision.client = Some(key.client);
    decision.key = Some(key.key);
    if !attributes.active {
        return Reason::KeyInactive;
    }
    if let Some(reason) = outside(window, request) {
        return reason;
    }
    if !class.active {
        return Reason::ClientInactive;
    }
    let refused =
        address.refused(attributes.rule, Reason::KeyIpBlocked, Reason::KeyIpNotAllowed).or_else(
            || address.refused(class.rule, Reason::ClientIpBlocked, Reason::ClientIpNotAllowed),
        );
    if let Some(reason) = refused {
        return reason;
    }
    let grant = if attributes.grant == NONE { class.grant } else { attributes.grant };
    if !table.grants.contains(grant, endpoint.collection) {
        return Reason::CollectionNotGranted;
    }
    Reason::Granted
}

/// The client's address, found at most once and only when a rule asks.
struct Address<'d, R> {
    table: &'d Table<'d>,
    request: &'d R,
    known: OnceCell<Result<IpAddr, Reason>>,
}

impl<R: Request> Address<'_, R> {
    /// Why `rule` refuses the client's address, if it does.
    fn refused(&self, rule: u32, blocked: Reason, not_allowed: Reason) -> Option<Reason> {
        if rule == NONE { None } else { self.refused_by(rule, blocked, not_allowed) }
    }

    // Not every request needs this, so it does not stand between what every request needs: a
    // proxy's caches are full of other things. So with all that is kept out of line here.
    #[inline(never)]
    fn refused_by(&self, rule: u32, blocked: Reason, not_allowed: Reason) -> Option<Reason> {
        let from = self.table.settings.client_address;
        let address = self.known.get_or_init(|| client_address::proved(from, self.request));
        match address.map(|address| self.table.rules.outcome(rule, address)) {
            Ok(Outcome::Allowed) => None,
            Ok(Outcome::Blocked) => Some(blocked),
            Ok(Outcome::NotAllowed) => Some(not_allowed),
            Err(reason) => Some(reason),
        }
    }
}

pub(crate) fn find_route<R: Request>(
    table: &Table<'_>,
    request: &R,
    host: Host<'_>,
    path: &Path<'_>,
) -> Route {
    path.segments.map_or(Route::Unknown, |segments| {
        table.routes.find(host, segments, table.method(request.method()))
    })
}

/// A preflight, as the Fetch standard sends it (section 4.8): OPTIONS with both of these headers, and without content.
/// Some servers run what stands in the content of a request, whatever its method: a call of gRPC, for one.
#[inline(never)]
fn is_preflight<R: Request>(request: &R) -> bool {
    let has = |name| request.values(name).next().is_some();
    // Two lines are none that anybody can rely on, and some hosts make `0,0` of them.
    let has_length = || {
        let mut lengths = request.values(b"content-length");
        lengths.next().is_some_and(|length| length != b"0") || lengths.next().is_some()
    };
    let has_content = || {
        request.has_content() || has(b"content-type") || has(b"transfer-encoding") || has_length()
    };
    request.method() == b"OPTIONS"
        && has(b"origin")
        && has(b"access-control-request-method")
        && !has_content()
}

/// Where the time cannot be had, a key with a window is not let in: it cannot be shown to hold.
fn outside<R: Request>(window: Window, request: &R) -> Option<Reason> {
    if window.is_always() { None } else { outside_now(window, request) }
}

#[inline(never)]
fn outside_now<R: Request>(window: Window, request: &R) -> Option<Reason> {
    match request.now() {
        Some(now) if window.is_over(now) => Some(Reason::KeyExpired),
        Some(now) if !window.is_ahead(now) => None,
        _ => Some(Reason::KeyNotYetValid),
    }
}
