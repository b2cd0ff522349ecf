//! Decisions and loads take the work that is recorded: a regression is caught without a clock.

use portcullis_benches::fuel;
use portcullis_benches::record::Row;

/// The proof of a table takes at most this, as a multiple of one SHA-256 of its bytes.
const LOAD: f64 = 3.0;

#[test]
fn work_is_as_recorded() {
    let counted = fuel::record().unwrap();
    let recorded = Row::read(&fuel::recorded()).unwrap();
    fuel::compare(counted.rows(), &recorded).unwrap();
    let fuel = |what: &str| {
        counted.rows().iter().find(|row| row.what == what).map(|row| row.value).unwrap()
    };
    assert!(fuel("load") <= LOAD * fuel("sha256 of the table"));
}

#[test]
fn a_count_outside_of_the_band_is_told() {
    let row = |value: f64| Row {
        what: "decide".to_owned(),
        by: "keys".to_owned(),
        amount: 10,
        measure: "fuel".to_owned(),
        value,
        unit: "fuel".to_owned(),
        budget: None,
    };
    assert!(fuel::compare(&[row(1_040.0)], &[row(1_000.0)]).is_ok());
    let error = fuel::compare(&[row(1_060.0)], &[row(1_000.0)]).unwrap_err().to_string();
    assert!(error.contains("decide, 10 keys: recorded 1000, found 1060"), "{error}");
    assert!(fuel::compare(&[row(800.0)], &[row(1_000.0)]).is_err());
    assert!(fuel::compare(&[row(1_000.0)], &[]).is_err());
}
