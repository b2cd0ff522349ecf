//! What the upstream must get of a request that passed.

use anyhow::{Result, bail};
use policy_compiler::model::Policy;

use crate::judgement::Judgement;
use crate::latin1;
use crate::oracle;
use crate::request::Request;
use crate::upstream::Received;

/// The path that was judged, the names that were found and no others, and no credential.
pub(super) fn check(
    policy: &Policy,
    request: &Request,
    judgement: &Judgement,
    received: &Received,
) -> Result<()> {
    let gateway = &policy.gateway;
    let upstream = as_request(request, received);
    if path(&upstream.path) != path(&request.path) {
        bail!("the upstream gets another path: `{}`", received.path);
    }
    for (header, name) in [
        (&gateway.forward.client, &judgement.client),
        (&gateway.forward.key, &judgement.key),
        (&gateway.forward.collection, &judgement.collection),
    ] {
        let Some(header) = header else { continue };
        let forwarded = received.header(header.as_str());
        if forwarded != name.iter().map(String::as_str).collect::<Vec<_>>() {
            bail!("the upstream gets {header:?} {forwarded:?} instead of {name:?}");
        }
    }
    if gateway.strip_credential && oracle::carries_credential(policy, &upstream) {
        bail!("the upstream gets a credential: {received:?}");
    }
    Ok(())
}

fn path(target: &[u8]) -> Option<&[u8]> {
    target.split(|byte| *byte == b'?').next()
}

/// The request as the upstream sees it.
fn as_request(request: &Request, received: &Received) -> Request {
    let bytes = latin1::bytes;
    Request {
        path: bytes(&received.path),
        headers: received.headers.iter().map(|(name, value)| (bytes(name), bytes(value))).collect(),
        ..request.clone()
    }
}
