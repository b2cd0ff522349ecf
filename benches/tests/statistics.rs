//! What is said of repeated measurements.

use portcullis_benches::statistics::{Spread, quantile, slope};

#[test]
fn quartiles_lie_between_the_values_in_proportion() {
    let spread = Spread::of(&[4.0, 1.0, 2.0, 3.0]).unwrap();
    assert_eq!(spread, Spread { lower: 1.75, median: 2.5, upper: 3.25 });
    assert_eq!(Spread::of(&[7.0]), Some(Spread { lower: 7.0, median: 7.0, upper: 7.0 }));
    assert_eq!(Spread::of(&[]), None);
    assert_eq!(quantile(&[1.0, 2.0], 1.0), Some(2.0));
}

#[test]
fn the_slope_is_that_of_the_nearest_line() {
    assert_eq!(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), Some(2.0));
    assert_eq!(slope(&[(0.0, 5.0), (1.0, 4.0), (2.0, 6.0), (3.0, 5.0)]), Some(0.2));
    assert_eq!(slope(&[(1.0, 1.0), (1.0, 2.0)]), None);
}
