//! Edits of documents that are written in other ways than most.

#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "helpers of tests may fail as tests do"
)]

mod support;

use support::{DIGEST, Folder};

const JSON: &str = r#"{
  "version": 1,
  "collections": { "orders": { "base_path": "/orders" } },
  "ip_lists": { "office": [ "203.0.113.0/24" ] },
  "clients": {
    "acme": {
      "collections": [ "orders" ],
      "access_profiles": {
        "old": {
          "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
          "created": "2023-04-18"
        }
      },
      "keys": {
        "production": {
          "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
          "allowed_ips": [ { "list": "office" }, "2001:db8::/32", "10.0.0.1-10.0.0.3" ],
          "collections": [ "orders" ],
          "expires": "2027-01-01"
        }
      }
    },
    "globex": { "collections": [ "orders" ] },
    "empty": {}
  }
}
"#;

#[test]
fn a_policy_in_json_is_still_json() {
    for edit in [
        "key new --client acme --name new --expires 2027-01-01",
        "key new --client globex --name first",
        "key new --client empty --name first",
        "key rotate --client acme --name production --overlap 1d --at 2026-06-01",
        "key refresh --client acme --name production --at 2026-06-01",
        "key revoke --client acme --name production --at 2026-06-01",
        "key revoke --client acme --name production --remove",
        "key deactivate --client acme --name production",
        "client deactivate --client acme",
        "client deactivate --client empty",
        "profile migrate --client acme --name old",
    ] {
        let folder = Folder::new(&[("policy.yaml", JSON)]);
        let ran = folder.run(&format!("{edit} policy.yaml"));
        assert_eq!(ran.code, 0, "{edit}: {}", ran.stderr);
        let text = folder.text("policy.yaml");
        let read = serde_json::from_str::<serde_json::Value>(&text);
        assert!(read.is_ok() && text != JSON, "{edit}: {read:?}\n{text}");
    }
}

/// The blank lines after such a text are a part of it, so that nothing can be added below it.
#[test]
fn why_a_text_that_keeps_blank_lines_is_in_the_way_is_told() {
    let text = "version: 1\nclients:\n  acme:\n    description: |+\n      ACME\n\n\n";
    let folder = Folder::new(&[("policy.yaml", text)]);
    let ran = folder.run("key new --client acme --name first policy.yaml");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("put a text in quotes that is written with `|`"), "{}", ran.stderr);
    assert_eq!(folder.text("policy.yaml"), text);
}

/// A text after `|` or `>` goes on to where the next field begins.
#[test]
fn an_end_that_is_a_block_of_text_is_replaced() {
    let others = [
        "",
        "        collections: []\n",
        "        # of Bob\n        active: true\n",
        "\n      # of Bob\n      two: { sha256: 0DIGEST, active: false }\n",
    ];
    for (style, line_end) in
        [("|-", "\n"), (">-", "\n"), (">-", "\r\n"), ("!!str |2- # hot", "\n"), ("&e |-", "\n")]
    {
        for below in others {
            let document = |end: &str| {
                let below = below.replace("DIGEST", &DIGEST[1..]);
                let text = format!(
                    "version: 1\nclients:\n  acme:\n    keys:\n      one:\n        sha256: {DIGEST}\n        expires: {style}\n          {end}\n{below}"
                );
                text.replace('\n', line_end)
            };
            for edit in
                ["revoke", "refresh --new-name three", "rotate --overlap 1d --new-name three"]
            {
                let folder = Folder::new(&[("policy.yaml", &document("2027-01-01"))]);
                let edit =
                    format!("key {edit} --client acme --name one --at 2026-06-01 policy.yaml");
                let ran = folder.run(&edit);
                assert_eq!(ran.code, 0, "{edit}\n{}{}", document("2027-01-01"), ran.stderr);
                let edited = folder.text("policy.yaml");
                let end = if edit.contains("1d") { "2026-06-02" } else { "2026-06-01" };
                // What it was is there but for the old end, and what is on is switched off.
                for line in document(&format!("{end}T00:00:00Z")).split(line_end) {
                    let off = line.replace("true", "false");
                    assert!(
                        edited.contains(line) || edited.contains(&off),
                        "{edit} {line}\n{edited}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_an_alias_elsewhere_stands_for_is_not_taken_out() {
    let text = format!(
        "version: 1\nclients:\n  acme:\n    keys:\n      one: {{ sha256: {DIGEST}, expires: &e 2027-01-01 }}\n      two: {{ sha256: 0{}, expires: *e }}\n",
        &DIGEST[1..]
    );
    for edit in ["revoke --remove", "revoke --at 2026-06-01"] {
        let folder = Folder::new(&[("policy.yaml", &text)]);
        let ran = folder.run(&format!("key {edit} --client acme --name one policy.yaml"));
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("shared by an anchor and aliases"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("syntax"), "{}", ran.stderr);
        assert_eq!(folder.text("policy.yaml"), text);
    }
}

#[test]
fn the_only_key_goes_and_what_is_said_of_all_stays() {
    let keys = |keys: &str, key: &str| {
        format!(
            "version: 1\nclients:\n  acme:\n    description: first\n    # rotate in March\n    keys:{keys}\n{key}"
        )
    };
    let key = format!("      # of Bob\n      one: {{ sha256: {DIGEST} }} # hot\n");
    for properties in ["", " &all", " !!map", " # ask Alice"] {
        let folder = Folder::new(&[("policy.yaml", &keys(properties, &key))]);
        let ran = folder.run("key revoke --client acme --name one --remove policy.yaml");
        assert_eq!(ran.code, 0, "{properties}: {}", ran.stderr);
        let left = match properties.split_once('#') {
            Some((_, comment)) => format!(" {{}} #{comment}"),
            None => format!("{properties} {{}}"),
        };
        assert_eq!(folder.text("policy.yaml"), keys(&left, ""));
    }
}
