//! Tokens (RFC 7519), signed with ES256 (RFC 7518) by a key pair of this run.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use portcullis_benches::envoy::{Requests, message};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::policy::{Kind, client_name};

pub(crate) const ISSUER: &str = "portcullis-bench";

/// Most distinct tokens: signing takes longer than using them.
const MOST: usize = 4_096;

/// A day in seconds.
const LIFE: u64 = 86_400;

/// A key pair, and another that nobody trusts.
pub(crate) struct Tokens {
    trusted: SigningKey,
    other: SigningKey,
}

impl Tokens {
    /// New pairs for each run: nothing here is a secret, and nothing stays.
    pub(crate) fn new() -> Result<Self> {
        let pair = |name: &str| -> Result<SigningKey> {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
            let bytes: [u8; 32] =
                Sha256::digest(format!("bench {name} {now} {}", std::process::id())).into();
            SigningKey::from_bytes(&bytes.into()).ok().context("no key pair can be made")
        };
        Ok(Self { trusted: pair("trusted")?, other: pair("other")? })
    }

    /// The public key as a JSON Web Key Set (RFC 7517).
    pub(crate) fn key_set(&self) -> String {
        let point = self.trusted.verifying_key().to_sec1_point(false);
        let part = |bytes: Option<&p256::FieldBytes>| {
            URL_SAFE_NO_PAD.encode(bytes.map_or(&[][..], |bytes| bytes))
        };
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "bench",
            "x": part(point.x()), "y": part(point.y()),
        }]})
        .to_string()
    }

    /// Requests with tokens of clients; those that must fail are signed by the other key.
    pub(crate) fn requests(&self, kind: Kind, keys: usize, status: u16) -> Requests {
        let signer = if kind == Kind::UnknownKey { &self.other } else { &self.trusted };
        let numbers = kind.keys(keys);
        let make = |number: &usize| {
            let token = format!("Bearer {}", token(signer, &client_name(*number)));
            message("/orders/4711?page=2", &[("authorization", &token)])
        };
        Requests { messages: numbers.iter().take(MOST).map(make).collect(), status }
    }
}

fn token(signer: &SigningKey, subject: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let header = json!({ "alg": "ES256", "kid": "bench", "typ": "JWT" });
    let claims = json!({ "iss": ISSUER, "sub": subject, "exp": now + LIFE });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature: Signature = signer.sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}
