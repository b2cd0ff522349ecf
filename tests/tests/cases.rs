//! Every case of `cases/`, through the decision function, the filter in host-sim and the filter in a real Envoy.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::path::{Path, PathBuf};

use policy_table::Table;
use portcullis_tests::case::Cases;
use portcullis_tests::engine::{Engine, Envoy, EnvoyOptions, Native, Simulator};

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

files! { addresses credentials dates forwarded_for grants paths routes unmatched }

#[test]
fn every_file_of_cases_is_run() {
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, FILES);
}

fn run(name: &str) {
    let cases = Cases::read(&folder().join(name).with_extension("yaml")).unwrap();
    let table = cases.table().unwrap();
    let client_address = Table::from_bytes(&table).unwrap().settings().client_address;
    let options = EnvoyOptions { client_address, ..EnvoyOptions::default() };
    let engines: [Box<dyn Engine>; 3] = [
        Box::new(Native::new(&table)),
        Box::new(Simulator::start(&table).unwrap()),
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
                        case.expect
                            .differences(&observed)
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
