//! The route tree against a reading that compares every endpoint with every request.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: a panic is a failed test"
)]

mod support;

use std::collections::HashMap;

use policy_table::Table;
use policy_table::write::*;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use support::checker::hash_of;
use support::{Ask, endpoint, get, settings};

const HOSTS: [&str; 4] = ["", "*.e.test", "a.e.test", "b.e.test"];
const METHODS: [&str; 3] = ["DELETE", "GET", "POST"];

/// An endpoint of the plain reading.
#[derive(Debug, Clone)]
struct Plain {
    host: &'static str,
    methods: Vec<&'static str>,
    pattern: String,
    active: bool,
}

impl Plain {
    fn segments(&self) -> Vec<&str> {
        self.pattern.strip_prefix('/').map_or(Vec::new(), |rest| rest.split('/').collect())
    }

    /// How specific the match is, the greater the more; `None` where host or path do not match.
    fn specificity(&self, host: &str, path: &str) -> Option<Vec<u8>> {
        let host = match self.host {
            "" => 0,
            own if own == host => 2,
            own => {
                let (label, domain) = host.split_once('.')?;
                (own.strip_prefix("*.") == Some(domain) && !label.is_empty()).then_some(1)?
            }
        };
        let mut ranks = vec![host];
        let mut path = path.strip_prefix('/')?.split('/');
        for segment in self.segments() {
            if segment == "**" {
                ranks.push(1);
                return Some(ranks);
            }
            let found = path.next()?;
            match segment {
                "{x}" if !found.is_empty() => ranks.push(2),
                literal if literal == found => ranks.push(3),
                _ => return None,
            }
        }
        // An end beats a rest of nothing.
        ranks.push(2);
        path.next().is_none().then_some(ranks)
    }

    fn takes(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.contains(&method)
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let segments = proptest::collection::vec(select(vec!["a", "b", "{x}", ""]), 0..4);
    (select(&HOSTS[..]), subsequence(&METHODS[..], 0..3), segments, any::<bool>(), any::<bool>())
        .prop_map(|(host, methods, mut segments, rest, active)| {
            // An empty segment can stand at the end only.
            let last = segments.len().saturating_sub(1);
            let mut position = 0;
            segments.retain(|segment| {
                position += 1;
                !segment.is_empty() || (position == last + 1 && !rest)
            });
            if rest {
                segments.push("**");
            }
            let pattern = segments.iter().map(|segment| format!("/{segment}")).collect::<String>();
            let pattern = if pattern.is_empty() { "/".into() } else { pattern };
            Plain { host, methods, pattern, active }
        })
}

/// Whether some request could not tell the two apart.
fn collide(one: &Plain, other: &Plain) -> bool {
    let share = one.methods.is_empty()
        || other.methods.is_empty()
        || one.methods.iter().any(|method| other.methods.contains(method));
    one.host == other.host && one.pattern == other.pattern && share
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_finds_what_a_full_comparison_finds(
        candidates in proptest::collection::vec(plain(), 1..12),
        requests in proptest::collection::vec(
            (
                select(vec!["a.e.test", "b.e.test:80", "C.E.TEST", "x.a.e.test", "e.test", "other"]),
                proptest::collection::vec(select(vec!["a", "b", "c", "%61"]), 0..4),
                any::<bool>(),
                select(vec!["GET", "POST", "DELETE", "PATCH"]),
            ),
            20,
        ),
    ) {
        let mut endpoints: Vec<Plain> = Vec::new();
        for candidate in candidates {
            if !endpoints.iter().any(|other| collide(other, &candidate)) {
                endpoints.push(candidate);
            }
        }
        let patterns: Vec<&'static str> = endpoints.iter().map(|plain| &*plain.pattern.clone().leak()).collect();
        let mut writer = TableWriter::new(settings());
        let collection = writer.collection(Collection { name: "c", version: "", active: true, public: true });
        for (plain, pattern) in endpoints.iter().zip(&patterns) {
            let named = Endpoint {
                name: format!("{plain:?}").into(),
                ..endpoint(collection, plain.host, &plain.methods, pattern, plain.active)
            };
            writer.endpoint(named);
        }
        let bytes = writer.finish().unwrap();
        let table = Table::from_bytes(&bytes).unwrap();
        for (host, segments, slash, method) in requests {
            let path = segments.iter().map(|segment| format!("/{segment}")).collect::<String>();
            let path = if slash || path.is_empty() { format!("{path}/") } else { path };
            let ask = Ask { method, host, ..get(&path) };
            let decision = ask.decide(&table);

            let (plain_host, plain_path) =
                (host.trim_end_matches(":80").to_ascii_lowercase(), path.replace("%61", "a"));
            let matching: Vec<(Vec<u8>, &Plain)> = endpoints
                .iter()
                .filter_map(|plain| Some((plain.specificity(&plain_host, &plain_path)?, plain)))
                .collect();
            let best = |method| matching.iter().filter(|(_, plain)| plain.takes(method)).max_by(|a, b| a.0.cmp(&b.0));
            match best(method) {
                Some((_, plain)) => {
                    let expected = if plain.active { "public" } else { "endpoint_inactive" };
                    prop_assert_eq!(decision.reason.code(), expected, "{:?}", ask);
                    prop_assert_eq!(table.endpoint_name(decision.endpoint.unwrap()), format!("{plain:?}"));
                }
                None if matching.is_empty() => prop_assert_eq!(decision.reason.code(), "endpoint_unknown", "{:?}", ask),
                None => {
                    let mut allowed: Vec<&str> = matching
                        .iter()
                        .flat_map(|(_, plain)| plain.methods.iter().copied())
                        .filter(|method| best(method).is_some_and(|(_, plain)| plain.active))
                        .collect();
                    allowed.sort_unstable();
                    allowed.dedup();
                    prop_assert_eq!(decision.reason.code(), "method_not_allowed", "{:?}", ask);
                    prop_assert_eq!(table.method_names(decision.allowed_methods).collect::<Vec<_>>(), allowed);
                }
            }
        }
    }
}

/// Two names with one hash, the first such that counting comes to.
fn with_one_hash() -> [&'static str; 2] {
    let mut seen = HashMap::new();
    (0_u32..)
        .find_map(|number| {
            let name = format!("n{number:x}");
            let before = seen.insert(hash_of(name.as_bytes()), number)?;
            Some([&*format!("n{before:x}").leak(), &*name.leak()])
        })
        .unwrap()
}

/// The endpoint that a request leads to, of one endpoint for each of these hosts and patterns.
fn found(endpoints: &[(&'static str, &'static str)], ask: &Ask) -> Option<String> {
    let mut writer = TableWriter::new(settings());
    let public = Collection { name: "c", version: "", active: true, public: true };
    let collection = writer.collection(public);
    for (host, pattern) in endpoints {
        let name = format!("{host}{pattern}").into();
        writer.endpoint(Endpoint { name, ..endpoint(collection, host, &[], pattern, true) });
    }
    let bytes = writer.finish().unwrap();
    let table = Table::from_bytes(&bytes).unwrap();
    ask.decide(&table).endpoint.map(|endpoint| table.endpoint_name(endpoint).to_owned())
}

#[test]
fn segments_with_one_hash_are_told_apart() {
    let [one, other] = with_one_hash();
    let patterns = [one, other].map(|name| ("", &*format!("/{name}").leak()));
    for (_, pattern) in patterns {
        let escaped = pattern.replacen("/n", "/%6E", 1);
        for path in [pattern, &escaped] {
            assert_eq!(found(&patterns, &get(path)).as_deref(), Some(pattern));
        }
    }
    let [first, (_, second)] = patterns;
    assert_eq!(found(&[first], &get(second)), None);
}

#[test]
fn hosts_with_one_hash_are_told_apart() {
    let hosts = with_one_hash();
    let patterns = hosts.map(|host| (host, "/"));
    for host in hosts {
        let upper = &*host.to_ascii_uppercase().leak();
        for asked in [host, upper] {
            let expected = format!("{host}/");
            assert_eq!(found(&patterns, &get("/").host(asked)), Some(expected));
        }
    }
    assert_eq!(found(&patterns[..1], &get("/").host(hosts[1])), None);
}
