//! The figures for a person.

use portcullis_benches::record::figure;

use crate::contenders::Contender;
use crate::policy::Kind;
use crate::report::Report;
use crate::running::NOT_STARTED;

/// Prints what was measured.
pub(crate) fn print(report: &Report) {
    requests(report);
    contenders(report);
}

/// What requests cost: by number of keys, with each contender beside the filter.
fn requests(report: &Report) {
    println!(
        "\nprocessor time of Envoy a request, in microseconds (median, in brackets the quartiles of what is added)"
    );
    println!(
        "{:<46} {:>9} {:>9} {:>9} {:>19} {:>12}",
        "request", "keys", "all", "added", "", "/ portcullis"
    );
    for row in report.record.rows().iter().filter(|row| row.measure == "CPU") {
        let amount = usize::try_from(row.amount).unwrap_or(usize::MAX);
        let of = |measure: &str| report.value(&row.what, &row.by, amount, measure);
        let range = match (of("added q1"), of("added q3")) {
            (Some(lower), Some(upper)) => format!("[{lower:.2} … {upper:.2}]"),
            _ => String::new(),
        };
        let added = of("added").map(|added| format!("{added:.2}")).unwrap_or_default();
        let kind = Kind::ALL.into_iter().find(|kind| row.what.ends_with(kind.name()));
        let own = kind.and_then(|kind| {
            let kind = if kind == Kind::LastClient { Kind::Granted } else { kind };
            report.value(&format!("portcullis {}", kind.name()), "keys", amount, "added")
        });
        let ratio = match (of("added"), own) {
            (Some(added), Some(own)) => format!("{:.2} x", added / own),
            _ => String::new(),
        };
        let by = if row.by == "keys" { String::new() } else { format!(" {}", row.by) };
        let size = format!("{}{by}", figure(row.amount.to_string()));
        println!(
            "{:<46} {size:>9} {:>9.2} {added:>9} {range:>19} {ratio:>12}",
            row.what, row.value
        );
    }
}

/// What a contender takes besides, and how long its requests take at a fixed rate.
fn contenders(report: &Report) {
    println!(
        "\n{:<16} {:>9} {:>9} {:>14} {:>16} {:>9} {:>9} {:>9}  what it does",
        "contender",
        "keys",
        "start, s",
        "RSS added, MiB",
        "settings, bytes",
        "p50, us",
        "p99, us",
        "p99.9, us"
    );
    for contender in Contender::ALL {
        for amount in report.amounts(contender.name(), "keys", "start") {
            let of = |measure| report.value(contender.name(), "keys", amount, measure);
            let latency = |measure| {
                report.value(&format!("{} granted", contender.name()), "keys", amount, measure)
            };
            let shown = |value: Option<f64>, digits: usize| {
                value.map(|value| format!("{value:.digits$}")).unwrap_or_default()
            };
            let configuration = of("configuration").map(|bytes| figure(format!("{bytes:.0}")));
            println!(
                "{:<16} {:>9} {:>9} {:>14} {:>16} {:>9} {:>9} {:>9}  {}",
                contender.name(),
                figure(amount.to_string()),
                shown(of("start"), 2),
                shown(of("RSS over none"), 1),
                configuration.unwrap_or_default(),
                shown(latency("p50"), 0),
                shown(latency("p99"), 0),
                shown(latency("p99.9"), 0),
                contender.about()
            );
        }
        for amount in report.amounts(contender.name(), "keys", NOT_STARTED) {
            println!("{:<16} {:>9} {NOT_STARTED}", contender.name(), figure(amount.to_string()));
        }
    }
}
