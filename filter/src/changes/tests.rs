use std::convert::Infallible;

use policy_table::PlainRequest;
use policy_table::write::*;

use super::*;

const SOURCES: [CredentialSource<'_>; 5] = [
    CredentialSource::Header("x-api-key"),
    CredentialSource::Bearer,
    CredentialSource::Basic { user: "api-token" },
    CredentialSource::Query("api_key"),
    CredentialSource::Cookie("api_key"),
];

fn table(sources: &[CredentialSource<'static>], strip_credential: bool) -> Vec<u8> {
    let mut writer = TableWriter::new(Settings {
        client_address: ClientAddress::Connection,
        credentials: sources.iter().copied().collect(),
        forward: Forward {
            client: Some("x-client-id"),
            key: None,
            collection: Some("x-collection"),
        },
        strip_credential,
        unmatched: Unmatched::Allow,
        preflight: Preflight::Authorize,
        realm: "api",
        key_prefix: "pc_test",
    });
    writer.collection(Collection { name: "unused", version: "", active: true, public: true });
    writer.finish().unwrap()
}

/// The changes to a request that goes on without a client, as text.
fn changed(strip: bool, path: &str, headers: &[(&str, &str)]) -> Vec<String> {
    changed_in(Mode::Enforce, strip, path, headers)
}

fn changed_in(mode: Mode, strip: bool, path: &str, headers: &[(&str, &str)]) -> Vec<String> {
    changed_by(&table(&SOURCES, strip), mode, path, headers)
}

fn changed_by(table: &[u8], mode: Mode, path: &str, headers: &[(&str, &str)]) -> Vec<String> {
    let table = Table::from_bytes(table).unwrap();
    let headers: Vec<(&[u8], &[u8])> =
        headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let request = get(path, &headers);
    let decision = policy_table::decide(&table, &request);
    let mut made = Vec::new();
    let Some(changes) = Changes::of(table.settings(), mode) else { return made };
    let made_all = changes.make(&table, &decision, &request, |change| {
        made.push(match change {
            Change::Remove(name) => format!("-{name}"),
            Change::Replace(name, value) => format!("{name}={}", String::from_utf8_lossy(&value)),
        });
        Ok::<_, Infallible>(())
    });
    let Ok(()) = made_all;
    made
}

fn get<'a>(path: &'a str, headers: &'a [(&'a [u8], &'a [u8])]) -> PlainRequest<'a> {
    PlainRequest {
        method: b"GET",
        host: b"",
        path: path.as_bytes(),
        headers,
        address: None,
        now: 0,
    }
}

#[test]
fn a_request_without_a_credential_is_left_alone() {
    let nothing: [&str; 0] = [];
    assert_eq!(
        changed(true, "/a?b=c&d", &[("cookie", "a=b"), ("authorization", "Digest x")]),
        nothing
    );
}

#[test]
fn a_field_that_two_sources_take_is_removed_once() {
    let sources = [CredentialSource::Header("authorization"), CredentialSource::Bearer];
    let headers = [("authorization", "Bearer k")];
    let changed = changed_by(&table(&sources, true), Mode::Enforce, "/", &headers);
    assert_eq!(changed, ["-authorization"]);
}

#[test]
fn names_that_a_caller_sends_himself_are_removed() {
    assert_eq!(
        changed(true, "/", &[("x-client-id", "acme"), ("X-Collection", "")]),
        ["-x-client-id", "-x-collection"]
    );
}

#[test]
fn what_an_upstream_may_take_for_such_a_name_or_for_a_key_is_removed_once() {
    let headers = [
        ("x_client_id", "acme"),
        ("X_Client_Id", "acme"),
        ("x.client-id", "acme"),
        ("x_api_key", "k"),
        ("x_client_in", "acme"),
        ("x_client_id_", "acme"),
        ("x\u{e9}lient_id", "acme"),
    ];
    assert_eq!(changed(true, "/", &headers), ["-x_client_id", "-x.client-id", "-x_api_key"]);
    let expected = ["-x_client_id", "-x.client-id"];
    assert_eq!(changed_in(Mode::Shadow, true, "/", &headers), expected);
}

#[test]
fn what_grpc_gateway_takes_for_such_a_name_is_removed() {
    let headers = [
        ("grpc-metadata-x-client-id", "acme"),
        ("Grpc-Metadata-X-Collection", "orders"),
        ("grpc-metadata-x-api-key", "k"),
        ("grpc-metadata-x-client-ix", "acme"),
    ];
    let expected = ["-grpc-metadata-x-client-id", "-Grpc-Metadata-X-Collection"];
    for mode in [Mode::Enforce, Mode::Shadow] {
        assert_eq!(changed_in(mode, true, "/", &headers), expected);
    }
}

#[test]
fn what_is_like_one_header_and_is_another_is_removed_once() {
    let sources = [CredentialSource::Header("x-api-key"), CredentialSource::Header("x_api_key")];
    let headers = [("x_api_key", "k"), ("x-api-key", "k")];
    let changed = changed_by(&table(&sources, true), Mode::Enforce, "/", &headers);
    assert_eq!(changed, ["-x-api-key", "-x_api_key"]);
}

#[test]
fn dashes_are_like_the_other_marks_of_a_header() {
    let headers = [("x-api-key", "k"), ("x-api-kee", "l")];
    let source = [CredentialSource::Header("x_api_key")];
    let changed = changed_by(&table(&source, true), Mode::Enforce, "/", &headers);
    assert_eq!(changed, ["-x-api-key"]);
}

#[test]
fn fields_with_odd_names_alone_may_be_taken_for_others() {
    let lookalikes = Lookalikes::of([].into_iter(), [].into_iter(), true);
    let may_be = |name: &str| lookalikes.may_be_in(&get("/", &[(name.as_bytes(), b"")]));
    for name in ["x-forwarded-proto", "x-forwarded-host", "x-api_key", ":authority", "script-name"]
    {
        assert!(!may_be(name), "{name}");
    }
    for name in ["script_name", "Script_Name", "x_forwarded_host", "x-http.method", "X-Http-Method"]
    {
        assert!(may_be(name), "{name}");
    }
}

#[test]
fn a_credential_leaves_and_nothing_else_does() {
    for (path, headers, expected) in [
        ("/", &[("x-api-key", "k"), ("x-api-key", "l")][..], &["-x-api-key"][..]),
        ("/", &[("authorization", "bearer k")], &["-authorization"]),
        ("/", &[("authorization", "Basic YXBpLXRva2VuOms=")], &["-authorization"]),
        ("/", &[("authorization", "Basic b3RoZXI6aw==")], &[]),
        (
            "/",
            &[("authorization", "Bearer k"), ("authorization", "Basic YXBpLXRva2VuOms=")],
            &["-authorization"],
        ),
        ("/", &[("cookie", "api_key=k")], &["-cookie"]),
        ("/", &[("cookie", "a=b; api_key=k;c=\"d e\"")], &["cookie=a=b; c=\"d e\""]),
        ("/", &[("cookie", "api_key=k"), ("cookie", "a=b")], &["cookie=a=b"]),
        ("/a?api_key=k", &[], &[":path=/a"]),
        ("/a?x=1&api_key=k&y=%20&&api%5fkey=l&z", &[], &[":path=/a?x=1&y=%20&&z"]),
        ("/a?xapi_key=k", &[], &[]),
        ("/a/api_key=k", &[], &[]),
    ] {
        assert_eq!(changed(true, path, headers), expected, "{path} {headers:?}");
    }
}

#[test]
fn of_a_request_that_is_denied_the_key_leaves_the_query_alone() {
    let headers: &[(&[u8], &[u8])] = &[(b"x-api-key", b"k"), (b"x-client-id", b"acme")];
    for (strip, mode, path, expected) in [
        (true, Mode::Enforce, "/a?api_key=k&b", Some("/a?b")),
        (true, Mode::Enforce, "/a?b", None),
        (false, Mode::Enforce, "/a?api_key=k&b", None),
        (true, Mode::Shadow, "/a?api_key=k&b", None),
    ] {
        let table = table(&SOURCES, strip);
        let table = Table::from_bytes(&table).unwrap();
        let request = get(path, headers);
        let changes = Changes::of(table.settings(), mode).unwrap();
        let expected = expected.map(|path| Change::Replace(":path", path.as_bytes().into()));
        assert_eq!(changes.to_denied(&table, &request), expected, "{strip} {mode:?} {path}");
    }
}

#[test]
fn a_credential_stays_where_the_document_says_so() {
    let nothing: [&str; 0] = [];
    assert_eq!(
        changed(false, "/a?api_key=k", &[("x-api-key", "k"), ("cookie", "api_key=k")]),
        nothing
    );
}

#[test]
fn in_shadow_mode_the_credential_stays_and_forged_names_go() {
    let headers = [("x-api-key", "k"), ("x-client-id", "forged")];
    assert_eq!(changed_in(Mode::Shadow, true, "/a?api_key=k", &headers), ["-x-client-id"]);
}

/// Servers that run applications take it for what their proxy says.
#[test]
fn what_a_server_takes_off_a_path_cannot_be_sent() {
    let sent = [
        ("SCRIPT_NAME", "/a"),
        ("script_name", "/b"),
        ("X_HTTP.Method-Override", "DELETE"),
        ("X_Method_Override", "DELETE"),
        ("x_script_name", "/a"),
    ];
    let others =
        [("script-name", "/a"), ("x-script-name", "/b"), ("x-http-method-override", "PUT")];
    for strip in [true, false] {
        assert_eq!(
            changed(strip, "/", &sent),
            ["-SCRIPT_NAME", "-X_HTTP.Method-Override", "-X_Method_Override", "-x_script_name"]
        );
        assert_eq!(changed(strip, "/", &others), [""; 0]);
    }
    assert_eq!(changed_in(Mode::Shadow, true, "/", &sent), [""; 0]);
}
