//! Completions and pages for `man`: made from the commands, so that no verb can be forgotten.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::CommandCargoExt;

fn portcullis(arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("portcullis").unwrap().args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// Every command, as `--help` lists them: `["key", "new"]`.
fn commands(above: &[String]) -> Vec<Vec<String>> {
    let mut arguments: Vec<&str> = above.iter().map(String::as_str).collect();
    arguments.push("--help");
    let (code, help) = portcullis(&arguments);
    assert_eq!(code, 0);
    let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    let verbs = listed.lines().map_while(|line| line.split_whitespace().next().map(str::to_owned));
    let below = verbs.flat_map(|verb| commands(&[above, &[verb]].concat()));
    std::iter::once(above.to_vec()).chain(below).collect()
}

#[test]
fn every_command_has_help_with_an_example_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("new/man1");
    assert_eq!(portcullis(&["man", pages.to_str().unwrap()]), (0, String::new()));
    let mut expected = BTreeSet::new();
    for command in commands(&[]) {
        let name = [&["portcullis".to_owned()], command.as_slice()].concat();
        let file = format!("{}.1", name.join("-"));
        let page = fs::read_to_string(pages.join(&file)).unwrap();
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "\"EXIT STATUS\""] {
            assert!(page.contains(&format!("\n.SH {section}\n")), "{file}: {section}\n{page}");
        }
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let (_, help) = portcullis(&arguments);
        let examples = help.split_once("\nExample").unwrap_or_else(|| panic!("{name:?}: {help}")).1;
        assert!(examples.contains(&format!("  {}", name.join(" "))), "{name:?}: {examples}");
        expected.insert(file);
    }
    assert!(expected.len() > 12, "{expected:?}");
    let names = fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.map(|name| name.into_string().unwrap()).collect::<BTreeSet<_>>(), expected);
    let first = fs::read_to_string(pages.join("portcullis.1")).unwrap();
    assert_eq!(portcullis(&["man"]), (0, first));
}

#[test]
fn pages_are_good_roff() {
    if !is_there("groff") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(portcullis(&["man", folder.path().to_str().unwrap()]).0, 0);
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let groff = ["-man", "-Tutf8", "-ww", "-z"];
        let output = Command::new("groff").args(groff).arg(&path).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.is_empty(), "{}: {said}", path.display());
    }
}

#[test]
fn completions_are_good_scripts_and_know_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script) = portcullis(&["completions", shell]);
        assert_eq!(code, 0);
        for command in commands(&[]) {
            let verb = command.last().map_or("portcullis", String::as_str);
            assert!(script.contains(verb), "{shell}: {verb}");
        }
        let file = folder.path().join(shell);
        fs::write(&file, &script).unwrap();
        if ["bash", "zsh", "fish"].contains(&shell) && is_there(shell) {
            assert!(syntax(shell, &file), "{shell}");
            fs::write(&file, format!("{script}\nif (\n")).unwrap();
            assert!(!syntax(shell, &file), "{shell} looks at its script");
            checked += 1;
        }
    }
    assert!(checked > 0 || !is_there("bash"));
    assert_eq!(portcullis(&["completions", "command.com"]).0, 2);
}

/// What bash offers after these words, with the completions loaded.
fn offered(script: &Path, words: &[&str]) -> String {
    let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let last = words.len() - 1;
    let ask = format!(
        "source \"$1\"; COMP_WORDS=({line}); COMP_CWORD={last}; _portcullis portcullis '{}' '{}'; echo \"${{COMPREPLY[@]}}\"",
        words.last().unwrap(),
        words.get(last - 1).unwrap(),
    );
    let output = Command::new("bash").args(["-c", &ask, "bash"]).arg(script).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_completes_verbs_and_flags() {
    if !is_there("bash") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("portcullis.bash");
    fs::write(&script, portcullis(&["completions", "bash"]).1).unwrap();
    assert_eq!(offered(&script, &["portcullis", "comp"]).trim(), "compile completions");
    assert_eq!(offered(&script, &["portcullis", "compile", "--out"]).trim(), "--output");
    assert_eq!(offered(&script, &["portcullis", "check", "--format", "sar"]).trim(), "sarif");
}

fn syntax(shell: &str, file: &Path) -> bool {
    let mut command = Command::new(shell);
    command.arg("-n").arg(file).stderr(Stdio::null()).status().unwrap().success()
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}
