//! `docs/lints.md` says what the lints do, and each of its examples shows it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::path::Path;

use policy_compiler::lint::{Lint, LintOptions};
use policy_compiler::model::parse_time;
use policy_compiler::{LoadOptions, Report, load_text};

const REFERENCE: &str = include_str!("../../docs/lints.md");

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

#[test]
fn the_table_lists_every_lint() {
    let rows: Vec<&str> = REFERENCE.lines().filter(|line| line.starts_with("| [L")).collect();
    let expected: Vec<String> = Lint::ALL
        .iter()
        .map(|lint| {
            let (code, name) = (lint.code(), lint.name());
            let anchor = format!("#{}-{name}", code.to_lowercase());
            format!("| [{code}]({anchor}) | `{name}` | {} |", lint.summary())
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn every_lint_has_a_heading_an_example_and_a_remedy() {
    for lint in Lint::ALL {
        let text = lint.text();
        assert!(text.starts_with(&format!("{} {}\n\n", lint.code(), lint.name())), "{text}");
        assert!(text.contains("\n```yaml\n") && text.contains("\n**Remedy:** "), "{text}");
        assert!(!lint.summary().is_empty() && !lint.summary().contains('\n'));
    }
    assert_eq!(REFERENCE.matches("\n## ").count(), Lint::ALL.len());
}

#[test]
fn every_example_raises_just_its_lint() {
    for lint in Lint::ALL {
        let (_, example) = lint.text().split_once("```yaml\n").unwrap();
        let (example, _) = example.split_once("```").unwrap();
        assert_eq!(codes(&report(example)), [lint.code()], "{example}");
    }
}

#[test]
fn codes_are_in_order_and_found_by_code_and_name() {
    for (lint, number) in Lint::ALL.into_iter().zip(1..) {
        assert_eq!(lint.code(), format!("L{number:03}"));
        assert_eq!(Lint::find(&lint.code().to_lowercase()), Some(lint));
        assert_eq!(Lint::find(lint.name()), Some(lint));
    }
    assert_eq!(Lint::find("L000"), None);
}

#[test]
fn of_very_many_collections_that_meet_a_thousand_are_told() {
    let found = |count: usize| {
        let collection = |number| {
            format!(
                "  c{number}: {{ endpoints: [ {{ path: '/c{number}/{{id}}' }}, {{ path: '/{{tenant}}/c{number}' }} ] }}\n"
            )
        };
        let collections: String = (0..count).map(collection).collect();
        let report = report(&format!("version: 1\ncollections:\n{collections}"));
        codes(&report).iter().filter(|code| **code == "L016").count()
    };
    // Each two meet at two paths.
    assert_eq!(found(20), 20 * 19);
    assert_eq!(found(60), 1_001);
}

fn report(text: &str) -> Report {
    let at = parse_time("2026-06-15");
    let lint = LintOptions { at, ..LintOptions::default() };
    let options = LoadOptions { lint, ..LoadOptions::default() };
    match load_text("policy.yaml", text.to_owned(), Path::new(""), &options) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    }
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.diagnostics().iter().map(|diagnostic| diagnostic.code.name()).collect()
}

/// What two endpoints share may all go to a third one, so that neither takes anything from the other.
#[test]
fn what_a_third_endpoint_takes_is_in_nobodys_way() {
    let told = |third: &str| {
        let text = format!(
            "version: 1
collections:
  open: {{ public: true, endpoints: [ {{ path: '/a/{{x}}' }} ] }}
  closed: {{ endpoints: [ {{ methods: [ GET, POST ], path: '/{{y}}/b' }} ] }}
  third: {{ {third} }}
clients: {{ acme: {{ collections: [ closed, third ], keys: {{ one: {{ sha256: {DIGEST} }} }} }} }}
"
        );
        let report = report(&text);
        let messages = report.diagnostics().iter().map(|diagnostic| diagnostic.message.as_str());
        let between = |message: &&str| message.contains("`open`") && message.contains("`closed`");
        messages.filter(between).count()
    };
    for (third, expected) in [
        ("endpoints: [ { path: /a/b } ]", 0),
        ("endpoints: [ { path: /a/b, active: false } ]", 0),
        ("endpoints: [ { path: /a/b, methods: [ POST, GET, PUT ] } ]", 0),
        // Not all of what they share.
        ("endpoints: [ { path: /a/b, methods: [ GET ] } ]", 1),
        ("endpoints: [ { path: /a/c } ]", 1),
        ("endpoints: [ { path: /a/b/c } ]", 1),
        ("hosts: [ a.example ], endpoints: [ { path: /a/b } ]", 1),
        // It loses.
        ("endpoints: [ { path: '/{z}/**' } ]", 1),
    ] {
        assert_eq!(told(third), expected, "{third}");
    }
}

/// On `a.example` the protected collection decides, on `b.example` the public one.
#[test]
fn both_directions_of_an_overlap_are_told() {
    let report = report(&format!(
        "version: 1
collections:
  open:
    public: true
    hosts: [ '*.example' ]
    endpoints: [ {{ path: /x/status }} ]
  closed:
    hosts: [ a.example, '*.example' ]
    endpoints: [ {{ path: '/x/{{id}}' }} ]
clients:
  acme:
    collections: [ closed ]
    keys: {{ one: {{ sha256: {} }} }}
",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    ));
    assert_eq!(codes(&report), ["L017", "L018"], "{report}");
}

/// Which of several lists is named must not be left to chance: reports are compared with earlier ones.
#[test]
fn an_entry_within_several_lists_is_told_with_the_first() {
    let lists = ["f", "e", "d", "c", "b", "a"];
    let named = |before: &str, after: &str| lists.map(|list| format!("{before}{list}{after}"));
    let document = format!(
        "version: 1\nip_lists:\n{}gateway: {{ blocked_ips: [ 192.0.2.1, 192.0.2.9, {}, {{ list: c }} ] }}\n",
        named("  ", ": [ 192.0.2.0/29, 192.0.2.1 ]\n").concat(),
        named("{ list: ", " }").join(", ")
    );
    let told = report(&document).to_string();
    let places = |start: &str| told.lines().filter(|line| line.contains(start)).count();
    assert_eq!(places("`192.0.2.1` lies within list `f` that is named beside it"), 1, "{told}");
    assert_eq!(places("that is named beside it"), 1, "{told}");
    assert_eq!(places("list `c` is given twice in one list"), 1, "{told}");
    for _ in 0..20 {
        assert_eq!(report(&document).to_string(), told);
    }
}
