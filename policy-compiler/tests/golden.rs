//! The policies of the golden tables still give those tables, byte for byte.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_policies_of_golden_tables_still_give_the_same_bytes() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy-table/tests/golden/v1");
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in
        [("minimal", &[][..]), ("everything", &[]), ("plain", &["--names", "omit"])]
    {
        let table = folder.path().join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .arg("compile")
            .arg(golden.join(format!("{name}.policy.yaml")))
            .args(options)
            .arg("-o")
            .arg(&table)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let (today, released) = (
            std::fs::read(&table).unwrap(),
            std::fs::read(golden.join(format!("{name}.table"))).unwrap(),
        );
        assert!(
            today == released,
            "`{name}` is compiled to other bytes than at the release of its format version ({} and {} \
             bytes): a table id must not change with the release of `portcullis`",
            today.len(),
            released.len()
        );
    }
}
