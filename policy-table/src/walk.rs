//! Everything that a table says, to be read as a whole: what two policies differ in, or what a key
//! opens, is found by going through keys, rules, grants and routes, not by asking about requests.
//!
//! The filter needs none of this, so it stands behind the feature `walk`. What a request leads to
//! is still said by the one decision function: [`route`] and [`decide_as`] are parts of it.

mod facts;
mod table;

use core::net::IpAddr;

pub use facts::{
    AddressStretch, ClientFacts, EndpointFacts, HostPattern, KeptDigest, KeyFacts, RouteNode,
    Routed,
};

use crate::client_address::proved;
use crate::credential::Presented;
use crate::decide::{decide, decide_presenting, find_route};
use crate::decision::{Decision, Reason};
use crate::host::{AddressText, Host};
pub use crate::index::{GrantIndex, RuleIndex};
use crate::path::{AmbiguousPath, Path};
use crate::request::PlainRequest;
use crate::routes::Route;
use crate::settings::CredentialSource;
use crate::table::Table;

/// What host, path and method of a request lead to, in check 4 of the decision.
///
/// # Errors
/// The reason of check 3, when path or host can be read in two ways.
pub fn route(table: &Table<'_>, request: &PlainRequest<'_>) -> Result<Routed, Reason> {
    let path = Path::read(request.path).map_err(|_| Reason::PathAmbiguous)?;
    let mut room = AddressText::new();
    let host = Host::read(request.host, &mut room).ok_or(Reason::HostAmbiguous)?;
    Ok(match find_route(table, request, host, &path) {
        Route::Endpoint(endpoint) => Routed::Endpoint(endpoint.index),
        Route::MethodNotAllowed(_) => Routed::MethodNotAllowed,
        Route::Unknown => Routed::Unknown,
    })
}

/// What it is about a path that could be read in two ways; `None` of one that has passed check 3.
#[must_use]
pub fn ambiguity(path_and_query: &[u8]) -> Option<AmbiguousPath> {
    Path::read(path_and_query).err()
}

/// The address by which address rules judge a request; `None` where there is none, or it is not proved yet.
#[must_use]
pub fn client_address(table: &Table<'_>, request: &PlainRequest<'_>) -> Option<IpAddr> {
    proved(table.settings.client_address, request).ok()
}

/// Decides a request as if it carried the key of this digest in one place and nothing in any other;
/// without a key, as it stands.
///
/// The text of the key is not known, so it is taken to have the right form: check 7 does not
/// give `credential_malformed`.
#[must_use]
pub fn decide_as(
    table: &Table<'_>,
    request: &PlainRequest<'_>,
    key: Option<(KeptDigest, CredentialSource<'_>)>,
) -> Decision {
    let Some((digest, place)) = key else {
        return decide(table, request);
    };
    decide_presenting(table, request, |_| {
        if table.settings.credentials.contains(&place) {
            table.keys.find(&whole(digest)).map_or(Presented::Unknown, Presented::Key)
        } else {
            Presented::Missing
        }
    })
}

/// A digest that begins with the bytes that a table keeps; no table looks at the others.
fn whole(kept: KeptDigest) -> [u8; 32] {
    let mut digest = [0; 32];
    if let Some(first) = digest.first_chunk_mut() {
        *first = kept;
    }
    digest
}
