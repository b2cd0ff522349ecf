//! What is inside a table.

use policy_table::{Table, VERSION};
use serde::Serialize;

use crate::compile::Summary;

/// How long the longest bar of the chart is, in characters.
const BAR_CHARACTERS: usize = 40;

/// A table's contents and what they weigh.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The version of the table's format.
    pub format_version: u32,
    /// The figures that `compile` shows, too.
    #[serde(flatten)]
    pub summary: Summary,
    /// The sections in the order of the file.
    pub sections: Vec<Section>,
}

/// One section of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its name in the description of the format.
    pub name: &'static str,
    /// Its length.
    pub bytes: usize,
}

impl Inspection {
    /// Looks into a table of `bytes` bytes.
    pub fn of(table: &Table<'_>, bytes: usize) -> Self {
        Self {
            // A table of another version is refused, so this one has ours.
            format_version: VERSION,
            summary: Summary::of(table, bytes),
            sections: table
                .sections()
                .map(|section| Section { name: section.name, bytes: section.bytes })
                .collect(),
        }
    }

    /// The sections as a bar chart.
    pub fn chart(&self) -> String {
        let longest = self.sections.iter().map(|section| section.bytes).max().unwrap_or(0).max(1);
        let name_width = self.sections.iter().map(|section| section.name.len()).max().unwrap_or(0);
        let size_width = longest.to_string().len();
        let lines: Vec<String> = self
            .sections
            .iter()
            .map(|Section { name, bytes }| {
                let length = bytes.saturating_mul(BAR_CHARACTERS).div_ceil(longest);
                let bar = "#".repeat(length);
                format!("{name:name_width$}  {bytes:size_width$}  {bar}").trim_end().to_owned()
            })
            .collect();
        lines.join("\n")
    }
}
