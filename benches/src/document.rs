//! Figures of records as tables in a document, so that nobody copies them by hand.
//!
//! A document has places `<!-- figures: NAME -->` … `<!-- end -->`; what stands between becomes
//! the table of `NAME.csv`. Of a long record `<!-- figures: NAME: MEASURE, … -->` shows what has
//! these measures, and only them. `<!-- figures: asked -->` shows every budget in the records of
//! the other places, met or not.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::asked;
use crate::record::{Row, figure};

const BEGIN: &str = "<!-- figures: ";
const BEGIN_END: &str = " -->\n";
const END: &str = "<!-- end -->";
const ASKED: &str = "asked";

/// The document with the figures of the records in `folder`.
///
/// # Errors
/// Where a place has no end, or a record cannot be read.
pub fn with_figures(document: &str, folder: &Path) -> Result<String> {
    let mut parts = document.split(BEGIN);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) =
            part.split_once(BEGIN_END).context("a place for figures has no name")?;
        let (_, after) = rest
            .split_once(END)
            .with_context(|| format!("the place for the figures of `{place}` has no `{END}`"))?;
        let table = if place == ASKED {
            asked::table(&names(document), folder)?
        } else {
            let (name, measures) = name_and_measures(place);
            let chosen: Vec<&str> = measures.split(", ").filter(|name| !name.is_empty()).collect();
            let file = folder.join(format!("{name}.csv"));
            let mut rows = Row::read(&file)?;
            rows.retain(|row| chosen.is_empty() || chosen.contains(&row.measure.as_str()));
            table(&rows, &file)?
        };
        write!(text, "{BEGIN}{place}{BEGIN_END}{table}{END}{after}")?;
    }
    Ok(text)
}

/// The records that a document shows, each once.
fn names(document: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in document.split(BEGIN).skip(1) {
        let place = part.split_once(BEGIN_END).map_or(part, |(place, _)| place);
        let (name, _) = name_and_measures(place);
        if name != ASKED && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn name_and_measures(place: &str) -> (&str, &str) {
    place.split_once(": ").unwrap_or((place, ""))
}

/// One line for each thing of each size, one column for each measure; then how it was made.
fn table(rows: &[Row], file: &Path) -> Result<String> {
    let mut measures: Vec<&str> = Vec::new();
    let mut things: Vec<(&str, &str, u64)> = Vec::new();
    for row in rows {
        if !measures.contains(&row.measure.as_str()) {
            measures.push(&row.measure);
        }
        let thing = (row.what.as_str(), row.by.as_str(), row.amount);
        if !things.contains(&thing) {
            things.push(thing);
        }
    }
    let mut text = format!("| what | size | {} |\n", measures.join(" | "));
    writeln!(text, "|---|--:|{}", "--:|".repeat(measures.len()))?;
    for (what, by, amount) in things {
        write!(text, "| {what} | {} {by} |", figure(amount.to_string()))?;
        for measure in &measures {
            let row = rows.iter().find(|row| {
                (row.what.as_str(), row.by.as_str(), row.amount) == (what, by, amount)
                    && row.measure == *measure
            });
            write!(text, " {} |", row.map(Row::shown).unwrap_or_default())?;
        }
        text.push('\n');
    }
    let made = std::fs::read_to_string(file)?;
    let made = made.lines().filter_map(|line| line.strip_prefix("# "));
    let made: Vec<&str> = made.filter(|line| !line.starts_with("command")).collect();
    writeln!(text, "\n({})", made.join("; "))?;
    Ok(text)
}
