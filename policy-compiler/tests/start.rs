//! `docs/start.md` is what the commands do.
//!
//! Every `$` line of its blocks is run in one shell, after what its first block says but for the installation, and
//! what it prints must stand below it;
//! `PORTCULLIS_WRITE_DOCS=1 cargo nextest run -p policy-compiler --test start` writes it there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

const PAGE: &str = "../docs/start.md";

/// Between the outputs of two commands.
const MARK: &str = "--- the next command ---";

#[test]
fn a_newcomers_way_is_what_it_says() {
    let page = fs::read_to_string(PAGE).unwrap();
    let commands: Vec<&str> =
        blocks(&page).flat_map(str::lines).filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!((7..10).contains(&commands.len()), "{commands:?}");
    let mut outputs = run(preparation(&page), &commands).into_iter();
    let mut written = String::new();
    let mut rest = page.as_str();
    for block in blocks(&page) {
        let (before, after) = rest.split_once(block).unwrap();
        written.push_str(before);
        for command in block.lines().filter(|line| line.starts_with("$ ")) {
            written.push_str(&format!("{command}\n{}", outputs.next().unwrap()));
        }
        rest = after;
    }
    written.push_str(rest);
    if std::env::var_os("PORTCULLIS_WRITE_DOCS").is_some() {
        fs::write(PAGE, &written).unwrap();
    } else {
        assert!(written == page, "the commands print something else:\n{written}");
    }
}

#[test]
fn it_is_under_ten_commands_and_ends_in_ci() {
    let page = fs::read_to_string(PAGE).unwrap();
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(commands.len() < 10, "{commands:?}");
    assert!(commands.first().unwrap().starts_with("portcullis init"));
    assert!(commands.last().unwrap().contains("review.sh"));
    assert!(commands.iter().any(|command| command.starts_with("portcullis diff")));
}

/// The command that stands there after the installation, which would take minutes: the binary is there already.
fn preparation(page: &str) -> &str {
    let block = page.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    let (install, rest) = block.split_once('\n').unwrap();
    assert_eq!(install, "cargo install --path policy-compiler");
    rest
}

/// What each command prints, both streams, without what differs in every run.
fn run(preparation: &str, commands: &[&str]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let script: String =
        commands.iter().map(|command| format!("{command}\necho '{MARK}'\n")).collect();
    let binaries = cargo_bin("portcullis").parent().map(Path::to_owned).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::iter::once(binaries).chain(std::env::split_paths(&path));
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\nset -e\n{preparation}set +e\n{script}")])
        .current_dir("..")
        .env("HOME", home.path())
        .env("PATH", std::env::join_paths(path).unwrap())
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut outputs: Vec<String> =
        printed.split(&format!("{MARK}\n")).map(without_chance).collect();
    assert_eq!(outputs.pop().as_deref(), Some(""), "the last command was run:\n{printed}");
    assert_eq!(outputs.len(), commands.len(), "{printed}");
    outputs
}

/// Keys, digests and the time are new in every run.
fn without_chance(output: &str) -> String {
    let mut text = String::new();
    for word in
        without_times(output).split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_')
    {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let digest =
            matches!(bare.len(), 32 | 64) && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let key = bare.strip_prefix("pc_live_").is_some_and(|key| key.len() == 36);
        if digest || key {
            text.push_str("...");
            text.push_str(word.strip_prefix(bare).unwrap_or_default());
        } else {
            text.push_str(word);
        }
    }
    text
}

/// The console blocks.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    page.split("```console\n").skip(1).map(|rest| rest.split_once("```").unwrap().0)
}

/// Without what looks like `2026-11-25T02:31:01Z`.
fn without_times(output: &str) -> String {
    let is_time = |text: &[u8]| {
        text.iter().zip(b"dddd-dd-ddTdd:dd:ddZ").all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            form => byte == form,
        })
    };
    let times = output.as_bytes().windows(20).filter(|text| is_time(text));
    let times = times.map(|text| std::str::from_utf8(text).unwrap());
    times.fold(output.to_owned(), |output, time| output.replace(time, "..."))
}
