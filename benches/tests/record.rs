//! What is recorded can be read again, and says how it was made.

use portcullis_benches::record::{Record, Row, figure};

#[test]
fn a_record_says_how_it_was_made_and_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut record = Record::new("sample");
    record.row("decide in WebAssembly", "keys", 1_000, "p50", 312.5, "ns");
    record.row("decide in WebAssembly", "keys", 1_000, "p50 / digest", 1.7, "x");
    record.budget(1.8);
    let file = record.write(folder.path()).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    for begin in ["# command: cargo run", "# machine: ", "# date: 2", "# commit: "] {
        assert!(text.lines().any(|line| line.starts_with(begin)), "{begin} in\n{text}");
    }
    assert_eq!(Row::read(&file).unwrap(), record.rows());
}

#[test]
fn a_line_that_is_no_row_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.csv");
    std::fs::write(&file, "# made by hand\nwhat,by,amount,measure,value,unit,budget\nx,y,z\n")
        .unwrap();
    let error = Row::read(&file).unwrap_err().to_string();
    assert!(error.contains("broken.csv:3: expected"), "{error}");
}

#[test]
fn of_times_less_is_better_and_of_keys_more() {
    let verdict = |value: f64, unit: &str| {
        let mut record = Record::new("sample");
        record.row("something", "keys", 1, "p50", value, unit);
        record.budget(10.0);
        record.rows()[0].verdict().unwrap()
    };
    assert!(verdict(9.0, "ns").starts_with("budget met"));
    assert!(verdict(11.0, "ns").starts_with("budget not met"));
    assert!(verdict(9.0, "keys").starts_with("budget not met"));
    assert!(verdict(11.0, "keys").starts_with("budget met"));
}

#[test]
fn long_numbers_are_in_groups_of_three_whatever_their_sign() {
    let shown = |digits: &str| figure(digits.to_owned());
    assert_eq!(["7", "123", "1234", "1234567"].map(shown), ["7", "123", "1,234", "1,234,567"]);
    assert_eq!(["-7", "-123", "-1234"].map(shown), ["-7", "-123", "-1,234"]);
}
