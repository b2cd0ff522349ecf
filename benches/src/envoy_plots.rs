//! Pictures of what `bench-envoy` and `soak-envoy` have recorded.

use std::path::Path;

use anyhow::Result;

use crate::plot::bars::{Bar, Bars};
use crate::plot::over_time::OverTime;
use crate::plot::{Line, Plot};
use crate::record::{Row, figure};
use crate::statistics::float;

/// Contenders in the order of the pictures, with what they are called there.
pub const CONTENDERS: [(&str, &str); 9] = [
    ("floor", "bare module, decides nothing"),
    ("portcullis", "Portcullis"),
    ("portcullis-keys", "Portcullis, no address rules"),
    ("api_key_auth", "api_key_auth, no address rules"),
    ("rbac-policies", "api_key_auth + RBAC policies"),
    ("rbac-matcher", "RBAC matcher tree"),
    ("lua", "Lua"),
    ("jwt_authn", "jwt_authn, cached"),
    ("ext_authz", "ext_authz over HTTP"),
];

/// What a module is compared with for each thing that a policy asks of the host.
pub const VARIANTS: [&str; 4] = [
    "key only",
    "key and address of the connection",
    "key and X-Forwarded-For",
    "key stripped and two headers forwarded",
];

/// Draws `envoy-contenders.svg`, `envoy-keys.svg` and `envoy-parts.svg` into a folder, each where it
/// was measured.
///
/// # Errors
/// Where a file cannot be written.
pub fn comparison(rows: &[Row], folder: &Path) -> Result<()> {
    contenders(rows, &folder.join("envoy-contenders.svg"))?;
    by_keys(rows, &folder.join("envoy-keys.svg"))?;
    parts(rows, &folder.join("envoy-parts.svg"))
}

/// Draws what Envoy held in memory.
///
/// # Errors
/// Where the file cannot be written.
pub fn soak(rows: &[Row], file: &Path) -> Result<()> {
    let line = |what: &str, name: &str| {
        let points = rows.iter().filter(|row| row.what == what);
        let points = points.map(|row| (amount(row) / 60.0, row.value)).collect();
        Line { name: name.to_owned(), points, dashed: false }
    };
    OverTime {
        title: "Envoy with 2 workers under load, a new table every few seconds",
        amount: "MiB",
        lines: vec![line("RSS", "resident"), line("heap", "of that Envoy's own heap")],
    }
    .write(file)
}

/// Of each contender what it adds to a granted request, at the number of keys that most have.
fn contenders(rows: &[Row], file: &Path) -> Result<()> {
    let added = |name: &str, keys: u64| value(rows, &format!("{name} granted"), keys, "added");
    let counts = [1_000, 10_000, 100_000, 10];
    let Some(keys) = counts.into_iter().find(|keys| added("portcullis", *keys).is_some()) else {
        return Ok(());
    };
    let mut bars = Vec::new();
    for (name, shown) in CONTENDERS {
        let bar = |name: &str, added| Bar { name: name.to_owned(), parts: vec![added] };
        bars.extend(added(name, keys).map(|added| bar(shown, added)));
        if name == "portcullis" {
            let million = added(name, 1_000_000);
            bars.extend(million.map(|added| bar("Portcullis, 1,000,000 keys", added)));
        }
    }
    let title =
        format!("What authorization adds to a request in Envoy, {} keys", figure(keys.to_string()));
    Bars {
        title: &title,
        cost: "microseconds of processor time (each step ten times the one before)",
        parts: Vec::new(),
        bars,
        logarithmic: true,
    }
    .write(file)
}

/// The same for each number of keys.
fn by_keys(rows: &[Row], file: &Path) -> Result<()> {
    let line = |(name, shown): &(&str, &str)| {
        let what = format!("{name} granted");
        let added = rows.iter().filter(|row| row.what == what && row.measure == "added");
        let mut points: Vec<(f64, f64)> = added.map(|row| (amount(row), row.value)).collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        Line { name: (*shown).to_owned(), points, dashed: *name == "floor" }
    };
    let lines: Vec<Line> =
        CONTENDERS.iter().map(line).filter(|line| line.points.len() > 1).collect();
    if lines.is_empty() {
        return Ok(());
    }
    Plot {
        title: "What authorization adds to a request in Envoy, by number of keys",
        size: "keys (one client each)",
        cost: "microseconds of processor time",
        lines,
        named_at_end: true,
    }
    .write(file)
}

/// Where the cost of a request goes: what the boundary costs whoever stands behind it, and the rest.
fn parts(rows: &[Row], file: &Path) -> Result<()> {
    let added = |what: &str| value(rows, what, 1_000, "added");
    let bar = |variant: &&str| {
        let entry = added("floor entry")?;
        let key = added(VARIANTS.first().map(|variant| format!("floor {variant}"))?.as_str())?;
        let calls = added(&format!("floor {variant}"))?;
        let own = added(&format!("portcullis {variant}"))?;
        // With X-Forwarded-For the floor makes the calls of the key alone.
        let key = if variant.contains("X-Forwarded-For") { calls } else { key };
        let parts = vec![entry, key - entry, calls - key, own - calls];
        Some(Bar { name: (*variant).to_owned(), parts })
    };
    let bars: Vec<Bar> = VARIANTS.iter().filter_map(bar).collect();
    if bars.is_empty() {
        return Ok(());
    }
    Bars {
        title: "Where the cost of a request goes",
        cost: "microseconds of processor time that the filter adds in Envoy",
        parts: vec![
            "an empty module",
            "header map, one SHA-256",
            "further host calls",
            "Portcullis beyond that",
        ],
        bars,
        logarithmic: false,
    }
    .write(file)
}

fn value(rows: &[Row], what: &str, keys: u64, measure: &str) -> Option<f64> {
    let is = |row: &&Row| row.what == what && row.amount == keys && row.measure == measure;
    rows.iter().find(is).map(|row| row.value)
}

fn amount(row: &Row) -> f64 {
    float(usize::try_from(row.amount).unwrap_or(usize::MAX))
}
