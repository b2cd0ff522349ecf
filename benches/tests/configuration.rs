//! How Envoy gets the filters of a bench.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use portcullis_benches::envoy::{Delivery, Setup, bytes_value, wasm};
use serde_json::{Value, json};

/// What is written: the bootstrap, and each watched file. Their size is that which was told.
fn written(delivery: Delivery) -> (Value, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let filter = |name| wasm(name, "/filter.wasm".as_ref(), &bytes_value(b"a table"));
    let setup = Setup { delivery, ..Setup::of([filter("one"), filter("two")]) };
    let bytes = setup.write(&folder.path().join("envoy.json")).unwrap();
    let read = |file: String| {
        let text = std::fs::read(folder.path().join(file)).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    };
    let watched: Vec<Value> = (0..).map_while(|number| read(format!("{number}.json"))).collect();
    let files = folder.path().read_dir().unwrap();
    let all: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(all, bytes as u64);
    (read("envoy.json".to_owned()).unwrap(), watched)
}

fn filters(bootstrap: &Value) -> &[Value] {
    let place = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters";
    bootstrap.pointer(place).unwrap().as_array().unwrap()
}

#[test]
fn filters_are_in_the_bootstrap_unless_said_otherwise() {
    let (bootstrap, watched) = written(Delivery::default());
    assert!(watched.is_empty());
    assert_eq!(bootstrap.get("memory_allocator_manager"), None);
    assert_eq!(filters(&bootstrap).len(), 3);
    assert_eq!(filters(&bootstrap)[1]["typed_config"]["config"]["name"], "two");
}

#[test]
fn watched_files_have_the_filters_and_the_bootstrap_has_only_their_places() {
    let inline = written(Delivery::default()).0;
    let (bootstrap, watched) = written(Delivery { watched_files: true, release: false });
    assert_eq!((watched.len(), filters(&bootstrap).len()), (2, 3));
    for (number, (name, file)) in ["one", "two"].iter().zip(&watched).enumerate() {
        let (own, before) = (&filters(&bootstrap)[number], &filters(&inline)[number]);
        assert_eq!((own["name"].as_str(), own.get("typed_config")), (Some(*name), None));
        let discovery = &own["config_discovery"];
        assert_eq!(discovery["type_urls"], json!([before["typed_config"]["@type"]]));
        let place = &discovery["config_source"]["path_config_source"]["path"];
        assert!(place.as_str().unwrap().ends_with(&format!("/{number}.json")), "{place}");
        let [resource] = file["resources"].as_array().unwrap().as_slice() else { panic!("{file}") };
        assert_eq!(resource["name"], *name);
        assert_eq!(resource["typed_config"], before["typed_config"]);
    }
    assert!(!bootstrap.to_string().contains("BytesValue"));
}

#[test]
fn memory_is_released_where_that_is_said() {
    let (bootstrap, watched) = written(Delivery { watched_files: false, release: true });
    assert!(watched.is_empty());
    assert!(bootstrap["memory_allocator_manager"]["bytes_to_release"].as_u64() > Some(0));
}
