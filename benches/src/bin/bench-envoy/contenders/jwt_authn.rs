//! Tokens instead of keys: verified by Envoy once each, then found in a cache of its worker.

use serde_json::{Value, json};

use super::tokens::{ISSUER, Tokens};

pub(super) fn filter(tokens: &Tokens, keys: usize) -> Value {
    json!({
        "name": "jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": { "bench": {
                "issuer": ISSUER,
                "local_jwks": { "inline_string": tokens.key_set() },
                // All tokens fit.
                "jwt_cache_config": { "jwt_cache_size": keys.max(100) },
            }},
            "rules": [{ "match": { "prefix": "/" }, "requires": { "provider_name": "bench" } }],
        },
    })
}
