//! The list that is made has the shape of the real ones, as far as a look-up can tell.

use ipnet::IpNet;
use policy_table::Table;
use portcullis_benches::listed::{Origin, Place, Says, table};
use portcullis_benches::networks::Networks;

#[test]
fn made_lists_have_the_size_and_the_overlaps_of_real_ones() {
    let networks = Networks::made(1);
    let v6 = networks.prefixes().iter().filter(|network| matches!(network, IpNet::V6(_))).count();
    assert_eq!((networks.prefixes().len(), v6), (69_805, 17_513));
    // The real lists, read on 2026-11-24: 9,504 intervals as one list, 141,610 split over 1,000.
    let intervals = |place| {
        Table::from_bytes(&table(1, place, Says::Allowed).unwrap()).unwrap().counts().address_ranges
    };
    let whole = intervals(Place::Gateway(&networks));
    assert!((7_500..=11_500).contains(&whole), "{whole} intervals as one list");
}

#[test]
fn one_seed_makes_one_list_and_another_seed_another() {
    assert_eq!(Networks::made(7), Networks::made(7));
    assert_ne!(Networks::made(7), Networks::made(8));
}

#[test]
fn hits_are_in_the_list_and_misses_are_not() {
    let networks = Networks::made(1);
    let mut random = fastrand::Rng::with_seed(1);
    for origin in Origin::ALL {
        let address = origin.address(&networks, &mut random).unwrap();
        assert_eq!(networks.contains(address), origin.is_hit(), "{} {address}", origin.name());
    }
}

#[test]
fn a_split_list_is_whole() {
    let networks = Networks::made(1);
    let parts = networks.split(1_000);
    let sum: usize = parts.iter().map(|part| part.prefixes().len()).sum();
    assert_eq!((parts.len(), sum), (1_000, networks.prefixes().len()));
}
