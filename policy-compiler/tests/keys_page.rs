//! `docs/keys.md` shows what the commands print: all of its commands are run, in their order.
//!
//! `PORTCULLIS_WRITE_DOCS=1 cargo nextest run -p policy-compiler keys_page` writes what is printed
//! into the page, to be reviewed with the change.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod support;

use std::fmt::Write as _;
use std::fs;

use policy_compiler::command::tree;
use policy_compiler::model::Digest;
use support::Folder;

const PAGE: &str = "../docs/keys.md";

#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string(PAGE).unwrap();
    let folder = Folder::new(&[
        ("policy.yaml", block(&page, "yaml")),
        ("globex.csv", block(&page, "csv")),
        ("their.key", "NOT-A-REAL-KEY-0001\n"),
        ("mistyped.key", "pc_live_NOT-A-REAL-KEY\n"),
    ]);
    let mut shown = String::new();
    let mut in_block = false;
    for line in page.lines() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            // What was printed is printed again.
            _ if in_block && !line.starts_with("$ ") => continue,
            _ => {}
        }
        shown.push_str(&format!("{line}\n"));
        if let Some(command) = line.strip_prefix("$ portcullis ").filter(|_| in_block) {
            shown.push_str(&run(&folder, command));
        }
    }
    let shown = with_commands(&shown);
    if std::env::var_os("PORTCULLIS_WRITE_DOCS").is_some() {
        fs::write(PAGE, &shown).unwrap();
    }
    assert_eq!(fs::read_to_string(PAGE).unwrap(), shown);
}

/// What a command prints, first to stderr; a key and its digest made unrecognizable.
fn run(folder: &Folder, command: &str) -> String {
    let (command, output) = command.split_once(" > ").unwrap_or((command, ""));
    let (command, input) = command.split_once(" < ").unwrap_or((command, ""));
    let input = if input.is_empty() { String::new() } else { folder.text(input) };
    let ran = folder.run_with(&command.split_whitespace().collect::<Vec<&str>>(), &input);
    let mut printed = ran.stderr;
    if output.is_empty() {
        printed.push_str(&ran.stdout);
    } else {
        folder.write(output, &ran.stdout);
    }
    for key in
        folder.names().iter().filter(|name| name.ends_with(".key")).map(|name| folder.text(name))
    {
        let digest = Digest::of(key.trim_end().as_bytes()).to_string();
        let short: String = digest.chars().take(12).collect();
        if key.starts_with("pc_live_") {
            printed = printed.replace(&digest, "DIGEST-OF-IT").replace(&short, "DIGEST-OF-IT");
        }
    }
    if ran.stdout.starts_with("pc_live_") {
        printed = printed.replace(ran.stdout.trim_end(), "KEY-MADE-HERE");
    }
    printed
}

/// The page with every command of keys, clients and profiles in its table.
fn with_commands(page: &str) -> String {
    let mut rows = String::new();
    let tree = tree();
    for noun in ["key", "client", "profile"] {
        for verb in tree.find_subcommand(noun).unwrap().get_subcommands() {
            let name = verb.get_name();
            writeln!(rows, "| `{noun} {name}` | {} |", verb.get_about().unwrap()).unwrap();
        }
    }
    let (before, rest) = page.split_once("|---|---|\n").unwrap();
    let after = rest.lines().skip_while(|line| line.starts_with('|'));
    let after: String = after.map(|line| format!("{line}\n")).collect();
    format!("{before}|---|---|\n{rows}{after}")
}

fn block<'p>(page: &'p str, language: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}
