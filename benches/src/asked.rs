//! Every budget in some records beside what was measured, as one table of a document.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use crate::record::{Row, figure};

/// What comes before the kind of address, in the name of a look-up in lists of addresses.
const KIND_OF_ADDRESS: &str = " IPv";

/// One line for each budget in the records of these names in `folder`.
///
/// # Errors
/// Where a record cannot be read.
pub fn table(names: &[&str], folder: &Path) -> Result<String> {
    let mut text = "| record | what | size | asked | measured | met |\n".to_owned();
    writeln!(text, "|---|---|--:|--:|--:|---|")?;
    for name in names {
        let rows = Row::read(&folder.join(format!("{name}.csv")))?;
        for Asked { row, budget, of } in asked(&rows) {
            let Row { by, amount, measure, .. } = row;
            let what = match of {
                1 => row.what.clone(),
                of => format!("{}, worst of {of}", group(row)),
            };
            let size = figure(amount.to_string());
            let (bound, shown) = (row.bound(budget), row.shown());
            let met = if row.is_met(budget) { "yes" } else { "**no**" };
            writeln!(
                text,
                "| {name} | {what}: {measure} | {size} {by} | {bound} | {shown} | {met} |"
            )?;
        }
    }
    Ok(text)
}

/// A result with a budget: the worst of several that have the same.
struct Asked<'a> {
    row: &'a Row,
    budget: f64,
    of: usize,
}

/// Every result with a budget. Look-ups of all kinds of addresses in the same lists are one: a
/// line for each would hide the others.
fn asked(rows: &[Row]) -> Vec<Asked<'_>> {
    let mut all: Vec<Asked<'_>> = Vec::new();
    for row in rows {
        let Some(budget) = row.budget else { continue };
        let same = |asked: &&mut Asked<'_>| {
            row.what.contains(KIND_OF_ADDRESS) && group(asked.row) == group(row)
        };
        match all.iter_mut().find(same) {
            Some(asked) => {
                asked.of += 1;
                if row.value > asked.row.value {
                    asked.row = row;
                }
            }
            None => all.push(Asked { row, budget, of: 1 }),
        }
    }
    all
}

fn group(row: &Row) -> &str {
    row.what.split(KIND_OF_ADDRESS).next().unwrap_or_default()
}
