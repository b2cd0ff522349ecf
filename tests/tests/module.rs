//! The finished filter: a host enters every callback that a module exports, so it exports what it uses and no more.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use portcullis_tests::places;
use wasmparser::{Parser, Payload};

#[test]
fn it_exports_what_it_uses_and_no_more() {
    let mut exports = names(|payload| match payload {
        Payload::ExportSection(section) => {
            section.into_iter().map(|export| export.unwrap().name.to_owned()).collect()
        }
        _ => Vec::new(),
    });
    exports.retain(|name| name != "_initialize" && name != "_start");
    exports.sort();
    let expected = [
        "memory",
        "proxy_abi_version_0_2_1",
        "proxy_on_configure",
        "proxy_on_context_create",
        "proxy_on_memory_allocate",
        "proxy_on_request_headers",
        "proxy_on_tick",
        "proxy_on_vm_start",
    ];
    assert_eq!(exports, expected);
}

#[test]
fn it_holds_no_folder_of_the_machine_that_built_it() {
    let bytes = std::fs::read(places::filter().unwrap()).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let folder = places::root().display().to_string();
    assert!(!text.contains(&folder), "{folder}");
    assert!(!text.contains("/.cargo/registry"));
}

fn names(read: impl Fn(Payload<'_>) -> Vec<String>) -> Vec<String> {
    let bytes = std::fs::read(places::filter().unwrap()).unwrap();
    Parser::new(0).parse_all(&bytes).flat_map(|payload| read(payload.unwrap())).collect()
}
