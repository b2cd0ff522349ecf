//! The trees against each two endpoints.

use std::path::Path;

use proptest::prelude::*;

use super::super::paths::paths_meet;
use super::*;
use crate::load::load_text;

fn collection() -> impl Strategy<Value = String> {
    let hosts = prop::sample::select(vec![
        "",
        "hosts: [ a.example ], ",
        "hosts: [ b.example, a.example ], ",
        "hosts: [ \"*.example\" ], ",
        "hosts: [ \"*.example\", b.c.example ], ",
        "hosts: [ \"*.c.example\", example ], ",
        "hosts: [ a.example, \"*.example\" ], ",
    ]);
    let base = prop::sample::select(vec!["", "", "/a", "/a", "/{x}", "/a/b"]);
    let path = prop::sample::select(vec![
        "/", "/a", "/b", "/{x}", "/a/b", "/{x}/b", "/a/{x}", "/a/**", "/**", "/a/",
    ]);
    let endpoints = prop::collection::vec(path, 0..4);
    (hosts, base, endpoints, any::<bool>()).prop_map(|(hosts, base, endpoints, public)| {
        let base = if base.is_empty() { String::new() } else { format!("base_path: \"{base}\", ") };
        let paths = endpoints.iter().map(|path| format!("{{ path: \"{path}\" }}"));
        let endpoints = match endpoints.is_empty() {
            true => String::new(),
            false => format!("endpoints: [ {} ], ", Vec::from_iter(paths).join(", ")),
        };
        format!("{{ {hosts}{base}{endpoints}public: {public} }}")
    })
}

fn rank(host: &HostPattern) -> u8 {
    match host {
        HostPattern::Exact(_) => 0,
        HostPattern::Wildcard(_) => 1,
        HostPattern::Any => 2,
    }
}

/// How two hosts compare that one request could have.
fn compare(our: &HostPattern, their: &HostPattern) -> Option<Ordering> {
    let meet = match (our, their) {
        (HostPattern::Any, _) | (_, HostPattern::Any) => true,
        (HostPattern::Exact(name), HostPattern::Wildcard(below))
        | (HostPattern::Wildcard(below), HostPattern::Exact(name)) => {
            name.as_str().split_once('.').is_some_and(|(_, rest)| rest == below.as_str())
        }
        _ => our == their,
    };
    meet.then(|| rank(our).cmp(&rank(their)))
}

/// A host that a pattern matches and, where they can, no other pattern of a collection.
fn example(pattern: &HostPattern) -> String {
    match pattern {
        HostPattern::Exact(name) => name.as_str().to_owned(),
        HostPattern::Wildcard(domain) => format!("other.{}", domain.as_str()),
        HostPattern::Any => "other".to_owned(),
    }
}

/// The most specific pattern of a collection that matches a host.
fn leading<'c>(collection: &'c Collection, host: &HostPattern) -> Option<&'c HostPattern> {
    let meeting = collection.hosts.iter().filter(|pattern| compare(host, pattern).is_some());
    meeting.filter(|pattern| rank(pattern) >= rank(host)).min_by_key(|pattern| rank(pattern))
}

/// How the two patterns compare that lead to both at one host, whatever that host is.
fn compare_all(ours: &Collection, theirs: &Collection) -> BTreeSet<Ordering> {
    let hosts = ours.hosts.iter().chain(&theirs.hosts).map(example);
    let hosts = hosts.map(|host| HostPattern::parse(&host).unwrap());
    let leading = |host| Some((leading(ours, &host)?, leading(theirs, &host)?));
    hosts.filter_map(leading).map(|(our, their)| rank(our).cmp(&rank(their))).collect()
}

proptest! {
    #[test]
    fn what_could_match_one_request_is_found(collections in prop::collection::vec(collection(), 2..7)) {
        let named = collections.iter().enumerate().map(|(at, one)| format!("  c{at}: {one}\n"));
        let document = format!("version: 1\ncollections:\n{}", Vec::from_iter(named).concat());
        // Endpoints that nothing tells apart are refused.
        let Ok(loaded) =
            load_text("policy.yaml", document.clone(), Path::new(""), &Default::default())
        else {
            return Ok(());
        };
        let all = &loaded.policy.collections;
        let neighbours = Neighbours::of(&loaded.policy);
        for (position, ours) in all.iter().enumerate() {
            let later = || all.iter().enumerate().skip(position + 1);
            for our in &ours.endpoints {
                let expected: BTreeSet<Neighbour> = later()
                    .filter(|(_, theirs)| !(ours.public && theirs.public))
                    .flat_map(|(collection, theirs)| {
                        let endpoints = theirs.endpoints.iter().enumerate();
                        let meeting = endpoints.filter(|(_, their)| paths_meet(&our.path, &their.path));
                        meeting.flat_map(move |(endpoint, _)| {
                            let orders = compare_all(ours, theirs).into_iter();
                            orders.map(move |by_host| Neighbour { collection, endpoint, by_host })
                        })
                    })
                    .collect();
                let found = neighbours.of_endpoint(position, ours, our);
                prop_assert_eq!(found, Vec::from_iter(expected), "{} of c{}\n{}", our.name(), position, document);
            }
            let below = |one: &Collection, other: &Collection| {
                let base = other.base_path.clone().with_rest();
                !other.base_path.segments().is_empty()
                    && one.endpoints.iter().any(|endpoint| paths_meet(&endpoint.path, &base))
            };
            let expected: BTreeSet<usize> = later()
                .filter(|(_, theirs)| ours.public != theirs.public)
                .filter(|(_, theirs)| !compare_all(ours, theirs).is_empty())
                .filter(|(_, theirs)| below(ours, theirs) || below(theirs, ours))
                .map(|(at, _)| at)
                .collect();
            prop_assert_eq!(neighbours.by_base(position, ours), expected, "c{}\n{}", position, document);
        }
    }
}
