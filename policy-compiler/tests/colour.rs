//! Reports in colour on a terminal, plain everywhere else, as the user and the environment say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::io::Read;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const SEVEN: &str = "tests/documents/seven-mistakes.yaml";
const VARIABLES: [&str; 4] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"];

/// Flags, the environment, and whether there are colours then.
type Case<'c> = (&'c [&'c str], &'c [(&'c str, &'c str)], bool);

/// What a terminal gets.
fn on_terminal(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let size = PtySize { rows: 50, cols: 200, ..PtySize::default() };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(cargo_bin("portcullis"));
    command.args(arguments);
    command.cwd(std::env::current_dir().unwrap());
    VARIABLES.iter().for_each(|name| command.env_remove(name));
    environment.iter().for_each(|(name, value)| command.env(name, value));
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut shown = Vec::new();
    // Linux ends the stream of a terminal that nobody holds any more with an error.
    let _ = pair.master.try_clone_reader().unwrap().read_to_end(&mut shown);
    assert_eq!(child.wait().unwrap().exit_code(), 1);
    String::from_utf8(shown).unwrap()
}

/// What a pipe gets, both streams.
fn in_pipe(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::cargo_bin("portcullis").unwrap();
    for name in VARIABLES {
        command.env_remove(name);
    }
    let output = command.args(arguments).envs(environment.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn a_terminal_gets_the_offending_line_in_colour() {
    let shown = on_terminal(&["check", SEVEN], &[("TERM", "xterm-256color")]);
    let plain = without_colours(&shown);
    assert!(plain.contains(&format!("[{SEVEN}:4:14]")), "{plain}");
    let mut lines = shown.lines().skip_while(|line| !line.contains("unmatched: perhaps"));
    let (line, marker) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(marker.contains("\u{1b}[35;1m"), "{marker:?}");
    // The marker stands below the text in question and is as long.
    let (line, marker) = (without_colours(line), without_colours(marker));
    let column = |text: &str, found: &str| text.split_once(found).unwrap().0.chars().count();
    assert_eq!(column(&line, "perhaps"), column(&marker, "───┬───"), "{line}\n{marker}");
    assert!(plain.contains("7 errors, 0 warnings"));
}

#[test]
fn what_the_user_says_counts() {
    let terminal = ("TERM", "xterm");
    let cases: [Case; 5] = [
        (&[], &[terminal], true),
        (&[], &[terminal, ("NO_COLOR", "1")], false),
        (&["--color", "always"], &[terminal, ("NO_COLOR", "1")], true),
        (&["--color=never"], &[terminal, ("CLICOLOR_FORCE", "1")], false),
        (&[], &[("TERM", "dumb")], false),
    ];
    for (flags, environment, colour) in cases {
        let shown = on_terminal(&[&["check", SEVEN], flags].concat(), environment);
        assert_eq!(shown.contains('\u{1b}'), colour, "{flags:?} {environment:?}\n{shown}");
        assert!(without_colours(&shown).contains("7 errors, 0 warnings"));
    }
}

#[test]
fn a_pipe_gets_plain_text_unless_it_is_asked_for() {
    let cases: [Case; 4] = [
        (&[], &[("TERM", "xterm")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&["--color", "always"], &[], true),
        (&["--color", "auto"], &[], false),
    ];
    for (flags, environment, colour) in cases {
        let shown = in_pipe(&[flags, &["check", SEVEN]].concat(), environment);
        assert_eq!(shown.contains('\u{1b}'), colour, "{flags:?} {environment:?}\n{shown}");
    }
    for format in ["json", "sarif", "github"] {
        let shown = in_pipe(&["check", SEVEN, "--color", "always", "--format", format], &[]);
        assert!(!shown.contains('\u{1b}'), "what machines read has no colours: {format}");
    }
    assert!(in_pipe(&["check", "--explain", "L003", "--color", "never"], &[]).contains("L003"));
    assert!(in_pipe(&["check", SEVEN, "--color", "perhaps"], &[]).contains("possible values"));
}
