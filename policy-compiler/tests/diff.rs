//! `diff` and the questions as a user runs them: exit codes, formats, and requests that can be pasted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const KEY: &str = "NOT-A-REAL-KEY";

/// `{client}`, `{methods}` and `{dates}` are filled in.
const POLICY: &str = "version: 1
collections:
  orders:
    hosts: [api.example.com]
    endpoints: [{ methods: {methods}, path: /orders }]
clients:
  {client}:
    collections: [orders]
    keys:
      production: { sha256: {digest}, allowed_ips: 203.0.113.0/24{dates} }
";

fn policy(folder: &Path, name: &str, client: &str, methods: &str, dates: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest: String = Sha256::digest(KEY).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = POLICY
        .replace("{client}", client)
        .replace("{methods}", methods)
        .replace("{dates}", dates)
        .replace("{digest}", &digest);
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn run(words: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("portcullis").unwrap();
    let output = command.args(words).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(words: &[&str]) -> Value {
    serde_json::from_str(&run(words, "").1).unwrap()
}

#[test]
fn a_comment_says_which_methods_and_which_place_are_new() {
    let folder = tempfile::tempdir().unwrap();
    let old = policy(folder.path(), "old.yaml", "acme", "[GET]", "");
    let more = policy(folder.path(), "more.yaml", "acme", "[GET, DELETE]", "");
    let markdown = run(&["diff", &old, &more, "--markdown"], "").1;
    let expected = "`DELETE,GET /orders` (DELETE; in the other policy: method\\_not\\_allowed) |";
    assert!(markdown.contains(expected), "{markdown}");

    let places = "gateway: { credentials: [ { header: x-api-key }, { query: k } ] }\n";
    let text = fs::read_to_string(&old).unwrap() + places;
    let wider = folder.path().join("wider.yaml");
    fs::write(&wider, text).unwrap();
    let markdown = run(&["diff", &old, wider.to_str().unwrap(), "--markdown"], "").1;
    let expected = "collection orders: `GET /orders`<br>with the key in query:k |";
    assert!(markdown.contains(expected), "{markdown}");
}

/// An endpoint for every method takes none in small letters, `unmatched: allow` does.
#[test]
fn methods_in_small_letters_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = [("old.yaml", "x: { base_path: /x, public: true }, "), ("new.yaml", "")].map(
        |(name, more)| {
            let path = folder.path().join(name);
            let collections = format!("{{ {more}y: {{ base_path: /y, public: true }} }}");
            let text = "version: 1\ngateway: { unmatched: allow }\ncollections: ".to_owned();
            fs::write(&path, text + &collections).unwrap();
            path.to_str().unwrap().to_owned()
        },
    );
    let (code, said, _) = run(&["diff", &old, &new], "");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("every other method with a small letter, such as other elsewhere/x"),
        "{said}"
    );
    for (words, direction) in [([&old, &new], "gained"), ([&new, &old], "lost")] {
        let change = json(&["diff", words[0], words[1], "--json"])[direction].clone();
        assert_eq!(change.as_array().unwrap().len(), 1, "{change}");
        let endpoint = &change[0]["access"][0]["endpoints"][0];
        assert_eq!(endpoint["methods"], serde_json::json!([]), "{change}");
        assert_eq!(endpoint["small_letters"], true, "{change}");
        assert_eq!(endpoint["other_policy"], "method_not_allowed", "{change}");
    }
}

#[test]
fn the_header_of_a_key_may_be_written_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "policy.yaml", "acme", "[GET]", "");
    let host = ["--host", "api.example.com", "--path", "/orders", "--address", "203.0.113.7"];
    let key = ["--as-key", "acme/production", "--place", "header:X-API-Key"];
    let told = run(&[&["explain", &policy][..], &host, &key].concat(), "").1;
    assert!(told.starts_with("allow granted"), "{told}");
}

/// What is asked of a policy that it does not have is no misuse: the command worked, and says no.
#[test]
fn names_that_a_policy_does_not_have_are_failures() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "policy.yaml", "acme", "[GET]", "");
    let cases: [(&[&str], &str); 4] = [
        (&["blast-radius", &policy, "--key", "acme/producton"], "did you mean `acme/production`?"),
        (&["what-can", &policy, "--key", "acme/other"], "error: there is no key `acme/other`"),
        (&["what-can", &policy, "--client", "acne"], "did you mean `acme`?"),
        (&["blast-radius", &policy, "--stdin"], "error: the policy has no such key"),
    ];
    for (words, expected) in cases {
        let (code, _, said) = run(words, "another-key");
        assert_eq!(code, 1, "{words:?}: {said}");
        assert!(said.contains(expected), "{words:?}: {said}");
    }
}

/// A key chosen by chance could be the wrong one: `a/b/c` is key `b/c` of `a`, or key `c` of `a/b`.
#[test]
fn a_name_that_two_keys_have_is_refused_and_digests_tell_them_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.yaml");
    let digits = ["0f", "1e"].map(|byte| byte.repeat(32));
    let text = format!(
        "version: 1\nclients:\n  a: {{ keys: {{ b/c: {{ sha256: {} }} }} }}\n  a/b: {{ keys: {{ c: {{ sha256: {} }} }} }}\n",
        digits[0], digits[1],
    );
    fs::write(&path, text).unwrap();
    let policy = path.to_str().unwrap();
    let asked: [&[&str]; 3] = [
        &["what-can", policy, "--key"],
        &["blast-radius", policy, "--key"],
        &["explain", policy, "--host", "a.example", "--path", "/", "--as-key"],
    ];
    for words in asked {
        let (code, _, said) = run(&[words, &["a/b/c"]].concat(), "");
        assert_eq!(code, 2, "{words:?}: {said}");
        for (key, digits) in
            [("key `b/c` of client `a`", &digits[0]), ("key `c` of client `a/b`", &digits[1])]
        {
            let named = format!("{key}: `--sha256 {}`", digits.split_at(32).0);
            assert!(said.contains(&named), "{words:?}: {said}");
        }
        let by_digest =
            [&words[..words.len() - 1], &["--sha256", digits[1].split_at(32).0]].concat();
        let (code, _, said) = run(&by_digest, "");
        assert_eq!(code, 0, "{words:?}: {said}");
    }
}

#[test]
fn standard_input_is_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "policy.yaml", "acme", "[GET]", "");
    let ask = |input: &str| run(&["blast-radius", &policy, "--stdin"], input);
    assert_eq!(ask(&format!("{KEY}\r\n")).0, 0);
    let many = format!("{KEY}\n{KEY}\n");
    let long = "x".repeat(5_000);
    for (input, expected) in
        [(many.as_str(), "more than one line"), (&long, "1024 bytes"), ("\n", "no key")]
    {
        let (code, _, said) = ask(input);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(expected) && !said.contains(KEY), "{said}");
    }
}

/// A collection that is switched off answers as the filter says.
#[test]
fn another_answer_has_the_reason_of_the_decision() {
    let folder = tempfile::tempdir().unwrap();
    let old = policy(folder.path(), "old.yaml", "acme", "[GET]", "");
    let new = policy(folder.path(), "new.yaml", "acme", "[GET]", "");
    let text = fs::read_to_string(&new).unwrap();
    fs::write(&new, text.replace("  orders:\n", "  orders:\n    active: false\n")).unwrap();
    let answers = json(&["diff", &old, &new, "--json"])["answered_otherwise"].clone();
    let reasons: Vec<(&str, &str)> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| (answer["old"].as_str().unwrap(), answer["new"].as_str().unwrap()))
        .collect();
    assert_eq!(reasons, [("credential_missing", "collection_inactive")]);
}

#[test]
fn a_gain_fails_and_its_witness_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let old = policy(folder.path(), "old.yaml", "acme", "[GET]", "");
    let new = policy(folder.path(), "new.yaml", "acme", "[GET, POST]", "");
    assert_eq!(run(&["diff", &old, &new], "").0, 1);
    assert_eq!(run(&["diff", &old, &new, "--allow-gain"], "").0, 0);
    assert_eq!(run(&["diff", &new, &old], "").0, 0, "a loss is no gain");
    assert_eq!(run(&["diff", &old, "/no/such/policy"], "").0, 2);
    let view = json(&["diff", &old, &new, "--json"]);
    assert_eq!(view["lost"], serde_json::json!([]));
    let gained = &view["gained"][0];
    assert_eq!(
        (&gained["client"], &gained["keys"][0]["name"]),
        (&"acme".into(), &"production".into())
    );
    assert_eq!(gained["addresses"]["ranges"], serde_json::json!(["203.0.113.0/24"]));
    assert_eq!(gained["addresses"]["ipv4"], 256);
    assert_eq!(gained["access"][0]["endpoints"][0]["methods"], serde_json::json!(["POST"]));
    let witness = gained["witness"]["command"].as_str().unwrap();
    let words: Vec<&str> = witness.split(' ').skip(1).collect();
    assert!(run(&words, "").1.starts_with("allow granted"), "{witness}");
    let in_old: Vec<&str> =
        words.iter().map(|word| if *word == new { old.as_str() } else { word }).collect();
    assert!(run(&in_old, "").1.starts_with("deny 405"), "{witness}");
    let markdown = run(&["diff", &old, &new, "--markdown"], "").1;
    assert!(markdown.starts_with("### Access: 1 gain of access, 0 losses"), "{markdown}");
}

#[test]
fn names_are_no_difference_and_dates_are() {
    let folder = tempfile::tempdir().unwrap();
    let old = policy(folder.path(), "old.yaml", "acme", "[GET]", ", expires: 2998-01-01");
    let renamed = policy(folder.path(), "renamed.yaml", "globex", "[GET]", ", expires: 2998-01-01");
    let longer = policy(folder.path(), "longer.yaml", "acme", "[GET]", ", expires: 2999-01-01");
    assert_eq!(run(&["diff", &old, &renamed], "").0, 0);
    assert_eq!(run(&["diff", &old, &longer, "--at", "2997-01-01"], "").0, 0);
    assert_eq!(run(&["diff", &old, &longer, "--at", "2998-06-01"], "").0, 1);
    let times = &json(&["diff", &old, &longer, "--json"])["gained"][0]["times"];
    let expected =
        serde_json::json!([{ "from": "2998-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z" }]);
    assert_eq!(times, &expected);
    let over = json(&["diff", &old, &old, "--at", "2997-12-01", "--over", "90d", "--json"]);
    assert_eq!(over["by_itself"][0]["event"], "expires");
}

#[test]
fn a_leaked_key_is_read_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "policy.yaml", "acme", "[GET]", "");
    let (code, out, err) = run(&["blast-radius", &policy, "--stdin"], KEY);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("client acme, key production") && out.contains("256 IPv4 addresses"),
        "{out}"
    );
    assert!(!out.contains(KEY) && !err.contains(KEY), "{out}{err}");
    let (code, out, err) = run(&["blast-radius", &policy, "--stdin"], "ANOTHER-KEY");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(!err.contains("ANOTHER-KEY"), "{err}");
}

/// Every command in `docs/review.md` names a verb and options that there are.
#[test]
fn the_commands_of_the_page_are_understood() {
    let page = fs::read_to_string("../docs/review.md").unwrap();
    let commands = page.lines().filter(|line| line.starts_with("portcullis "));
    let mut count = 0;
    for line in commands {
        let line = line.split(['#', '<', '>']).next().unwrap();
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let (code, _, err) = run(&words, "");
        assert_eq!(code, 2, "there are no such files: {line}");
        assert!(err.contains("cannot read `"), "{line}: {err}");
        count += 1;
    }
    assert!(count > 5);
}

#[test]
fn a_comment_is_bounded_and_calls_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let collections: String = (0..6)
        .map(|number| {
            let endpoint = |at: usize| {
                format!(
                    "      - {{ methods: [GET], path: /c{number}/{at}/{} }}\n",
                    ["x".repeat(200).as_str(); 4].join("/")
                )
            };
            format!("  c{number}:\n    endpoints:\n{}", (0..6).map(endpoint).collect::<String>())
        })
        .collect();
    let clients: String = (0..25)
        .map(|number| {
            format!(
                "  \"@admin-{number}\":\n    collections: [ c0, c1, c2, c3, c4, c5 ]\n    keys: {{ k: {{ sha256: {number:032x}{number:032x}, allowed_ips: 10.0.0.{number} }} }}\n"
            )
        })
        .collect();
    let head = format!("version: 1\ncollections:\n{collections}");
    let [old, new] =
        [("old.yaml", head.clone()), ("new.yaml", format!("{head}clients:\n{clients}"))].map(
            |(name, text)| {
                let path = folder.path().join(name);
                fs::write(&path, text).unwrap();
                path.to_str().unwrap().to_owned()
            },
        );
    let (code, markdown, error) = run(&["diff", &old, &new, "--markdown"], "");
    assert_eq!(code, 1, "{error}");
    assert!(markdown.len() <= 60_000, "{}", markdown.len());
    assert!(
        markdown.contains("… and ") && markdown.contains("client @&#8203;admin-"),
        "{markdown}"
    );
    assert!(markdown.trim_end().ends_with("</details>"), "{markdown}");
}
