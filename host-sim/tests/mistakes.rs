//! What a stranger tries first: files that are not what they should be, and modules that misbehave.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::process::{Command, Output};

use common::{on_request_headers, text};
use tempfile::TempDir;

/// A folder with `module.wasm`, `cases.yaml`, and one more file.
fn folder(module: &str, cases: &str, name: &str, content: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write =
        |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    write("module.wasm", &wat::parse_str(text(module)).unwrap());
    write("cases.yaml", cases.as_bytes());
    write(name, content);
    folder
}

fn host_sim(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-sim"));
    command.args(arguments).current_dir(folder.path()).output().unwrap()
}

/// Exit status, and everything on standard error.
fn complaint(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

const ONE_CASE: &str = "cases: [{ name: x }]";

#[test]
fn every_verb_says_what_a_file_is_that_is_no_module() {
    let component = b"\0asm\x0d\0\x01\0";
    for (content, found) in [
        (b"".as_slice(), "an empty file"),
        (b"hello", "`hell`"),
        (b"\0as", "`\\x00as`"),
        (
            b"\n(module)",
            "a module as text; bring it into the binary format first, with wat2wasm for instance",
        ),
        (component, "a component; build a core module"),
    ] {
        let folder = folder("", ONE_CASE, "other", content);
        let expected = format!(
            "error: other: not a WebAssembly module: expected a file that begins with `\\0asm`, found {found}"
        );
        for verb in [
            ["run", "other", "--cases", "cases.yaml"],
            ["bench", "other", "--cases", "cases.yaml"],
            ["torment", "other", "--cases", "cases.yaml"],
            ["serve", "other", "--upstream", "127.0.0.1:1"],
        ] {
            assert_eq!(complaint(&host_sim(&folder, &verb)), (1, expected.clone()), "{verb:?}");
        }
        assert_eq!(complaint(&host_sim(&folder, &["inspect", "other"])), (2, expected));
    }
    let cut = wat::parse_str(text("")).unwrap();
    let folder = folder("", ONE_CASE, "cut.wasm", &cut[..cut.len() / 2]);
    let (code, said) = complaint(&host_sim(&folder, &["run", "cut.wasm", "--cases", "cases.yaml"]));
    assert_eq!(code, 1);
    assert!(said.contains("cut.wasm: not a valid WebAssembly module"), "{said}");
}

#[test]
fn every_verb_says_what_is_wrong_with_a_case_file() {
    for (content, expected) in [
        ("", "other:1:1: the file ends here: expected `cases:` and a list"),
        (
            "cases:\n  - \u{80}",
            "other:2: expected text in UTF-8, found the byte `\\xff`; write bytes as `{ hex: … }`",
        ),
        ("cases: []", "other: there are no cases in it"),
        ("- x", "other:1:1: expected fields, each a name with a colon and a value\n    - x\n    ^"),
        (
            "cases: [{ name: a, name: b }]",
            "other:1:20: `name` stands twice\n    cases: [{ name: a, name: b }]\n                       ^",
        ),
    ] {
        // No text can hold a byte that is not UTF-8.
        let content: Vec<u8> =
            content.chars().map(|c| if c == '\u{80}' { 0xff } else { c as u8 }).collect();
        let folder = folder("", ONE_CASE, "other", &content);
        for verb in ["run", "bench", "torment"] {
            let (code, said) =
                complaint(&host_sim(&folder, &[verb, "module.wasm", "--cases", "other"]));
            assert_eq!((code, said), (2, format!("error: {expected}")), "{verb}");
        }
    }
}

#[test]
fn an_upstream_without_a_port_is_refused_before_anything_starts() {
    let folder = folder("", ONE_CASE, "other", b"");
    for (upstream, more) in [
        ("x", ""),
        ("x:", ""),
        (":1", ""),
        ("x:0", ""),
        ("x:70000", ""),
        ("::1:80", ""),
        ("x:1/a", ""),
        ("http://127.0.0.1:1", ": write `127.0.0.1:1`"),
        ("http://[::1]:1/a?b", ": write `[::1]:1`"),
        ("http://x/", ": write `x:80`"),
        ("http://", ", without scheme and path"),
        ("https://x:1", ": it is asked by plain HTTP"),
    ] {
        let (code, said) =
            complaint(&host_sim(&folder, &["serve", "module.wasm", "--upstream", upstream]));
        assert_eq!(code, 2);
        let expected = format!(
            "expected a host and a port, such as `localhost:9000`, `192.0.2.1:9000` or `[::1]:9000`{more}\n"
        );
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn a_module_that_loops_is_ended_and_named() {
    let module = on_request_headers("(loop (br 0)) (i32.const 0)");
    let folder = folder(&module, "cases: [{ name: x, expect: { continued: true } }]", "other", b"");
    let run = ["run", "module.wasm", "--cases", "cases.yaml", "--deadline"];
    let (code, said) = complaint(&host_sim(&folder, &[run.as_slice(), &["soon"]].concat()));
    assert_eq!(code, 2);
    assert!(said.contains("expected a length of time, such as `100ms` or `2s`"), "{said}");
    let output = host_sim(&folder, &[run.as_slice(), &["50ms"]].concat());
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("trapped") && shown.contains("proxy_on_request_headers"), "{shown}");
    assert!(shown.contains("deadline"), "{shown}");
}

#[test]
fn a_header_of_two_mib_goes_through() {
    // The size of the value, in pages of 64 KiB, is what is logged.
    let module = format!(
        r#"(func (export "malloc") (param i32) (result i32)
            (drop (memory.grow (i32.const 64))) (i32.const 262144))
        (data (i32.const 1024) "x-big") {}"#,
        on_request_headers(
            "(drop (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))
             (call $note (i32.shr_u (i32.load (i32.const 104)) (i32.const 16)))
             (i32.const 0)"
        )
    );
    let cases = format!(
        "cases:\n  - name: x\n    request: {{ headers: [[x-big, {}]] }}\n    expect: {{ continued: true, log: P }}\n",
        "a".repeat(2 << 20)
    );
    let folder = folder(&module, &cases, "other", b"");
    let output = host_sim(&folder, &["run", "module.wasm", "--cases", "cases.yaml"]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}{:?}", complaint(&output).1);
}

#[test]
fn a_module_without_sections_is_shown() {
    let folder = folder("", ONE_CASE, "bare.wasm", b"\0asm\x01\0\0\0");
    let output = host_sim(&folder, &["inspect", "bare.wasm"]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("ABI version  none: no proxy loads this module"), "{shown}");
    assert!(shown.contains("sections     none\n"), "{shown}");
}

#[test]
fn giant_and_wicked_texts_are_shown_in_part_and_escaped() {
    // 70,000 bytes of details, the first of which a terminal would obey.
    let module = format!(
        "(data (i32.const 1024) \"\\1b[31m\") {}",
        on_request_headers(
            "(memory.fill (i32.const 1029) (i32.const 97) (i32.const 70000))
             (drop (call $log (i32.const 2) (i32.const 1024) (i32.const 70000)))
             (drop (call $send_local_response (i32.const 403) (i32.const 1024) (i32.const 70000)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
             (i32.const 1)"
        )
    );
    let cases = "cases: [{ name: x, expect: { status: 200 } }]";
    let folder = folder(&module, cases, "other", b"");
    let output = host_sim(&folder, &["run", "module.wasm", "--cases", "cases.yaml"]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{}", complaint(&output).1);
    assert!(shown.contains("  \\u{1b}[31maaa") && shown.contains("    log info: \\u{1b}[31maaa"));
    assert!(shown.len() < 20_000 && !shown.contains('\u{1b}'), "{}", shown.len());
}

#[test]
fn a_mistake_far_to_the_right_is_shown() {
    let cases = format!("cases: [{{ name: {}, nam: y }}]", "a".repeat(70_000));
    let folder = folder("", ONE_CASE, "other", cases.as_bytes());
    let (code, said) = complaint(&host_sim(&folder, &["run", "module.wasm", "--cases", "other"]));
    assert_eq!(code, 2);
    assert!(said.starts_with("error: other:1:70019: "), "{said}");
    let (line, mark) = said.rsplit_once('\n').unwrap();
    let line = line.rsplit_once('\n').unwrap().1;
    let place = mark.chars().position(|character| character == '^').unwrap();
    assert_eq!(line.chars().skip(place).take(3).collect::<String>(), "nam", "{said}");
    assert!(line.chars().count() < 250);
}
