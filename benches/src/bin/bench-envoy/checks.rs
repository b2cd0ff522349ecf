//! What must hold, worked out from the figures and marked as met or not.

use portcullis_benches::generations::Ratio;
use portcullis_benches::statistics::{Spread, float};

use crate::floor::{self, Variant};
use crate::growth;
use crate::policy::Kind;
use crate::report::Report;

/// The most that the filter may cost for each part that its floor does.
const FLOOR: f64 = 1.15;
/// How much dearer `api_key_auth` with a policy for each of so many clients has to be.
const POLICIES: [(usize, f64); 2] = [(1_000, 15.0), (10_000, 250.0)];
/// The part of the memory of `api_key_auth` that a key may take.
const MEMORY: f64 = 1.0 / 20.0;
/// By how many microseconds a denial may be dearer than that of `api_key_auth`.
const DENIAL: f64 = 3.0;
/// How much dearer the dearest size may be than the smallest.
const GROWTH: f64 = 1.15;

/// Adds what can be worked out to the record, and says whether it holds.
pub(crate) fn add(report: &mut Report, beside_floors: &[(Variant, Ratio)]) {
    println!("\nwhat must hold");
    beside_floor(report, beside_floors);
    beside_policies(report);
    memory(report);
    denial(report);
    growth(report);
}

fn beside_floor(report: &mut Report, ratios: &[(Variant, Ratio)]) {
    for (variant, ratio) in ratios {
        let name = format!("portcullis / floor: {}", variant.name());
        let Ratio { figure, each, least, most } = *ratio;
        report.check(&name, "keys", floor::KEYS, "added", (figure, "x"), FLOOR);
        for (measure, value) in [
            ("added q1", each.lower),
            ("added q3", each.upper),
            ("added of the least generation", least),
            ("added of the greatest generation", most),
        ] {
            report.row(&name, floor::KEYS, measure, value, "x");
        }
        let Spread { lower, upper, .. } = each;
        println!(
            "                  half of the generations: {lower:.2} … {upper:.2} x; all: {least:.2} … {most:.2} x"
        );
    }
}

/// To any client, and to the last one, whose policy is found after all others were tried.
fn beside_policies(report: &mut Report) {
    for (clients, least) in POLICIES {
        let own = report.value("portcullis granted", "keys", clients, "added");
        for kind in [Kind::LastClient, Kind::Granted] {
            let name = format!("rbac-policies {}", kind.name());
            let (Some(own), Some(other)) = (own, report.value(&name, "keys", clients, "added"))
            else {
                continue;
            };
            let name = format!("{name} / portcullis");
            report.check(&name, "keys", clients, "added", (other / own, "times"), least);
        }
    }
}

/// What each further key takes: a filter without any has a machine for WebAssembly all the same.
fn memory(report: &mut Report) {
    let a_key = |who: &str| {
        let amounts = report.amounts(who, "keys", "RSS");
        let (least, most) = (amounts.iter().min()?, amounts.iter().max()?);
        let of = |amount: usize| report.value(who, "keys", amount, "RSS");
        let keys = most.checked_sub(*least).filter(|keys| *keys >= 10_000)?;
        let bytes = (of(*most)? - of(*least)?) * 1_048_576.0;
        Some((*most, bytes / float(keys)))
    };
    let (Some((keys, own)), Some((_, other))) = (a_key("portcullis-keys"), a_key("api_key_auth"))
    else {
        return;
    };
    report.row("portcullis-keys", keys, "RSS a further key", own, "bytes");
    report.row("api_key_auth", keys, "RSS a further key", other, "bytes");
    report.check(
        "portcullis-keys / api_key_auth",
        "keys",
        keys,
        "RSS a further key",
        (own / other, "x"),
        MEMORY,
    );
    let over = |who: &str| report.value(who, "keys", keys, "RSS over none");
    if let (Some(own), Some(other)) = (over("portcullis-keys"), over("api_key_auth")) {
        report.row("portcullis-keys / api_key_auth", keys, "RSS over none", own / other, "x");
    }
}

fn denial(report: &mut Report) {
    for keys in report.amounts("portcullis unknown key", "keys", "CPU") {
        let of = |who: &str| report.value(&format!("{who} unknown key"), "keys", keys, "CPU");
        let (Some(own), Some(other)) = (of("portcullis"), of("api_key_auth")) else { continue };
        let name = "portcullis - api_key_auth: unknown key";
        report.check(name, "keys", keys, "CPU", (own - other, "us"), DENIAL);
    }
}

/// All that Envoy does for a request, and what the filter adds to it.
fn growth(report: &mut Report) {
    for by in ["keys", "endpoints", "ranges"] {
        for measure in ["CPU", "added"] {
            let amounts = report.amounts(growth::NAME, by, measure);
            let of = |amount: &usize| report.value(growth::NAME, by, *amount, measure);
            let values: Vec<f64> = amounts.iter().filter_map(of).collect();
            let (Some(most), Some(first)) = (amounts.iter().max(), values.first()) else {
                continue;
            };
            let dearest = values.iter().fold(*first, |most, value| most.max(*value));
            let name = format!("dearest / fewest {by}");
            report.check(&name, by, *most, measure, (dearest / first, "x"), GROWTH);
        }
    }
}
