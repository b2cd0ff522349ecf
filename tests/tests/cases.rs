//! Every case of `cases/`, through the oracle, the decision function, its explanation, the filter in host-sim and the
//! filter in a real Envoy.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::path::{Path, PathBuf};

use policy_compiler::Compiled;
use policy_table::Table;
use portcullis_tests::case::Cases;
use portcullis_tests::engine::{Engine, Envoy, EnvoyOptions, Explain, Native, Oracle, Simulator};

macro_rules! files {
    ($($name:ident)*) => {
        const FILES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*
    };
}

files! {
    addresses ambiguous_paths basic_users credential_tricks credentials dates forwarded_entries forwarded_for grants hosts methods
    paths peers preflight preflight_authorized routes specificity switches unmatched upstream upstream_unstripped
}

#[test]
fn every_file_of_cases_is_run() {
    assert_eq!(names(&folder()), FILES);
}

/// Disagreements that random requests have found, until they are resolved.
#[test]
fn found() {
    let folder = folder().join("found");
    for name in names(&folder) {
        run_file(&folder, &name);
    }
}

/// The files of cases in a folder, without their endings.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut names: Vec<String> =
        files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn run(name: &str) {
    run_file(&folder(), name);
}

fn run_file(folder: &Path, name: &str) {
    let cases = Cases::read(&folder.join(name).with_extension("yaml")).unwrap();
    let Compiled { table, policy, .. } = cases.compile().unwrap();
    let client_address = Table::from_bytes(&table).unwrap().settings().client_address;
    let options = EnvoyOptions { client_address, ..EnvoyOptions::default() };
    let engines: [Box<dyn Engine>; 6] = [
        Box::new(Oracle::new(policy)),
        Box::new(Native::new(&table)),
        Box::new(Explain::new(&table)),
        Box::new(Simulator::start(&table).unwrap()),
        Box::new(Simulator::portable(&table).unwrap()),
        Box::new(Envoy::start(&table, &options).unwrap()),
    ];
    let mut wrong = Vec::new();
    for mut engine in engines {
        for case in &cases.requests {
            if !engine.runs(case) {
                continue;
            }
            let at = format!("{}: {name}: `{}`", engine.name(), case.name);
            match engine.send(case) {
                Ok(observed) => {
                    wrong.extend(
                        case.differences(engine.name(), &observed)
                            .iter()
                            .map(|line| format!("{at}: {line}")),
                    );
                }
                Err(error) => wrong.push(format!("{at}: {error:#}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}
