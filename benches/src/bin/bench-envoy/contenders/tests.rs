#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use portcullis_benches::envoy_plots;

use super::*;
use crate::floor::Variant;

fn world() -> World {
    World {
        filter: "/filter.wasm".into(),
        floor: "/floor.wasm".into(),
        authorizer: ([127, 0, 0, 1], 1).into(),
        tokens: Tokens::new().unwrap(),
    }
}

fn size(contender: Contender, keys: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    contender.setup(&world(), keys).unwrap().write(&folder.path().join("envoy.json")).unwrap()
}

#[test]
fn a_configuration_grows_with_its_keys_where_they_are_in_it() {
    // Bytes a key: what each contender writes for one.
    let expected = [
        (Contender::None, 0),
        (Contender::Floor, 0),
        (Contender::ApiKeyAuth, 77),
        (Contender::RbacPolicies, 387),
        (Contender::RbacMatcher, 597),
        (Contender::ExtAuthz, 0),
    ];
    for (contender, bytes) in expected {
        let grown = (size(contender, 2_000) - size(contender, 1_000)) / 1_000;
        assert!(grown.abs_diff(bytes) <= 2, "{}: {grown} bytes a key", contender.name());
    }
    // A table in base64: a digest and what belongs to it, not the key.
    let grown =
        (size(Contender::PortcullisKeys, 2_000) - size(Contender::PortcullisKeys, 1_000)) / 1_000;
    assert!((24..48).contains(&grown), "{grown} bytes a key");
}

#[test]
fn only_the_filter_of_portcullis_has_no_key_in_clear_text() {
    let has_keys = |contender: Contender| {
        let setup = contender.setup(&world(), 20).unwrap();
        serde_json::to_string(&setup.filters).unwrap().contains(&key(7))
    };
    for contender in
        [Contender::ApiKeyAuth, Contender::RbacPolicies, Contender::RbacMatcher, Contender::Lua]
    {
        assert!(has_keys(contender), "{}", contender.name());
    }
    assert!(!has_keys(Contender::Portcullis));
}

#[test]
fn each_contender_is_asked_what_it_can_tell_apart() {
    let world = world();
    let asked = |contender: Contender| -> Vec<u16> {
        let requests =
            Kind::ALL.into_iter().filter_map(|kind| contender.requests(&world, 50, kind));
        requests.map(|requests| requests.status).collect()
    };
    assert_eq!(asked(Contender::None), [200]);
    assert_eq!(asked(Contender::Portcullis), [200, 401, 403]);
    assert_eq!(asked(Contender::ApiKeyAuth), [200, 401]);
    assert_eq!(asked(Contender::RbacPolicies), [200, 200, 401, 403]);
    assert_eq!(asked(Contender::RbacMatcher), [200, 403, 403]);
}

#[test]
fn the_pictures_show_every_contender_and_variant() {
    let with_filter = Contender::ALL.into_iter().filter(|contender| *contender != Contender::None);
    let shown = envoy_plots::CONTENDERS.map(|(name, _)| name);
    assert_eq!(with_filter.map(Contender::name).collect::<Vec<_>>(), shown);
    assert_eq!(Variant::ALL.map(Variant::name), envoy_plots::VARIANTS);
}

#[test]
fn the_page_names_every_contender_and_what_it_does() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/bench-envoy.md");
    let page = std::fs::read_to_string(page).unwrap();
    for contender in Contender::ALL {
        let line = format!("| `{}` | {} |", contender.name(), contender.about());
        assert!(page.contains(&line), "missing in docs/bench-envoy.md: {line}");
    }
}
