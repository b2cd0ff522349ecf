//! What is said of measurements made in generations.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use fastrand::Rng;
use portcullis_benches::generations::Generations;
use portcullis_benches::statistics::Spread;

fn generations(values: &[&[f64]]) -> Generations {
    let mut all = Generations::default();
    for rounds in values {
        all.begin();
        rounds.iter().for_each(|value| all.push(*value));
    }
    all
}

#[test]
fn all_rounds_of_all_generations_count_alike() {
    let all = generations(&[&[1.0, 2.0, 9.0], &[4.0, 3.0, 5.0], &[8.0, 7.0, 6.0]]);
    // Of 1 … 9; the medians of the generations are 2, 4 and 7.
    assert_eq!(all.spread(), Some(Spread { lower: 3.0, median: 5.0, upper: 7.0 }));
    assert_eq!(all.extremes(), Some((2.0, 7.0)));
    assert_eq!(all.count(), 3);
}

#[test]
fn differences_are_taken_round_by_round_of_the_same_generation() {
    // A disturbance of the second round falls on both and is in neither difference.
    let (own, other) = (generations(&[&[5.0, 50.0, 6.0]]), generations(&[&[3.0, 48.0, 4.0]]));
    let spread = own.less(&other).spread();
    assert_eq!(spread, Some(Spread { lower: 2.0, median: 2.0, upper: 2.0 }));
    // The other ran slower in its second generation, and so did this.
    let own = generations(&[&[5.0, 6.0], &[15.0, 18.0]]);
    let other = generations(&[&[4.0, 4.0], &[11.0, 12.0]]);
    assert_eq!(own.less(&other), generations(&[&[1.0, 2.0], &[4.0, 6.0]]));
}

#[test]
fn who_took_part_in_the_first_generation_only_is_beside_that_generation() {
    let own = generations(&[&[100.0, 104.0]]);
    let other = generations(&[&[1.0, 2.0], &[50.0, 60.0], &[70.0, 80.0]]);
    assert_eq!(own.less(&other), generations(&[&[99.0, 102.0]]));
    assert_eq!(own.less(&Generations::default()).spread(), None);
}

#[test]
fn a_ratio_is_that_of_the_medians_and_its_spread_that_of_the_generations() {
    let own = generations(&[&[4.0, 6.0, 5.0], &[9.0, 7.0, 8.0], &[12.0, 10.0, 11.0]]);
    let other = generations(&[&[5.0, 5.0, 5.0], &[2.0, 2.0, 2.0], &[4.0, 4.0, 4.0]]);
    let ratio = own.ratio(&other).unwrap();
    // Medians of all: 8 and 4. Generations: 5 / 5, 8 / 2, 11 / 4.
    assert_eq!(ratio.figure, 2.0);
    assert_eq!(ratio.each, Spread { lower: 1.875, median: 2.75, upper: 3.375 });
    assert_eq!((ratio.least, ratio.most), (1.0, 4.0));
    assert_eq!(own.ratio(&Generations::default()), None);
    assert_eq!(Generations::default().ratio(&own), None);
}

#[test]
fn nothing_is_said_of_nothing() {
    let mut none = Generations::default();
    assert_eq!((none.spread(), none.extremes(), none.count()), (None, None, 0));
    // A generation without rounds says nothing of how generations differ.
    none.begin();
    assert_eq!((none.spread(), none.extremes()), (None, None));
    none.begin();
    none.push(3.0);
    assert_eq!(none.extremes(), Some((3.0, 3.0)));
}

/// Processes that differ by about a microsecond, rounds that do so too, one round of nine disturbed: the figure has to be
/// near what went in. Half of the ratios of single rounds are below 2.1 here, which is too far off.
#[test]
fn noise_of_processes_and_rounds_does_not_bend_a_ratio() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("SEED={seed}");
    let mut random = Rng::with_seed(seed);
    // About normal, with a standard deviation of 0.7.
    let mut noise = || (0..12).map(|_| random.f64()).sum::<f64>().mul_add(0.7, -4.2);
    let truth = (2.0, 4.5);
    let (mut none, mut floor, mut own) = <(Generations, Generations, Generations)>::default();
    for _ in 0..2_000 {
        let process = [noise(), noise(), noise()];
        for (series, added, process) in [
            (&mut none, 0.0, process[0]),
            (&mut floor, truth.0, process[1]),
            (&mut own, truth.1, process[2]),
        ] {
            series.begin();
            for round in 0..9 {
                let disturbed = if round == 4 { 5.0 } else { 0.0 };
                series.push(20.0 + added + process + noise() + disturbed);
            }
        }
    }
    let (own, floor) = (own.less(&none), floor.less(&none));
    let expected = truth.1 / truth.0;
    let figure = own.ratio(&floor).unwrap().figure;
    assert!((figure - expected).abs() < 0.12, "{figure} instead of {expected}");
}
