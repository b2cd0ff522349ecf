//! What is known of a module's branches stands in it where an engine looks for it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a panic is a failed test"
)]

use portcullis_branches::{Profile, Way, functions, with_hints};
use wasmparser::{KnownCustom, Parser, Payload, Validator};

const MODULE: &str = r#"(module
    (import "env" "log" (func $log (param i32)))
    (func $first (param i32) (result i32)
        (block (br_if 0 (local.get 0)) (if (local.get 0) (then (call $log (i32.const 7)))))
        (i32.const 1))
    (func (export "second") (param i32) (call $log (i32.const 9)) (drop (call $first (local.get 0))))
    (@custom "other" "kept"))"#;

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// Function, offset and hint of each branch in a module that says which way they go.
fn hints(module: &[u8]) -> Vec<(u32, u32, bool)> {
    let (mut found, mut code_follows) = (Vec::new(), false);
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::CustomSection(section) => {
                let KnownCustom::BranchHints(functions) = section.as_known() else { continue };
                assert!(!code_follows, "the section stands after the code");
                for function in functions {
                    let function = function.unwrap();
                    for hint in function.hints {
                        let hint = hint.unwrap();
                        found.push((function.func, hint.func_offset, hint.taken));
                    }
                }
            }
            Payload::CodeSectionStart { .. } => code_follows = true,
            _ => {}
        }
    }
    found
}

fn profile_of(module: &[u8], ways: Vec<Option<Way>>) -> Profile {
    let mut profile = Profile::default();
    let first = &functions(module).unwrap()[0];
    profile.insert(first.fingerprint.as_ref().unwrap(), ways);
    profile
}

#[test]
fn a_hint_stands_where_its_branch_does() {
    let module = wasm(MODULE);
    let [first, second] = &functions(&module).unwrap()[..] else { panic!("two functions") };
    assert_eq!((first.index, second.index), (1, 2));
    // No locals, `block`, `local.get 0`, `br_if 0`, `local.get 0`, `if`.
    assert_eq!(first.branches, [5, 9]);
    let profile = profile_of(&module, vec![Some(Way::NotTaken), Some(Way::Taken)]);
    let hinted = with_hints(&module, &profile).unwrap();
    assert_eq!(hinted.hints, 2);
    assert_eq!(hints(&hinted.module), [(1, 5, false), (1, 9, true)]);
    Validator::new().validate_all(&hinted.module).unwrap();
    assert_eq!(functions(&hinted.module).unwrap(), functions(&module).unwrap());
    assert!(hinted.module.windows(4).any(|bytes| bytes == b"kept"));
}

#[test]
fn hints_are_replaced_and_not_added() {
    let module = wasm(MODULE);
    let [before, after] = [Way::Taken, Way::NotTaken].map(|way| {
        let profile = profile_of(&module, vec![None, Some(way)]);
        move |module: &[u8]| with_hints(module, &profile).unwrap().module
    });
    assert_eq!(hints(&after(&before(&module))), [(1, 9, false)]);
    let none = with_hints(&before(&module), &Profile::default()).unwrap();
    assert_eq!((none.hints, none.module), (0, module));
}

#[test]
fn a_function_is_known_wherever_it_stands_and_not_when_it_has_changed() {
    let fingerprint =
        |text: &str, name: usize| functions(&wasm(text)).unwrap()[name].fingerprint.clone();
    let first = fingerprint(MODULE, 0);
    let moved = MODULE.replace("(func $first", "(func (result i64) (i64.const 3)) (func $first");
    assert_eq!(fingerprint(&moved, 1), first);
    let other_address = MODULE.replace("i32.const 7", "i32.const 70000");
    assert_eq!(fingerprint(&other_address, 0), first);
    let changed = MODULE.replace("(if (local.get 0)", "(if (i32.eqz (local.get 0))");
    assert_ne!(fingerprint(&changed, 0), first);
}

#[test]
fn of_functions_that_do_the_same_nothing_is_said() {
    let twice = r#"(module
        (func (param i32) (if (local.get 0) (then)))
        (func (param i32) (if (local.get 0) (then))))"#;
    let functions = functions(&wasm(twice)).unwrap();
    assert!(functions.iter().all(|function| function.fingerprint.is_none()));
}

#[test]
fn a_profile_is_written_as_it_is_read() {
    let text = "function,branches\n0123456789abcdef,-01\nfedcba9876543210,1\n";
    let profile = Profile::read(text).unwrap();
    assert_eq!(profile.to_string(), text);
    assert_eq!(profile.count(), 3);
    assert!(profile.get("0123456789abcdef", 3).is_some());
    assert!(profile.get("0123456789abcdef", 2).is_none());
    for (text, message) in [
        ("", "line 1: expected `function,branches`"),
        ("function,branches\n0123\n", "line 2: expected a function, a comma and its branches"),
        ("function,branches\na,1\nb,2\n", "line 3: expected a function"),
    ] {
        let error = format!("{:#}", Profile::read(text).unwrap_err());
        assert!(error.contains(message), "{error}");
    }
}
