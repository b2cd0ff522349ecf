use std::collections::BTreeSet;

use super::*;

#[test]
fn the_shortest_configuration() {
    insta::assert_snapshot!(bootstrap(b"table", &options()));
}

#[test]
fn every_option_at_once() {
    let options = Options {
        filter: Filter {
            module: PathBuf::from("/etc/envoy/a \"quoted\" name.wasm"),
            settings: Settings::Json(FIELDS),
        },
        listen: "[::1]:8443".parse().unwrap(),
        upstream: "orders.internal:8080".parse().unwrap(),
        admin: Some("127.0.0.1:9901".parse().unwrap()),
        proxy_protocol: true,
        client_address: ClientAddress::XForwardedFor { trusted_hops: 1 },
        watched: None,
    };
    insta::assert_snapshot!(bootstrap(b"table", &options));
}

#[test]
fn the_page_names_every_header_that_no_upstream_gets() {
    let page = include_str!("../../../../docs/envoy.md").to_ascii_lowercase();
    let text = bootstrap(b"table", &options());
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.trim_start().strip_prefix("- remove: ")).collect();
    // The filter removes what is like the overrides. The last ones are Envoy's own.
    let of_envoy = ["x-envoy-original-path", "x-envoy-original-dst-host"];
    let of_table = policy_table::OVERRIDES.into_iter().chain(policy_table::OTHER_TARGETS);
    let known: BTreeSet<&str> = of_table.chain(of_envoy).collect();
    assert_eq!(names.iter().copied().collect::<BTreeSet<_>>(), known);
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn no_placeholder_is_left() {
    assert!(!bootstrap(b"table", &options()).contains("{{"));
}

#[test]
fn a_value_is_no_part_of_the_template() {
    let module = PathBuf::from("/{{upstream}}/{{admin}}\n.wasm");
    let filter = Filter { module, settings: Settings::Bytes };
    let text = bootstrap(b"table", &Options { filter, ..options() });
    assert!(text.contains("/{{upstream}}/{{admin}}"), "{text}");
}

#[test]
fn an_upstream_is_a_host_and_a_port() {
    for text in ["127.0.0.1:8080", "[::1]:80", "orders.internal:8080"] {
        assert!(text.parse::<Upstream>().is_ok(), "{text}");
    }
    for text in [
        "",
        "orders",
        ":80",
        "orders:",
        "orders:0",
        "orders:99999",
        "a\"b:80",
        "http://orders:80/",
        "a:b:80",
        "::1:80",
        "[a]:80",
    ] {
        assert!(text.parse::<Upstream>().is_err(), "{text}");
    }
}

#[test]
fn a_filter_in_a_watched_file() {
    let watched =
        |file: &str| bootstrap(b"table", &Options { watched: Some(file.into()), ..options() });
    insta::assert_snapshot!(watched("/etc/envoy/portcullis.yaml"));
    assert!(watched("portcullis.yaml").contains("watched_directory: { path: \".\" }"));
    insta::assert_snapshot!(resource(b"table", &filter(Settings::Json(FIELDS))));
}

const FIELDS: Fields = Fields { mode: Mode::Shadow, filter_state: true, client_metrics: 100 };

fn filter(settings: Settings) -> Filter {
    Filter { module: PathBuf::from("target/portcullis.wasm"), settings }
}

fn options() -> Options {
    Options {
        filter: filter(Settings::Bytes),
        watched: None,
        listen: "127.0.0.1:10000".parse().unwrap(),
        upstream: "127.0.0.1:8080".parse().unwrap(),
        admin: None,
        proxy_protocol: false,
        client_address: ClientAddress::Connection,
    }
}
