//! Lints against the slow way: every address and every path tried.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::path::Path;

use policy_compiler::explain::{Answer, RequestData};
use policy_compiler::{Compiled, compile_text, load_text};
use policy_table::{Table, decide};
use proptest::prelude::*;

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Patterns that use each other up, or nearly.
const SHAPES: [&str; 14] = [
    "/",
    "/**",
    "/{x}",
    "/{x}/",
    "/{x}/**",
    "/{x}/{y}/**",
    "/a",
    "/a/",
    "/a/**",
    "/a/b",
    "/a/{x}",
    "/a/{x}/",
    "/a/{x}/**",
    "/b/**",
];

/// First and last of 32 addresses.
type Range = (u8, u8);

fn ranges(fewest: usize, most: usize) -> impl Strategy<Value = Vec<Range>> {
    let range = (0_u8..32, 0_u8..8).prop_map(|(first, more)| (first, (first + more).min(31)));
    prop::collection::vec(range, fewest..=most)
}

fn written(ranges: &[Range]) -> String {
    let entries: Vec<String> =
        ranges.iter().map(|(first, last)| format!("10.0.0.{first}-10.0.0.{last}")).collect();
    format!("[ {} ]", entries.join(", "))
}

fn holds(ranges: &[Range], address: u8) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&address))
}

/// Whether a rule lets an address in.
fn admits((blocked, allowed): (&[Range], &[Range]), address: u8) -> bool {
    (allowed.is_empty() || holds(allowed, address)) && !holds(blocked, address)
}

/// The codes of the warnings and the columns that they point at.
fn warnings(document: &str) -> Vec<(&'static str, usize)> {
    let loaded =
        load_text("policy.yaml", document.to_owned(), Path::new(""), &Default::default()).unwrap();
    let report = loaded.warnings;
    let diagnostics = report.diagnostics().iter();
    diagnostics.map(|one| (one.code.name(), report.locate(one.place.unwrap()).1.column)).collect()
}

fn segments() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "{x}"]);
    let end = prop::sample::select(vec!["", "", "/", "/**", "/**"]);
    (prop::collection::vec(segment, 1..=2), end)
        .prop_map(|(segments, end)| format!("/{}{end}", segments.join("/")))
}

/// The root, and every path of one to four segments, the last one empty or not.
fn paths() -> Vec<String> {
    let mut paths = vec!["/".to_owned()];
    let mut longer = vec![String::new()];
    for _ in 0..4 {
        longer = longer
            .iter()
            .flat_map(|path| ["a", "b", "c"].map(|segment| format!("{path}/{segment}")))
            .collect();
        paths.extend(longer.iter().flat_map(|path| [path.clone(), format!("{path}/")]));
    }
    paths
}

fn answer<'t>(table: &Table<'t>, path: &str) -> (Option<&'t str>, Option<&'t str>) {
    let request = RequestData {
        method: b"GET".to_vec(),
        host: b"api.example".to_vec(),
        path: path.into(),
        headers: Vec::new(),
        address: None,
        time: 0,
    };
    let decision = request.with_plain(|plain| decide(table, plain));
    let answer = Answer::of(table, &decision);
    (answer.collection, answer.endpoint)
}

fn compiled(document: &str) -> Option<Compiled> {
    compile_text("policy.yaml", document.to_owned(), Path::new(""), &Default::default()).ok()
}

proptest! {
    #[test]
    fn an_entry_that_adds_nothing_is_found(ranges in ranges(0, 8)) {
        let entries = written(&ranges);
        let document = format!("version: 1\ngateway:\n  blocked_ips: {entries}\n");
        let mut expected = 0;
        for (position, (first, last)) in ranges.iter().enumerate() {
            let within = |(other, (begin, end)): (usize, &Range)| {
                let equal = (begin, end) == (first, last);
                begin <= first && last <= end && (!equal || other < position)
            };
            expected += usize::from(ranges.iter().enumerate().any(within));
        }
        let found = warnings(&document);
        let nothing = found.iter().filter(|(code, _)| ["L002", "L003"].contains(code)).count();
        prop_assert_eq!(nothing, expected, "{} {:?}", document, found);
    }

    #[test]
    fn a_key_that_can_never_be_used_is_found(
        gateway in ranges(0, 2), client in (ranges(0, 2), ranges(0, 2)),
        // Without an allowed address the search would not end with the 32.
        key in (ranges(0, 3), ranges(1, 3)),
    ) {
        let document = format!(
            "version: 1\ngateway: {{ blocked_ips: {} }}\nclients:\n  acme:\n    blocked_ips: {}\n    allowed_ips: {}\n    keys:\n      one: {{ sha256: {DIGEST}, blocked_ips: {}, allowed_ips: {} }}\n",
            written(&gateway), written(&client.0), written(&client.1), written(&key.0), written(&key.1)
        );
        let expected = !(0..32).any(|address| {
            admits((&gateway, &[]), address)
                && admits((&client.0, &client.1), address)
                && admits((&key.0, &key.1), address)
        });
        let found = warnings(&document).iter().any(|(code, _)| *code == "L006");
        prop_assert_eq!(found, expected, "{}", document);
    }

    #[test]
    fn an_endpoint_that_nothing_reaches_is_found(patterns in prop::sample::subsequence(SHAPES.to_vec(), 2..=SHAPES.len())) {
        let endpoints: Vec<String> =
            patterns.iter().map(|path| format!("      - {{ path: \"{path}\" }}\n")).collect();
        let document = format!(
            "version: 1\ncollections:\n  all:\n    public: true\n    endpoints:\n{}", endpoints.concat()
        );
        if let Some(compiled) = compiled(&document) {
            let table = Table::from_bytes(&compiled.table).unwrap();
            let reached: Vec<_> = paths().iter().map(|path| answer(&table, path).1).collect();
            let expected = patterns
                .iter()
                .filter(|path| !reached.contains(&Some(format!("* {path}").as_str())))
                .count();
            prop_assert_eq!(compiled.warnings.warnings(), expected, "{}\n{}", document, compiled.warnings);
        }
    }

    /// Where one of two endpoints gets a request that the other would have got, that is told, whatever else
    /// a third one takes; where a third one takes all, it is not.
    #[test]
    fn what_a_third_collection_takes_hides_nothing_else(
        patterns in (segments(), segments(), segments()),
    ) {
        let (ours, theirs, third) = patterns;
        let one = |name: &str, path: &str| {
            format!("  {name}: {{ endpoints: [ {{ path: \"{path}\" }} ] }}\n")
        };
        let head = "version: 1\ncollections:\n";
        let parts = [one("ours", &ours), one("theirs", &theirs), one("third", &third)];
        let Some(all) = compiled(&format!("{head}{}", parts.concat())) else {
            return Ok(());
        };
        let alone = parts.map(|one| compiled(&format!("{head}{one}")).unwrap().table);
        let [ours, theirs] = [&alone[0], &alone[1]].map(|table| Table::from_bytes(table).unwrap());
        let table = Table::from_bytes(&all.table).unwrap();
        let is_contested = paths().iter().any(|path| {
            let is_shared = answer(&ours, path).0.is_some() && answer(&theirs, path).0.is_some();
            is_shared && answer(&table, path).0 != Some("third")
        });
        let is_told = all.warnings.diagnostics().iter().any(|one| {
            one.code.name() == "L016" && one.message.contains("`ours`") && one.message.contains("`theirs`")
        });
        prop_assert_eq!(is_told, is_contested, "{}", all.warnings);
    }

    #[test]
    fn collections_in_each_others_way_are_found(ours in segments(), theirs in segments()) {
        let one = |name: &str, path: &str| {
            format!("  {name}: {{ endpoints: [ {{ path: \"{path}\" }} ] }}\n")
        };
        let (head, ours, theirs) =
            ("version: 1\ncollections:\n", one("ours", &ours), one("theirs", &theirs));
        let Some(both) = compiled(&format!("{head}{ours}{theirs}")) else {
            return Ok(());
        };
        let alone = [ours, theirs].map(|one| compiled(&format!("{head}{one}")).unwrap().table);
        let [ours, theirs] = [&alone[0], &alone[1]].map(|table| Table::from_bytes(table).unwrap());
        let table = Table::from_bytes(&both.table).unwrap();
        let contested = paths().into_iter().find(|path| {
            answer(&ours, path).0.is_some() && answer(&theirs, path).0.is_some()
        });
        let found = both.warnings.diagnostics().iter().find(|one| one.code.name() == "L016");
        prop_assert_eq!(found.is_some(), contested.is_some(), "{}", both.warnings);
        if let (Some(found), Some(path)) = (found, contested) {
            let winner = answer(&table, &path).0.unwrap();
            let (before, _) = found.message.split_once(" takes requests from ").unwrap();
            prop_assert!(before.contains(&format!("`{winner}`")), "{} {}", path, both.warnings);
        }
    }
}
