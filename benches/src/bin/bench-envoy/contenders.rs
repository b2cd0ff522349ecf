//! What would stand in the same place, each set up for the same policy as well as it can be.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use portcullis_benches::envoy::{Requests, Setup, api_key_auth, bytes_value, string_value, wasm};

use portcullis_benches::reference::key;
use serde_json::Value;

use crate::policy::{Kind, Policy, Rules, client_name};
use tokens::Tokens;

mod ext_authz;
mod jwt_authn;
mod lua;
mod rbac_matcher;
mod rbac_policies;
pub(crate) mod tokens;

/// What contenders need from outside.
pub(crate) struct World {
    /// The finished filter.
    pub(crate) filter: PathBuf,
    /// The bare module of `benches/floor`.
    pub(crate) floor: PathBuf,
    /// The server that `ext_authz` asks.
    pub(crate) authorizer: SocketAddr,
    pub(crate) tokens: Tokens,
}

/// Who takes part, by the names that `--only` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    None,
    Floor,
    Portcullis,
    PortcullisKeys,
    ApiKeyAuth,
    RbacPolicies,
    RbacMatcher,
    Lua,
    JwtAuthn,
    ExtAuthz,
}

impl Contender {
    pub(crate) const ALL: [Self; 10] = [
        Self::None,
        Self::Floor,
        Self::Portcullis,
        Self::PortcullisKeys,
        Self::ApiKeyAuth,
        Self::RbacPolicies,
        Self::RbacMatcher,
        Self::Lua,
        Self::JwtAuthn,
        Self::ExtAuthz,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Floor => "floor",
            Self::Portcullis => "portcullis",
            Self::PortcullisKeys => "portcullis-keys",
            Self::ApiKeyAuth => "api_key_auth",
            Self::RbacPolicies => "rbac-policies",
            Self::RbacMatcher => "rbac-matcher",
            Self::Lua => "lua",
            Self::JwtAuthn => "jwt_authn",
            Self::ExtAuthz => "ext_authz",
        }
    }

    /// What it does of the policy.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::None => "no filter",
            Self::Floor => "bare module: the same host calls, one hash, no decision",
            Self::Portcullis => "keys by SHA-256, an address rule on each, endpoints",
            Self::PortcullisKeys => "the same without address rules",
            Self::ApiKeyAuth => "keys in clear text, no addresses",
            Self::RbacPolicies => {
                "api_key_auth, then RBAC with a policy a client: name and networks"
            }
            Self::RbacMatcher => "RBAC as a tree: key in clear text, then networks",
            Self::Lua => "a table of keys in clear text, then networks; no hash to be had",
            Self::JwtAuthn => {
                "ES256 tokens instead of keys, verified once and cached; no addresses"
            }
            Self::ExtAuthz => {
                "asks a server over HTTP that always says yes: the least that any asks"
            }
        }
    }

    /// What stands in Envoy for so many keys.
    pub(crate) fn setup(self, world: &World, keys: usize) -> Result<Setup> {
        Ok(match self {
            Self::None => Setup::default(),
            Self::Floor => floor(world, "address"),
            Self::Portcullis => portcullis(world, &Policy::with_keys(keys))?,
            Self::PortcullisKeys => portcullis(world, &keys_only(keys))?,
            Self::ApiKeyAuth => Setup::of([clear_text(keys, None)]),
            Self::RbacPolicies => Setup::of([
                clear_text(keys, Some(rbac_policies::CLIENT)),
                rbac_policies::filter(keys),
            ]),
            Self::RbacMatcher => Setup::of([rbac_matcher::filter(keys)]),
            Self::Lua => Setup::of([lua::filter(keys)]),
            Self::JwtAuthn => Setup::of([jwt_authn::filter(&world.tokens, keys)]),
            Self::ExtAuthz => ext_authz::setup(world.authorizer),
        })
    }

    /// Requests of a kind and how it must answer them; `None` where it cannot tell them apart.
    pub(crate) fn requests(self, world: &World, keys: usize, kind: Kind) -> Option<Requests> {
        let status = match (self, kind) {
            (_, Kind::LastClient) if self != Self::RbacPolicies => return None,
            (_, Kind::Granted | Kind::LastClient) => 200,
            (Self::None | Self::Floor | Self::ExtAuthz, _) => return None,
            (Self::RbacMatcher, Kind::UnknownKey) => 403,
            (_, Kind::UnknownKey) => 401,
            (Self::PortcullisKeys | Self::ApiKeyAuth | Self::JwtAuthn, Kind::BlockedAddress) => {
                return None;
            }
            (_, Kind::BlockedAddress) => 403,
        };
        if self == Self::JwtAuthn {
            return Some(world.tokens.requests(kind, keys, status));
        }
        Some(kind.with_keys(keys, status))
    }
}

impl ValueEnum for Contender {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.about()))
    }
}

/// Envoy's own filter with all keys; it names the client in the header `forwarded`.
fn clear_text(keys: usize, forwarded: Option<&str>) -> Value {
    api_key_auth((0..keys).map(|number| (key(number), client_name(number))), forwarded)
}

/// Only what `api_key_auth` can do, too.
fn keys_only(keys: usize) -> Policy {
    Policy { rules: Rules::None, ..Policy::with_keys(keys) }
}

/// The filter with a policy.
pub(crate) fn portcullis(world: &World, policy: &Policy) -> Result<Setup> {
    let configuration = bytes_value(&policy.table()?);
    Ok(Setup::of([wasm("portcullis", &world.filter, &configuration)]))
}

/// The bare module with these calls.
pub(crate) fn floor(world: &World, calls: &str) -> Setup {
    Setup::of([wasm("floor", &world.floor, &string_value(calls))])
}

#[cfg(test)]
mod tests;
