//! Edits at once: none is lost.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::sync::Mutex;
use std::thread;

use policy_compiler::edit::{Change, Document};
use policy_compiler::model::Digest;
use support::{DIGEST, Folder, Ran, client, key};

const PROCESSES: usize = 8;
const EDITS: usize = 50;

/// Runs numbered commands, as many at a time as there are processes.
fn at_once(folder: &Folder, arguments: impl Fn(usize) -> String + Sync) -> Vec<(usize, Ran)> {
    let next = Mutex::new(0..EDITS);
    let ran = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| {
                loop {
                    let Some(number) = next.lock().unwrap().next() else { return };
                    let outcome = folder.run(&arguments(number));
                    ran.lock().unwrap().push((number, outcome));
                }
            });
        }
    });
    ran.into_inner().unwrap()
}

#[test]
fn fifty_keys_by_eight_processes() {
    let text = "version: 1 # one\nlimits: { keys_per_client: 60 }\nclients:\n  acme:\n    active: true # two\n  globex: { keys: {} } # three\n";
    let folder = Folder::new(&[("policy.yaml", text)]);
    let owner = |number: usize| if number.is_multiple_of(2) { "acme" } else { "globex" };
    let ran = at_once(&folder, |number| {
        format!("key new --client {} --name key-{number} policy.yaml", owner(number))
    });
    let policy = folder.policy();
    assert_eq!(ran.len(), EDITS);
    for (number, ran) in &ran {
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let kept = key(&policy, &format!("key-{number}"));
        assert_eq!(kept.digest, Digest::of(ran.stdout.trim_end().as_bytes()));
        assert!(client(&policy, owner(*number)).keys.contains(kept));
    }
    let count: usize = policy.clients.iter().map(|client| client.keys.len()).sum();
    assert_eq!(count, EDITS);
    let edited = folder.text("policy.yaml");
    assert!(["# one", "# two", "# three"].iter().all(|comment| edited.contains(comment)));
    assert_eq!(folder.names(), ["policy.yaml"]);
}

#[test]
fn who_comes_too_late_is_told() {
    let folder = Folder::new(&[("policy.yaml", "version: 1\nclients: { acme: {} }\n")]);
    let ran =
        at_once(&folder, |number| format!("key new --client acme --name key-{number} policy.yaml"));
    let policy = folder.policy();
    let (made, refused): (Vec<_>, Vec<_>) = ran.iter().partition(|(_, ran)| ran.code == 0);
    // Ten keys a client are allowed.
    assert_eq!((made.len(), refused.len()), (10, EDITS - 10));
    for (number, ran) in made {
        let kept = key(&policy, &format!("key-{number}"));
        assert_eq!(kept.digest, Digest::of(ran.stdout.trim_end().as_bytes()));
    }
    for (_, ran) in refused {
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
        assert!(
            ran.stderr.contains("at most 10 are allowed") && ran.stderr.contains("no key was made")
        );
    }
}

/// As many editors save: by another file that takes the name.
#[test]
fn a_document_that_another_file_took_the_place_of_is_not_written() {
    let text = "version: 1\nclients: { acme: {} }\n";
    let folder = Folder::new(&[("policy.yaml", text), ("saved", &format!("{text}# saved\n"))]);
    let path = folder.file("policy.yaml");
    let document = Document::hold(&path, |_| ()).unwrap();
    let acme = client(document.policy(), "acme").name.clone();
    let change = Change::SetClientActive { client: acme, active: false };
    let proposal = document.propose(&[change]).unwrap();
    fs::rename(folder.file("saved"), &path).unwrap();
    let refused = proposal.write().unwrap_err().to_string();
    assert!(refused.contains("was written by something else while it was edited"), "{refused}");
    assert!(folder.text("policy.yaml").ends_with("# saved\n"));
}

/// One key file, which two documents name and so do not protect by their own locks.
#[test]
fn a_key_file_of_two_documents() {
    let rows: String = (0..EDITS)
        .map(|number| format!("key-{number},{number:016x}{}\n", DIGEST.split_at(16).1))
        .collect();
    let text = "version: 1\nlimits: { keys_per_client: 60 }\nclients: { acme: { key_files: [ keys.csv ] } }\n";
    let folder = Folder::new(&[
        ("policy.yaml", text),
        ("other.yaml", text),
        ("keys.csv", &format!("name,sha256\n{rows}")),
    ]);
    let ran = at_once(&folder, |number| {
        let policy = if number.is_multiple_of(3) { "other.yaml" } else { "policy.yaml" };
        format!("key deactivate --client acme --name key-{number} {policy}")
    });
    let policy = folder.policy();
    for (number, ran) in &ran {
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!key(&policy, &format!("key-{number}")).active);
    }
    assert_eq!(folder.names(), ["keys.csv", "other.yaml", "policy.yaml"]);
}
