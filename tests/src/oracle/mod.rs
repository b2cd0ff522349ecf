//! A second reading of the rules, straight from the typed policy, that exists only to disagree with the table.
//!
//! It shares the words with `policy-table` and nothing else, and is as plain as the rules: loops over the policy's
//! lists, no index, nothing prepared. One file a theme; the order of the checks is that of [`judge`].

mod addresses;
mod credentials;
mod hosts;
mod keys;
mod paths;
mod routes;

pub use keys::checksum;
use policy_compiler::model::{Policy, Preflight, Unmatched};
use policy_table::Reason;

use crate::judgement::Judgement;
use crate::request::Request;

/// The outcome of one check: the request goes on to the next, or the reason that ends it.
type Check<T> = Result<T, Reason>;

/// Judges a request by a policy.
pub fn judge(policy: &Policy, request: &Request) -> Judgement {
    let mut judgement = Judgement::of(Reason::Granted);
    if let Err(reason) = checks(policy, request, &mut judgement) {
        judgement.reason = reason;
    }
    judgement
}

/// Whether a request has anything that may be a credential, in any source of the policy.
pub fn carries_credential(policy: &Policy, request: &Request) -> bool {
    credentials::single(&policy.gateway, request) != Err(Reason::CredentialMissing)
}

/// The checks in their order, by the numbers of the contract (check 1 is about a table, and here is none).
fn checks(policy: &Policy, request: &Request, judgement: &mut Judgement) -> Check<()> {
    let gateway = &policy.gateway;
    let address = addresses::client_address(gateway, request);

    // 2: the gateway's IP rules.
    addresses::check(
        &gateway.rule,
        address,
        Reason::GatewayIpBlocked,
        Reason::GatewayIpNotAllowed,
    )?;

    // 3: the path, or the host, can be read in two ways.
    let path = paths::segments(&request.path)?;
    let host = hosts::name(&request.host)?;

    // 4: preflight, endpoint, switches.
    if gateway.preflight == Preflight::Allow && is_preflight(request) {
        return Err(Reason::Preflight);
    }
    let matching = routes::matching(policy, &host, path.as_deref());
    if matching.is_empty() {
        return Err(match gateway.unmatched {
            Unmatched::Allow => Reason::Unmatched,
            Unmatched::Deny => Reason::EndpointUnknown,
        });
    }
    let route = routes::most_specific(&matching, &request.method)
        .filter(|_| !routes::is_no_method(policy, &request.method));
    let Some(route) = route else {
        judgement.allow = Some(routes::allowed_methods(policy, &matching));
        return Err(Reason::MethodNotAllowed);
    };
    judgement.collection = Some(route.collection.name.to_string());
    judgement.endpoint = Some(route.endpoint.name());
    if !route.collection.active {
        return Err(Reason::CollectionInactive);
    }
    if !route.endpoint.active {
        return Err(Reason::EndpointInactive);
    }

    // 5: public.
    if route.collection.public {
        return Err(Reason::Public);
    }

    // 6 and 7: one credential, of a key that is valid now.
    let credential = credentials::single(gateway, request)?;
    let (client, key) = keys::find(policy, &credential)?;
    judgement.client = Some(client.name.to_string());
    judgement.key = Some(key.name.to_string());
    keys::check_validity(key, request.now)?;

    // 8: the client is switched off.
    if !client.active {
        return Err(Reason::ClientInactive);
    }

    // 9: the key's IP rules, then the client's.
    addresses::check(&key.rule, address, Reason::KeyIpBlocked, Reason::KeyIpNotAllowed)?;
    addresses::check(&client.rule, address, Reason::ClientIpBlocked, Reason::ClientIpNotAllowed)?;

    // 10: the grant.
    keys::check_grant(client, key, route.index)
}

/// A CORS preflight (Fetch, section 4.8): the method in its case, both headers with any value, and no content.
fn is_preflight(request: &Request) -> bool {
    let given = |name| request.header(name).count() > 0;
    let has_content = given("content-type")
        || given("transfer-encoding")
        || request.header("content-length").any(|length| length != b"0")
        || request.header("content-length").count() > 1;
    request.method == b"OPTIONS"
        && given("origin")
        && given("access-control-request-method")
        && !has_content
}
