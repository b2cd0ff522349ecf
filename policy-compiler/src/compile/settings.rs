//! The gateway's settings, as the table has them.

use policy_table::write;

use crate::model::{ClientAddress, CredentialSource, Gateway, HeaderName, Preflight, Unmatched};

/// The settings of a policy's gateway.
pub(super) fn settings(gateway: &Gateway) -> write::Settings<'_> {
    write::Settings {
        client_address: match gateway.client_address {
            ClientAddress::Connection => write::ClientAddress::Connection,
            ClientAddress::XForwardedFor { trusted_hops } => {
                write::ClientAddress::XForwardedFor { trusted_hops }
            }
        },
        // INVARIANT: a model has at most MAX_CREDENTIAL_SOURCES of them.
        credentials: gateway
            .credentials
            .iter()
            .take(write::MAX_CREDENTIAL_SOURCES)
            .map(credential)
            .collect(),
        forward: write::Forward {
            client: gateway.forward.client.as_ref().map(HeaderName::as_str),
            key: gateway.forward.key.as_ref().map(HeaderName::as_str),
            collection: gateway.forward.collection.as_ref().map(HeaderName::as_str),
        },
        strip_credential: gateway.strip_credential,
        unmatched: match gateway.unmatched {
            Unmatched::Deny => write::Unmatched::Deny,
            Unmatched::Allow => write::Unmatched::Allow,
        },
        preflight: match gateway.preflight {
            Preflight::Authorize => write::Preflight::Authorize,
            Preflight::Allow => write::Preflight::Allow,
        },
        realm: gateway.realm.as_str(),
        key_prefix: gateway.key_prefix.as_str(),
    }
}

fn credential(source: &CredentialSource) -> write::CredentialSource<'_> {
    match source {
        CredentialSource::Header(name) => write::CredentialSource::Header(name.as_str()),
        CredentialSource::Bearer => write::CredentialSource::Bearer,
        CredentialSource::Basic(user) => write::CredentialSource::Basic { user },
        CredentialSource::Query(name) => write::CredentialSource::Query(name),
        CredentialSource::Cookie(name) => write::CredentialSource::Cookie(name),
    }
}
