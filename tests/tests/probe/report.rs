//! What a probe wrote, line by line, in a form that two hosts can be compared in.

use std::collections::BTreeMap;

/// The lines of one probe in one host.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Callback and arguments, in the order of the callbacks.
    pub(crate) callbacks: Vec<String>,
    /// By callback, call, and how often that call was made before in callbacks of that name: what came of it.
    pub(crate) results: BTreeMap<(String, String, usize), String>,
    closes: BTreeMap<String, usize>,
    lines: Vec<String>,
}

impl Report {
    /// Reads lines as the probe writes them, without the `@`, in any order and perhaps more than once.
    pub(crate) fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut report = Self::default();
        let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut lines: Vec<(u32, &str)> = lines
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(number, line)| Some((number.parse().ok()?, line)))
            .collect();
        lines.sort_unstable_by_key(|(number, _)| *number);
        lines.dedup_by_key(|(number, _)| *number);
        for (_, line) in lines {
            report.lines.push(line.to_owned());
            if let Some((callback, call)) = line.split_once(": ") {
                let (call, result) = call.rsplit_once(" = ").unwrap_or((call, "nothing"));
                let key = (callback.to_owned(), call.to_owned());
                let before = times.entry(key).or_default();
                let key = (callback.to_owned(), call.to_owned(), *before);
                *before += 1;
                report.results.insert(key, without_ports(result));
            } else if let Some(callback) = line.strip_suffix('.') {
                *report.closes.entry(callback.to_owned()).or_default() += 1;
            } else {
                report.callbacks.push(line.to_owned());
            }
        }
        report
    }

    /// How many callbacks of this name have returned.
    pub(crate) fn closes(&self, callback: &str) -> usize {
        self.closes.get(callback).copied().unwrap_or_default()
    }

    /// For an error.
    pub(crate) fn last_lines(&self) -> String {
        let from = self.lines.len().saturating_sub(5);
        self.lines.get(from..).unwrap_or_default().join("\n")
    }
}

/// `15 127.0.0.1:40000` as `127.0.0.1:PORT`, since ports are of no account.
fn without_ports(text: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    match text.split_once(HOST) {
        Some((before, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            let before = before
                .trim_end_matches(|character: char| character.is_ascii_digit() || character == ' ');
            format!("{before} {HOST}PORT")
        }
        _ => text.to_owned(),
    }
}
