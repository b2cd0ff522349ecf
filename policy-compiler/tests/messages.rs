//! What is said of documents that are wrong, or odd, in ways of which each was once told wrongly.

mod support;

use std::path::Path;

use policy_compiler::load_text;
use support::Folder;

const DIGITS: &str = "a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c75";

/// A document, what `check` says of it, and what it does not.
#[test]
fn documents_are_told_what_is_wrong_and_nothing_else() {
    let methods: Vec<String> = (0..32).map(|number| format!("M{number}")).collect();
    let methods = format!("methods: [ {} ], path: /x", methods.join(", "));
    let chain = |order: &dyn Fn(usize) -> usize| {
        let list = |at: usize| match at {
            0 => format!("  l{:02}: [ 192.0.2.1 ]\n", order(at)),
            _ => format!("  l{:02}: [ {{ list: l{:02} }} ]\n", order(at), order(at - 1)),
        };
        format!("ip_lists:\n{}", (0..33).map(list).collect::<String>())
    };
    let cases: [(&str, &str, &str); 12] = [
        // Lists of lists, whatever their names: one was valid because inner lists came first.
        (&chain(&|at| at), "lists more than 32 deep", "valid policy"),
        (&chain(&|at| 32 - at), "lists more than 32 deep", "valid policy"),
        // An endpoint of which only some paths lie there.
        (
            "collections:\n  pub: { public: true, endpoints: [ { path: \"/{x}/y\" } ] }\n  prot: { base_path: /a, endpoints: [ { path: /z } ] }\n",
            "can lie below base path `/a`",
            "` lies below",
        ),
        (
            "collections:\n  pub: { public: true, endpoints: [ { path: \"/a/{x}\" } ] }\n  prot: { base_path: /a, endpoints: [ { path: /z/y } ] }\n",
            "lies below base path `/a`",
            "can lie",
        ),
        // Credentials that cannot be read are not taken for the default ones.
        (
            "gateway: { credentials: { header: x-key }, forward: { client: x-api-key } }\n",
            "wrong-type",
            "carries the credential",
        ),
        // A digest that lacks a digit, and begins as keys do but for what follows the prefix.
        (
            &format!(
                "gateway: {{ key_prefix: a }}\nclients: {{ c: {{ keys: {{ k: {{ sha256: {DIGITS} }} }} }} }}\n"
            ),
            "this text of 63 characters is none",
            "clear text",
        ),
        // A control character becomes one blank, and nothing is cut.
        (
            "clients: { c: { collections: [ \"a\\x85b\" ] } }\n",
            "there is no collection `a b`",
            "...",
        ),
        // Endpoints are compared only where they name as many methods as a table takes.
        (
            &format!(
                "collections: {{ c: {{ endpoints: [ {{ {methods} }}, {{ {methods} }} ] }} }}\n"
            ),
            "more than 31 different methods",
            "no request could tell",
        ),
        // A list that holds nothing is not blocked.
        (
            "ip_lists: { none: [], office: [ 203.0.113.0/24 ] }\ngateway: { allowed_ips: [ { list: none }, { list: office } ] }\n",
            "valid policy",
            "blocked as a whole",
        ),
        (
            "ip_lists: { lab: [ 203.0.113.0/28 ], office: [ 203.0.113.0/24 ] }\ngateway: { allowed_ips: [ { list: lab }, { list: office } ], blocked_ips: [ { list: lab } ] }\n",
            "list `lab` is allowed here and blocked as a whole",
            "list `office`",
        ),
        // Every key of it would be given twice.
        (
            "clients: { a: { key_files: [ k.csv ] }, b: { key_files: [ ./k.csv ] } }\n",
            "key file `./k.csv` is named twice",
            "1 other",
        ),
        (
            "key_files: [ k.csv, k.csv ]\nclients: { a: {} }\n",
            "key file `k.csv` is named twice",
            "given twice",
        ),
    ];
    for (document, expected, absent) in cases {
        let folder = Folder::new(&[
            ("policy.yaml", &format!("version: 1\n{document}")),
            ("k.csv", "name,sha256\n"),
        ]);
        let ran = folder.run("check policy.yaml");
        let said = ran.stderr.replace("\n  | ", " ") + &ran.stdout;
        assert!(said.contains(expected), "{document}\nexpected {expected}:\n{said}");
        assert!(!said.contains(absent), "{document}\nexpected no {absent}:\n{said}");
    }
}

/// The columns that are known are read, whatever else the first line says.
#[test]
fn a_bad_column_hides_no_error_of_a_row() {
    let policy = "version: 1\nclients: { c: { key_files: [ k.csv ] } }\n";
    for (keys, column) in [
        ("name,sha256,colour\nk,zz,\n".to_owned(), "unknown column `colour`"),
        ("name,sha256,name\nk,zz,\n".to_owned(), "column `name` is given twice"),
        ("sha256,active\nzz,\n".to_owned(), "no column `name`"),
        (format!("name,sha256,colour\nk,{DIGITS}0\n"), "2 cells, the header names 3"),
    ] {
        let folder = Folder::new(&[("policy.yaml", policy), ("k.csv", &keys)]);
        let ran = folder.run("check policy.yaml");
        assert!(ran.stderr.contains(column), "{keys}{ran:?}");
        assert!(ran.stderr.contains("2 errors"), "{keys}{ran:?}");
    }
}

/// A first line that names no column is a row of keys, most likely.
#[test]
fn a_file_without_a_header_is_told_as_that_alone() {
    let policy = "version: 1\nclients: { c: { key_files: [ k.csv ] } }\n";
    let keys = format!("k,{DIGITS}0\nl\nm,{DIGITS}1\n");
    let folder = Folder::new(&[("policy.yaml", policy), ("k.csv", &keys)]);
    let ran = folder.run("check policy.yaml");
    assert!(!ran.stderr.contains("k.csv:2"), "{ran:?}");
}

/// A row may be of a client that is yet to come: what is only like it is not taken for it.
#[test]
fn a_row_of_no_client_is_told_to_declare_it() {
    let policy =
        "version: 1\nkey_files: [ k.csv ]\nclients: { acme: {}, customer-0041: {}, globex: {} }\n";
    for (client, help) in [
        ("initech", "help: add it to `clients`, or correct the name"),
        ("customer-0042", "help: add it to `clients`, or correct the name"),
        ("globx", "help: did you mean `globex`? If not, add it to `clients`"),
    ] {
        let keys = format!("client,name,sha256\n{client},k,{DIGITS}0\n");
        let folder = Folder::new(&[("policy.yaml", policy), ("k.csv", &keys)]);
        let said = folder.run("check policy.yaml").stderr;
        assert!(said.contains(help), "{client}\n{said}");
    }
}

#[test]
fn a_field_by_another_name_or_in_another_place_is_told_where_it_belongs() {
    for (document, help) in [
        ("clients: { c: { ips: [ 192.0.2.1 ] } }", "write `allowed_ips`"),
        (
            "clients: { c: { expires: 2030-01-01 } }",
            "it belongs to a key, in the `keys` of a client",
        ),
        ("clients: { c: { keys: { k: { hash: x } } } }", "write `sha256`"),
        ("clients: { c: { disabled: true } }", "write `active: false`"),
        (
            "collections: { c: { methods: [ GET ] } }",
            "it belongs to an endpoint, in the `endpoints` of a collection: move it there",
        ),
        ("collections: { c: { path: /x } }", "write `base_path`"),
        ("consumers: {}", "write `clients`"),
        ("realm: x", "it belongs to `gateway`: move it there"),
        ("colour: x", "remove it; a policy has"),
        // A list of one.
        ("clients: { c: { collections: orders } }", "write `[ orders ]`"),
        ("clients: { c: { key_files: \"a: b\" } }", "write `[ ... ]`, or leave the field out"),
        ("collections: { c: { endpoints: [ { path: /, methods: get } ] } }", "write `[ GET ]`"),
    ] {
        let folder = Folder::new(&[("policy.yaml", &format!("version: 1\n{document}\n"))]);
        let said = folder.run("check policy.yaml").stderr.replace("\n  | ", " ");
        assert!(said.contains(&format!("help: {help}")), "{document}\n{said}");
    }
    let policy = "version: 1\nclients: { c: { key_files: [ k.csv ] } }\n";
    let keys = format!("name,sha256,expires_at\nk,{DIGITS}0,\n");
    let folder = Folder::new(&[("policy.yaml", policy), ("k.csv", &keys)]);
    let said = folder.run("check policy.yaml").stderr;
    assert!(said.contains("help: write `expires`"), "{said}");
}

/// Whatever their base path is, no request could tell them apart; of other collections nobody knows.
#[test]
fn endpoints_below_a_bad_base_path_are_compared_with_each_other_alone() {
    let collections = |bases: [&str; 2], second: &str| {
        format!(
            "version: 1\ncollections:\n  one: {{ base_path: {}, endpoints: [ {{ path: \"/x/{{a}}\" }}, {{ path: {second} }} ] }}\n  two: {{ base_path: {}, endpoints: [ {{ path: \"/x/{{a}}\" }} ] }}\n",
            bases[0], bases[1]
        )
    };
    for (bases, second, overlaps, errors) in [
        (["acme", "/b"], "\"/x/{b}\"", true, "2 errors"),
        (["acme", "/b"], "/x", false, "1 error"),
        (["acme", "/"], "/x", false, "1 error"),
        (["acme", "acme"], "/x", false, "2 errors"),
        (["/acme/", "/acme"], "\"/x/{b}\"", true, "2 errors"),
        (["/acme", "/acme"], "/x", true, "1 error"),
    ] {
        let folder = Folder::new(&[("policy.yaml", &collections(bases, second))]);
        let said = folder.run("check policy.yaml").stderr;
        assert_eq!(said.contains("overlapping-endpoints"), overlaps, "{bases:?} {second}\n{said}");
        assert!(said.contains(errors), "{bases:?} {second}\n{said}");
    }
}

/// Spreadsheets write truth values in large letters, and the document takes them.
#[test]
fn a_key_file_takes_the_truth_values_of_the_document() {
    for (word, expected) in [
        ("true", Some(true)),
        ("True", Some(true)),
        ("TRUE", Some(true)),
        ("\"TRUE\"", Some(true)),
        ("false", Some(false)),
        ("False", Some(false)),
        ("FALSE", Some(false)),
        ("tRUE", None),
        ("yes", None),
        ("1", None),
    ] {
        let document = |client: &str| format!("version: 1\nclients: {{ c: {{ {client} }} }}\n");
        let keys = format!("name,sha256,active\nk,{DIGITS}0,{word}\n");
        let files = [("policy.yaml", &*document("key_files: [ k.csv ]")), ("k.csv", &keys)];
        let in_document = document(&format!("active: {}", word.replace('"', "")));
        let folder = Folder::new(&[files[0], files[1], ("document.yaml", &in_document)]);
        let code = i32::from(expected.is_none());
        for policy in ["document.yaml", "policy.yaml"] {
            let ran = folder.run(&format!("check {policy}"));
            assert_eq!(ran.code, code, "{word} {policy} {ran:?}");
        }
        let Some(expected) = expected else { continue };
        assert_eq!(folder.policy().clients[0].keys[0].active, expected, "{word}");
        // Nothing changes where it says so already.
        let verbs = if expected { ["activate", "deactivate"] } else { ["deactivate", "activate"] };
        let [same, other] = verbs.map(|verb| format!("key {verb} --client c --name k policy.yaml"));
        let ran = folder.run(&same);
        assert_eq!((ran.code, folder.text("k.csv")), (0, keys.clone()), "{word} {ran:?}");
        let ran = folder.run(&other);
        let edited = keys.replace(word, if expected { "false" } else { "true" });
        assert_eq!((ran.code, folder.text("k.csv")), (0, edited), "{word} {ran:?}");
    }
}

/// A key with mistakes counts, and its name and its digest are taken, wherever it stands.
#[test]
fn keys_with_mistakes_are_compared_with_others() {
    let row = |rows: &str| format!("name,sha256,expires\n{rows}");
    for (keys, rows, expected, errors) in [
        // One of two rows, or both.
        (
            "",
            row(&format!("k,0{DIGITS},never\nk,1{DIGITS},\n")),
            "`k` of client `c` is given twice",
            3,
        ),
        ("", row("k,zz,\nk,zz,\n"), "`k` of client `c` is given twice", 4),
        ("", row(&format!("k,0{DIGITS},never\nl,0{DIGITS},\n")), "the same digest", 3),
        // A row and a key of the document.
        (
            "k: { sha256: zz }",
            row(&format!("k,0{DIGITS},\n")),
            "`k` of client `c` is given twice",
            3,
        ),
        // Within one mapping that is told by the mapping.
        ("k: { sha256: zz }, k: { sha256: zz }", row(""), "`k` is given twice", 4),
        // Without a name, too.
        ("", row(&format!(",0{DIGITS},\nl,1{DIGITS},\n")), "client `c` has 2 keys", 2),
        ("k: { sha256: zz }, l: {}", row(""), "client `c` has 2 keys", 3),
    ] {
        let policy = format!(
            "version: 1\nlimits: {{ keys_per_client: 1 }}\nclients: {{ c: {{ keys: {{ {keys} }}, key_files: [ k.csv ] }} }}\n"
        );
        let folder = Folder::new(&[("policy.yaml", &policy), ("k.csv", &rows)]);
        let ran = folder.run("check policy.yaml");
        let said = ran.stderr.replace("\n  | ", " ");
        assert!(said.contains(expected), "{keys} {rows}{said}");
        assert!(said.contains(&format!("{errors} errors")), "{keys} {rows}{said}");
    }
}

#[test]
fn each_further_key_of_a_name_is_told_once() {
    let policy = "version: 1\nclients: { c: { key_files: [ k.csv ] } }\n";
    for faulty in 2..6 {
        let row = |line: usize| {
            let end = if line == faulty || line == 4 { "never" } else { "" };
            format!("k,{line}{DIGITS},{end}\n")
        };
        let rows = (2..6).map(row).collect::<String>();
        let keys = format!("name,sha256,expires\n{rows}");
        let folder = Folder::new(&[("policy.yaml", policy), ("k.csv", &keys)]);
        let said = folder.run("check policy.yaml --format github").stdout;
        let told = |line: usize| {
            let place = format!("line={line},");
            said.lines().filter(|one| one.contains(&place) && one.contains("given twice")).count()
        };
        assert_eq!([2, 3, 4, 5].map(told), [0, 1, 1, 1], "{faulty} {said}");
    }
}

#[test]
fn a_preflight_is_told_as_one_and_not_as_no_endpoint() {
    let policy = "version: 1\ngateway: { preflight: allow }\ncollections: { c: { endpoints: [ { methods: [ OPTIONS, GET ], path: /x } ] } }\n";
    let folder = Folder::new(&[("policy.yaml", policy)]);
    let request = "explain policy.yaml --method OPTIONS --host h --path /x --header origin:https://a.example --header access-control-request-method:GET";
    let ran = folder.run(request);
    assert!(ran.stdout.contains("OPTIONS `/x` on host `h` is a CORS preflight"), "{ran:?}");
}

/// An empty cell means all collections of the client, so that a key which may use none cannot be copied there.
#[test]
fn a_key_that_may_use_nothing_is_not_rotated_in_a_key_file() {
    let policy = "version: 1\ncollections:\n  a: { endpoints: [ { path: /x } ] }\n  b: { endpoints: [ { path: /y } ] }\nclients: { c: { collections: [ a ], key_files: [ k.csv ] } }\n";
    let keys = format!("name,sha256,collections\nk,{DIGITS}0,b\n");
    let folder = Folder::new(&[("policy.yaml", policy), ("k.csv", &keys)]);
    let ran = folder.run("key rotate --client c --name k --overlap 1d policy.yaml");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("the key may use no collection"), "{ran:?}");
    assert_eq!((ran.stdout.as_str(), folder.text("k.csv")), ("", keys));
}

#[test]
fn a_comment_is_bounded_whatever_a_setting_says() {
    let policy = |realm: char| {
        format!("version: 1\ngateway: {{ realm: {} }}\n", realm.to_string().repeat(80_000))
    };
    let folder = Folder::new(&[("old.yaml", &policy('a')), ("new.yaml", &policy('b'))]);
    let ran = folder.run("diff old.yaml new.yaml --markdown");
    assert!(
        ran.stdout.contains("`gateway.realm`") && ran.stdout.len() < 2_000,
        "{}",
        ran.stdout.len()
    );
}

/// The filter takes blanks and tabs off a value and nothing else.
#[test]
fn explain_takes_no_more_off_a_header_than_the_filter() {
    let policy = format!(
        "version: 1\ncollections: {{ c: {{ endpoints: [ {{ path: /x }} ] }} }}\nclients: {{ a: {{ collections: [ c ], keys: {{ k: {{ sha256: {} }} }} }} }}\n",
        policy_compiler::model::Digest::of(b"test")
    );
    let folder = Folder::new(&[("policy.yaml", &policy)]);
    for (value, expected) in [
        ("test \t", "allow granted"),
        ("test\u{a0}", "deny 401 credential_unknown"),
        ("test\u{b}", "deny 401 credential_unknown"),
        ("\u{2003}test", "deny 401 credential_unknown"),
    ] {
        let header = format!("x-api-key: {value}");
        let arguments =
            ["explain", "policy.yaml", "--host", "h", "--path", "/x", "--header", &header];
        let ran = folder.run_with(&arguments, "");
        assert!(ran.stdout.starts_with(expected), "{value:?}: {ran:?}");
    }
}

/// `echo key | sha256sum` hashes the line end, too.
#[test]
fn a_digest_of_a_key_with_its_line_end_is_told_as_one() {
    let policy = |hashed: &str| {
        let digest = policy_compiler::model::Digest::of(hashed.as_bytes());
        format!("version: 1\nclients: {{ acme: {{ keys: {{ ci: {{ sha256: {digest} }} }} }} }}\n")
    };
    for (hashed, is_told) in [
        ("NOT-A-REAL-KEY\n", true),
        ("NOT-A-REAL-KEY\r\n", true),
        ("NOT-A-REAL-KEY", false),
        ("other\n", false),
    ] {
        let folder = Folder::new(&[("policy.yaml", &policy(hashed))]);
        let ran = folder.run_with(&["key", "check", "policy.yaml"], "NOT-A-REAL-KEY\n");
        let note = "key `ci` of client `acme` has the digest of this key with a line end";
        assert_eq!(ran.stderr.contains(note), is_told, "{hashed:?} {ran:?}");
    }
}

#[test]
fn a_request_without_an_address_is_told_how_to_give_one() {
    let policy = |gateway: &str| {
        format!("version: 1\ngateway: {{ allowed_ips: [ 192.0.2.0/24 ]{gateway} }}\n")
    };
    let forwarded = policy(", client_address: { from: x-forwarded-for, trusted_hops: 1 }");
    let folder = Folder::new(&[("policy.yaml", &policy("")), ("forwarded.yaml", &forwarded)]);
    for (arguments, note) in [
        ("policy.yaml", Some("give one with `--address`")),
        ("policy.yaml --address 192.0.2.1", None),
        ("policy.yaml --address 198.51.100.1", None),
        ("forwarded.yaml --address 192.0.2.1", Some("`--header 'x-forwarded-for: ...'`")),
        ("forwarded.yaml --header x-forwarded-for:192.0.2.1", None),
    ] {
        let said = folder.run(&format!("explain {arguments} --host h --path /")).stderr;
        assert_eq!(said.contains("no address is known"), note.is_some(), "{arguments} {said}");
        assert!(said.contains(note.unwrap_or_default()), "{arguments} {said}");
    }
}

#[test]
fn keys_are_told_in_the_order_of_their_names() {
    let key = |(at, name): (usize, &str)| format!("{name}: {{ sha256: {at}{DIGITS} }}");
    let names = ["g", "c", "f", "a", "e", "b", "d"];
    let keys: Vec<String> = names.into_iter().enumerate().map(key).collect();
    let policy = format!(
        "version: 1\ncollections: {{ o: {{ base_path: /o }} }}\nclients: {{ acme: {{ collections: [ o ], keys: {{ {} }} }} }}\n",
        keys.join(", ")
    );
    let folder = Folder::new(&[("policy.yaml", &policy)]);
    let said = folder.run("who-can policy.yaml --method GET --path /o").stdout;
    assert!(said.contains("client acme, 7 keys: a, b, c, d, e … and 2 more"), "{said}");
}

/// `6 in 1 rules` told nobody of what it was the number.
#[test]
fn ranges_are_told_as_what_they_are() {
    for (gateway, expected) in
        [("{}", "none"), ("{ blocked_ips: [ 192.0.2.1 ] }", "allowed or not, in 1 rule\n")]
    {
        let folder = Folder::new(&[("policy.yaml", &format!("version: 1\ngateway: {gateway}\n"))]);
        let said = folder.run("compile policy.yaml -o policy.table").stdout;
        let line = said.lines().find(|line| line.starts_with("IP ranges")).unwrap_or_default();
        assert!(format!("{line}\n").contains(expected), "{said}");
    }
}

#[test]
fn a_document_in_the_place_of_a_table_is_told_as_one() {
    let spoiled = format!("{}PCT{}", char::REPLACEMENT_CHARACTER, "\0".repeat(24));
    let folder = Folder::new(&[("policy.yaml", "version: 1\n"), ("spoiled", &spoiled)]);
    let ran = folder.run("inspect spoiled");
    assert!(ran.stderr.contains("transferred as text"), "{ran:?}");
    for command in ["inspect policy.yaml", "emit envoy policy.yaml"] {
        let ran = folder.run(command);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("`portcullis compile` makes the table of it"), "{ran:?}");
    }
}

#[test]
fn credential_sources_beyond_the_most_are_counted_and_not_compared() {
    let sources = |count: usize| -> String {
        (0..count).map(|at| format!("{{ query: key-{} }}, ", at.min(9))).collect()
    };
    let told = |count| {
        let text = format!("version: 1\ngateway: {{ credentials: [ {} ] }}\n", sources(count));
        let read = load_text("policy.yaml", text, Path::new(""), &Default::default());
        read.map_or_else(|report| report.to_string(), |_| String::new())
    };
    assert_eq!(told(8), "");
    assert!(told(40).contains("there are 40 credential sources, at most 8 are looked at"));
    assert_eq!(told(40).lines().count(), 1, "{}", told(40));
}
