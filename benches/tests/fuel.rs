//! Decisions and loads take the work that is recorded: a regression is caught without a clock.

use std::path::Path;

use portcullis_benches::fuel;
use portcullis_benches::record::Row;

/// Other versions of the compiler make other code; what changes an algorithm changes more.
const ABOVE: f64 = 1.05;
/// Better by more than this should be recorded, or it could get lost again unseen.
const BELOW: f64 = 0.90;

/// The proof of a table takes at most this, as a multiple of one SHA-256 of its bytes.
const LOAD: f64 = 3.0;

#[test]
fn work_is_as_recorded() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("record").join("fuel.csv");
    let recorded = Row::read(&file).unwrap();
    let counted = fuel::record().unwrap();
    assert_eq!(recorded.len(), counted.rows().len(), "what is counted and what is recorded");
    let mut wrong = Vec::new();
    for (row, recorded) in counted.rows().iter().zip(&recorded) {
        assert_eq!(
            (&row.what, &row.by, row.amount),
            (&recorded.what, &recorded.by, recorded.amount)
        );
        let ratio = row.value / recorded.value;
        if !(BELOW..=ABOVE).contains(&ratio) {
            wrong.push(format!(
                "{} with {} {}: {:.0}, recorded {:.0} ({ratio:.2}x)",
                row.what, row.amount, row.by, row.value, recorded.value
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "fuel is not as recorded:\n  {}\nif that is as it should be, record it:\n  \
         cargo run --release -p portcullis-benches --bin bench-fuel -- --record benches/record",
        wrong.join("\n  ")
    );
    let fuel = |what: &str| {
        counted.rows().iter().find(|row| row.what == what).map(|row| row.value).unwrap()
    };
    assert!(fuel("load") <= LOAD * fuel("sha256 of the table"));
}
