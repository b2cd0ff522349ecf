//! What `who-can`, `what-can`, `calendar` and `diff` say of a request, of dates and of settings that
//! were asked about, as users read it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

mod support;

use serde_json::{Value, json};
use support::Folder;

const POLICY: &str = "version: 1
gateway: { preflight: allow }
collections:
  orders:
    hosts: [api.example.com]
    endpoints: [{ methods: [GET, DELETE], path: \"/orders/{id}\" }]
clients:
  acme:
    collections: [orders]
    keys:
      one: { sha256: 1111111111111111111111111111111111111111111111111111111111111111, allowed_ips: 203.0.113.0/24 }
      two: { sha256: 2222222222222222222222222222222222222222222222222222222222222222 }
";

fn asked(folder: &Folder, arguments: &str) -> Value {
    let ran = folder.run(arguments);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

#[test]
fn who_can_answers_for_the_request_that_was_asked_about() {
    let folder = Folder::new(&[("policy.yaml", POLICY)]);
    let request =
        "who-can policy.yaml --method DELETE --host api.example.com:8443 --path /orders/7";
    let who = asked(&folder, &format!("{request} --address 203.0.113.77 --json"));
    let access = who["access"].as_array().unwrap();
    assert_eq!(access.len(), 2, "one key is bound to addresses, the other is not: {who}");
    for change in access {
        let endpoint = &change["access"][0]["endpoints"][0];
        assert_eq!(endpoint["methods"], json!(["DELETE"]), "{who}");
        assert_eq!(endpoint["example"], "DELETE api.example.com:8443/orders/7", "{who}");
        assert_eq!(change["witness"]["new"], "granted", "{who}");
        assert_eq!(change["witness"].get("old"), None, "there is no other policy: {who}");
        let command = change["witness"]["command"].as_str().unwrap();
        for part in ["--method DELETE", "--path /orders/7", "--address 203.0.113.77"] {
            assert!(command.contains(part), "{command}");
        }
        let explained = folder.run(command.strip_prefix("portcullis ").unwrap());
        assert!(explained.stdout.starts_with("allow granted"), "{explained:?}");
    }
    let who = asked(&folder, &format!("{request} --address 192.0.2.1 --json"));
    assert_eq!(who["access"].as_array().map(Vec::len), Some(1), "{who}");
    assert_eq!(who["access"][0]["keys"][0]["name"], "two", "{who}");
}

#[test]
fn a_method_that_no_policy_names_is_asked_about_by_its_name() {
    let open = POLICY.replace("preflight: allow", "unmatched: allow");
    let folder = Folder::new(&[("policy.yaml", &open)]);
    let who = asked(&folder, "who-can policy.yaml --method PROPFIND --path /elsewhere --json");
    let endpoint = &who["access"][0]["access"][0]["endpoints"][0];
    assert_eq!(endpoint["methods"], json!(["PROPFIND"]), "{who}");
    assert_eq!(endpoint["example"], "PROPFIND host.invalid/elsewhere", "{who}");
}

/// Whether an OPTIONS request is a preflight is in its headers, which are not asked for.
#[test]
fn who_may_send_options_are_all_where_preflights_pass() {
    let question = "who-can policy.yaml --method OPTIONS --host api.example.com --path /orders/7";
    let folder = Folder::new(&[("policy.yaml", POLICY)]);
    let ran = folder.run(question);
    assert!(
        ran.stdout.starts_with("anyone, without a credential\n    to CORS preflights\n"),
        "{ran:?}"
    );
    let who = asked(&folder, &format!("{question} --json"));
    let witness = &who["access"][0]["witness"];
    assert_eq!(witness["new"], "preflight", "{who}");
    assert!(witness["command"].as_str().unwrap().contains("--path /orders/7"), "{who}");
    let ran = folder.run(&question.replace("OPTIONS", "GET"));
    assert!(!ran.stdout.contains("preflight"), "{ran:?}");

    let folder = Folder::new(&[("policy.yaml", &POLICY.replace("allow }", "authorize }"))]);
    assert!(folder.run(question).stdout.starts_with("nobody"), "the methods are GET and DELETE");
}

#[test]
fn dates_of_legacy_profiles_are_those_of_documents_that_have_some() {
    let profile = "    access_profiles:\n      old: { sha256: 3333333333333333333333333333333333333333333333333333333333333333, created: 2024-01-01T00:00:00Z }\n";
    let folder =
        Folder::new(&[("without.yaml", POLICY), ("with.yaml", &(POLICY.to_owned() + profile))]);
    let events = |name: &str| {
        let events =
            asked(&folder, &format!("calendar {name} --at 2025-01-01 --over 3650d --json"));
        events.as_array().unwrap().iter().map(|one| one["event"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(events("without.yaml"), Vec::<Value>::new());
    assert_eq!(events("with.yaml"), ["frozen", "expires", "profiles_end"].map(Value::from));
}

#[test]
fn several_keys_become_and_one_becomes_valid() {
    let dated =
        |key: &str| POLICY.replace(key, &format!("{key} not_before: 2999-01-01T00:00:00Z,"));
    let both = dated("two: {").replace("one: {", "one: { not_before: 2999-01-01T00:00:00Z,");
    let folder = Folder::new(&[("one.yaml", &dated("two: {")), ("both.yaml", &both)]);
    assert!(
        folder.run("calendar one.yaml").stdout.ends_with("client acme, key two becomes valid\n")
    );
    let both = folder.run("calendar both.yaml").stdout;
    assert!(both.ends_with("client acme, 2 keys: one, two become valid\n"), "{both}");
}

/// An address that no rule looks at lets nobody in.
#[test]
fn another_client_address_is_a_gain_only_where_a_rule_looks_at_it() {
    let forwarded = |text: &str| {
        text.replace(
            "gateway: {",
            "gateway: { client_address: { from: x-forwarded-for, trusted_hops: 1 },",
        )
    };
    let free = POLICY.replace(", allowed_ips: 203.0.113.0/24", "");
    let folder = Folder::new(&[
        ("old.yaml", POLICY),
        ("new.yaml", &forwarded(POLICY)),
        ("free-old.yaml", &free),
        ("free-new.yaml", &forwarded(&free)),
    ]);
    let ruled = folder.run("diff old.yaml new.yaml");
    assert_eq!(ruled.code, 1, "{ruled:?}");
    assert!(ruled.stdout.contains("counts as access gained"), "{ruled:?}");
    let free = folder.run("diff free-old.yaml free-new.yaml");
    assert_eq!(free.code, 0, "{free:?}");
    assert!(free.stdout.contains("setting `gateway.client_address`"), "it is told: {free:?}");
}

#[test]
fn an_endpoint_that_is_switched_off_in_the_other_policy_is_told_as_that() {
    let off = POLICY.replace("path: \"/orders/{id}\"", "path: \"/orders/{id}\", active: false");
    let folder = Folder::new(&[("old.yaml", &off), ("new.yaml", POLICY)]);
    let ran = folder.run("diff old.yaml new.yaml");
    let expected =
        "(DELETE, GET; in the other policy: DELETE,GET /orders/{id} of orders, switched off)";
    assert!(ran.stdout.contains(expected), "{ran:?}");
}

/// A typing error does not read as "nobody".
#[test]
fn a_request_that_none_may_send_is_told_as_one() {
    let folder = Folder::new(&[("policy.yaml", POLICY)]);
    let asked = |host: &str, path: &str| {
        folder.run(&format!("who-can policy.yaml --method GET --host {host} --path {path}")).stderr
    };
    assert!(asked("api.example.com", "orders/7").contains("denied as `path_ambiguous`"));
    assert!(asked("https://api.example.com", "/orders/7").contains("denied as `host_ambiguous`"));
    assert_eq!(asked("api.example.com", "/elsewhere"), "");
    let small = "who-can policy.yaml --method get --host api.example.com --path /orders/7";
    assert!(folder.run(small).stderr.contains("write the method in capitals"));
}

/// A digest says nothing of a key's form, but here its text is known.
#[test]
fn a_malformed_key_opens_nothing_whatever_the_policy_says() {
    let malformed = "pc_live_hello";
    let digest = policy_compiler::model::Digest::of(malformed.as_bytes()).to_string();
    let folder = Folder::new(&[("policy.yaml", &POLICY.replace(&"1".repeat(64), &digest))]);
    let ran = folder.run_reading("blast-radius policy.yaml --stdin", malformed);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("denied as `credential_malformed`"), "{ran:?}");
    assert!(!ran.stderr.contains("hello"), "{ran:?}");
    let by_digest = folder.run(&format!("blast-radius policy.yaml --sha256 {digest}"));
    assert_eq!(by_digest.code, 0, "{by_digest:?}");
}
