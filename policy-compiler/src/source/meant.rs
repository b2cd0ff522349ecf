//! The field that was meant where another system, or another place of the document, calls it so.

/// What to do about a field that is not known where it stands; `known` are those that are.
pub(super) fn field_meant(word: &str, known: &[&'static str]) -> Option<String> {
    if let Some(field) = synonym(word, known) {
        return Some(match (field, word) {
            ("active", "disabled") => "write `active: false` for what is switched off".to_owned(),
            _ => format!("write `{field}`"),
        });
    }
    let (place, _) = PLACES.iter().find(|(_, fields)| fields.contains(&word))?;
    Some(format!("it belongs to {place}: move it there"))
}

/// The known field or column that goes by another word elsewhere.
pub(crate) fn synonym(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    let meant = SYNONYMS.iter().filter(|(_, words)| words.contains(&word.as_str()));
    meant.map(|(field, _)| *field).find(|field| known.contains(field))
}

/// Fields, and what else they are called: by people, and by other gateways.
const SYNONYMS: [(&str, &[&str]); 27] = [
    (
        "allowed_ips",
        &[
            "addresses",
            "allow",
            "allow_list",
            "allowed",
            "allowlist",
            "cidrs",
            "ip",
            "ip_allow_list",
            "ips",
            "whitelist",
        ],
    ),
    (
        "blocked_ips",
        &[
            "blacklist",
            "block",
            "block_list",
            "blocked",
            "blocklist",
            "denied_ips",
            "deny",
            "deny_list",
            "denylist",
            "ip_deny_list",
        ],
    ),
    ("active", &["disabled", "enable", "enabled"]),
    ("base_path", &["base", "path", "path_prefix", "prefix"]),
    ("client", &["consumer", "user"]),
    ("client_address", &["client_ip", "ip_source_type", "source_ip"]),
    ("clients", &["apps", "consumers", "tenants", "users"]),
    (
        "collections",
        &[
            "acl",
            "allowed_collections",
            "api_collections",
            "apis",
            "grant",
            "grants",
            "products",
            "scopes",
            "services",
        ],
    ),
    ("credentials", &["key_sources"]),
    ("description", &["comment", "note", "notes", "title"]),
    ("endpoints", &["operations", "paths", "routes"]),
    ("expires", &["end", "ends", "expiration", "expires_at", "expiry", "not_after", "valid_until"]),
    ("file", &["path"]),
    ("forward", &["forwarding"]),
    ("hosts", &["domain", "domains", "hostname", "hostnames"]),
    ("ip_lists", &["lists", "networks"]),
    ("key_prefix", &["prefix"]),
    ("keys", &["api_keys", "credentials"]),
    ("keys_per_client", &["keys", "max_keys"]),
    ("list", &["ip_list", "name"]),
    ("methods", &["verb", "verbs"]),
    ("not_before", &["active_since", "begins", "nbf", "starts", "valid_from"]),
    ("path", &["pattern", "route", "uri", "url"]),
    ("public", &["anonymous", "open"]),
    ("sha256", &["digest", "hash", "key_hash", "sha", "sha_256"]),
    ("strip_credential", &["hide_credentials", "sanitize"]),
    ("usage_policy", &["plan", "policy", "quota", "rate", "rate_limit"]),
];

/// Where fields belong.
const PLACES: [(&str, &[&str]); 9] = [
    ("an endpoint, in the `endpoints` of a collection", &["methods", "path"]),
    ("a collection, in `collections`", &["base_path", "endpoints", "hosts", "public"]),
    ("a key, in the `keys` of a client", &["expires", "not_before", "sha256"]),
    ("an access profile, in the `access_profiles` of a client", &["created"]),
    ("a client, in `clients`", &["access_profiles", "auth", "description", "keys", "usage_policy"]),
    (
        "`gateway`",
        &[
            "client_address",
            "credentials",
            "forward",
            "key_prefix",
            "preflight",
            "realm",
            "strip_credential",
            "unmatched",
        ],
    ),
    ("`gateway`, a client or a key", &["allowed_ips", "blocked_ips"]),
    ("a client or a key", &["collections"]),
    (
        "the top of the document",
        &["clients", "gateway", "ip_lists", "legacy", "limits", "usage_policies"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::forms;

    #[test]
    fn fields_that_are_meant_are_fields() {
        let forms: [&[&str]; 14] = [
            &forms::POLICY,
            &forms::GATEWAY,
            &forms::CLIENT_ADDRESS,
            &forms::FORWARD,
            &forms::COLLECTION,
            &forms::ENDPOINT,
            &forms::CLIENT,
            &forms::KEY,
            &forms::ACCESS_PROFILE,
            &forms::LIST_ENTRY,
            &forms::RULE_ENTRY,
            &forms::USAGE_POLICY,
            &forms::LIMITS,
            &forms::CREDENTIAL_SOURCE,
        ];
        let placed = PLACES.iter().flat_map(|(_, fields)| fields.iter());
        for field in SYNONYMS.iter().map(|(field, _)| field).chain(placed) {
            assert!(forms.iter().any(|known| known.contains(field)), "{field}");
        }
    }

    #[test]
    fn a_field_is_meant_only_where_it_may_stand() {
        assert_eq!(synonym("IP-Allow-List", &forms::KEY), Some("allowed_ips"));
        assert_eq!(synonym("ips", &forms::COLLECTION), None);
        assert_eq!(synonym("prefix", &forms::GATEWAY), Some("key_prefix"));
        assert_eq!(synonym("prefix", &forms::COLLECTION), Some("base_path"));
        assert_eq!(field_meant("colour", &forms::CLIENT), None);
    }
}
