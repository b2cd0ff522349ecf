//! Removes from a linked filter what no proxy should enter.
//!
//! A host calls every callback that a module exports, for each request, and each entry costs time even where it does
//! nothing. The SDK exports all callbacks of the ABI, so the unused ones are removed from the finished module, and
//! with them the code that only they reached.

use anyhow::{Context, Result, bail};
use walrus::ModuleConfig;

use crate::flavour::Flavour;

/// What a host needs of the filter. Anything else would be entered for nothing or reached by nobody.
const KEPT: [&str; 10] = [
    "memory",                   // the host reads and writes it
    "proxy_on_memory_allocate", // how the host gets room: the filter's own, not the SDK's `malloc`, which traps
    "_initialize",              // static initialisation ...
    "_start",                   // ... by either of its two names
    "proxy_abi_version_0_2_1",  // says which ABI this is
    "proxy_on_vm_start",        // the callbacks that the filter uses
    "proxy_on_configure",
    "proxy_on_tick",
    "proxy_on_request_headers",
    "proxy_on_request_trailers", // which few requests have
];

/// Entered for every stream: kept where the host cannot be asked whose a stream is.
const STREAM_BEGINS: &str = "proxy_on_context_create";

/// Callbacks that the filter has itself, in place of the SDK's: its name of each, and the host's.
const OWN: [(&str, &str); 6] = [
    ("portcullis_on_context_create", STREAM_BEGINS),
    ("portcullis_on_vm_start", "proxy_on_vm_start"),
    ("portcullis_on_configure", "proxy_on_configure"),
    ("portcullis_on_tick", "proxy_on_tick"),
    ("portcullis_on_request_headers", "proxy_on_request_headers"),
    ("portcullis_on_request_trailers", "proxy_on_request_trailers"),
];

/// Without these, and the callbacks in [`OWN`], the module is no filter.
const NEEDED: [&str; 3] = ["memory", "proxy_on_memory_allocate", "proxy_abi_version_0_2_1"];

/// The same module with the exports of [`KEPT`] alone, and nothing that they do not reach.
pub(crate) fn slim(module: &[u8], flavour: Flavour) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_producers_section(false)
        .parse(module)
        .context("the linked filter is not a WebAssembly module")?;
    for name in NEEDED {
        if !module.exports.iter().any(|export| export.name == name) {
            bail!(
                "the linked filter does not export `{name}`; is its crate type `cdylib` and its entry point compiled in?"
            );
        }
    }
    for (own, name) in OWN {
        rename(&mut module, own, name)?;
    }
    let is_kept = |name: &str| {
        KEPT.contains(&name) || (name == STREAM_BEGINS && flavour == Flavour::Portable)
    };
    let unused: Vec<_> = module
        .exports
        .iter()
        .filter(|export| !is_kept(&export.name))
        .map(walrus::Export::id)
        .collect();
    for export in unused {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// Gives the filter's own callback the name, and takes it from the SDK's.
fn rename(module: &mut walrus::Module, own: &str, name: &str) -> Result<()> {
    let find = |wanted: &str| module.exports.iter().find(|export| export.name == wanted);
    let (Some(own), Some(sdk)) = (find(own), find(name)) else {
        bail!("the linked filter does not export both `{own}` and `{name}`");
    };
    let (own, sdk, item) = (own.id(), sdk.id(), own.item);
    module.exports.delete(own);
    module.exports.get_mut(sdk).item = item;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTER: &str = r#"(module
        (memory (export "memory") 1)
        (global (export "__heap_base") i32 (i32.const 1024))
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) unreachable)
        (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 0))
        (func (export "proxy_on_context_create") (param i32 i32))
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
        (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))
        (func (export "portcullis_on_context_create") (param i32 i32) (drop (i32.const 2)))
        (func (export "portcullis_on_request_headers") (param i32 i32 i32) (result i32)
            (i32.const 1))
        (func (export "proxy_on_request_trailers") (param i32 i32) (result i32) (i32.const 0))
        (func (export "portcullis_on_request_trailers") (param i32 i32) (result i32) (i32.const 0))
        (func (export "portcullis_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
        (func (export "portcullis_on_configure") (param i32 i32) (result i32) (i32.const 1))
        (func (export "portcullis_on_tick") (param i32))
        (func (export "proxy_on_tick") (param i32) (call $only_of_the_sdk))
        (func $only_of_the_sdk unreachable)
        (func (export "proxy_on_log") (param i32) (call $only_for_the_log))
        (func $only_for_the_log (drop (i32.const 123456789)))
    )"#;

    #[test]
    fn only_the_kept_exports_and_what_they_reach_remain() {
        let always = [
            "memory",
            "proxy_abi_version_0_2_1",
            "proxy_on_configure",
            "proxy_on_memory_allocate",
            "proxy_on_request_headers",
            "proxy_on_request_trailers",
            "proxy_on_tick",
            "proxy_on_vm_start",
        ];
        let with_streams = [&always[..], &[STREAM_BEGINS]].concat();
        for (flavour, mut expected) in
            [(Flavour::Lean, always.to_vec()), (Flavour::Portable, with_streams)]
        {
            let slim = slim(&wat::parse_str(FILTER).unwrap(), flavour).unwrap();
            let module = walrus::Module::from_buffer(&slim).unwrap();
            let mut names: Vec<_> =
                module.exports.iter().map(|export| export.name.as_str()).collect();
            names.sort_unstable();
            expected.sort_unstable();
            assert_eq!(names, expected);
            assert_eq!(module.funcs.iter().count(), expected.len() - 1, "memory is no function");
        }
    }

    #[test]
    fn the_same_module_gives_the_same_bytes() {
        let linked = wat::parse_str(FILTER).unwrap();
        for flavour in Flavour::ALL {
            assert_eq!(slim(&linked, flavour).unwrap(), slim(&linked, flavour).unwrap());
        }
    }

    #[test]
    fn a_module_that_is_no_filter_is_refused() {
        let error = slim(&wat::parse_str("(module)").unwrap(), Flavour::Lean).unwrap_err();
        assert!(error.to_string().contains("does not export `memory`"), "{error}");
    }
}
