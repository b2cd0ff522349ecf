//! What a probe wrote, line by line, in a form that two hosts can be compared in.

use std::collections::BTreeMap;

/// A header that Envoy adds to answers: how long they took.
pub(crate) const TIME: &str = "x-envoy-upstream-service-time";

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
                report.results.insert(key, without_times(&without_ports(result)));
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

    /// How many callbacks have returned.
    pub(crate) fn returned(&self) -> usize {
        self.closes.values().sum()
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

/// Pairs among which there is a time, as text without it, since times are of no account.
fn without_times(text: &str) -> String {
    if !text.contains(TIME) {
        return text.to_owned();
    }
    let pairs = text.splitn(3, ' ').last().and_then(|bytes| pairs(&unescaped(bytes)));
    let Some(pairs) = pairs else {
        return text.to_owned();
    };
    let shown = |(name, value): &(String, String)| match name.as_str() {
        TIME => format!("{name}: TIME"),
        _ => format!("{name}: {value}"),
    };
    format!("0 {}", pairs.iter().map(shown).collect::<Vec<_>>().join("; "))
}

/// The bytes that the probe wrote as `\xHH`, and the others.
fn unescaped(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend(rest.as_bytes());
    }
    bytes
}

/// A map in its wire form, if it is whole.
fn pairs(wire: &[u8]) -> Option<Vec<(String, String)>> {
    let (words, _) = wire.as_chunks::<4>();
    let mut sizes = words.iter().map(|word| u32::from_le_bytes(*word));
    let count = usize::try_from(sizes.next()?).ok()?;
    let mut rest = wire.get(4 + count.checked_mul(8)?..)?;
    let mut text = |size: u32| {
        let (text, after) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        rest = after.strip_prefix(b"\0")?;
        Some(String::from_utf8_lossy(text).into_owned())
    };
    (0..count).map(|_| Some((text(sizes.next()?)?, text(sizes.next()?)?))).collect()
}

#[test]
fn times_are_of_no_account() {
    let line = |time: &str| {
        let size = time.len();
        format!(
            "0 9 \\x01\\x00\\x00\\x00\\x1d\\x00\\x00\\x00\\x0{size}\\x00\\x00\\x00{TIME}\\x00{time}\\x00"
        )
    };
    assert_eq!(without_times(&line("7")), "0 x-envoy-upstream-service-time: TIME");
    assert_eq!(without_times(&line("123")), without_times(&line("7")));
    assert_eq!(without_times("0 5 x-two"), "0 5 x-two");
}
