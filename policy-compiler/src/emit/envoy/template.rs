//! Texts with places for values.

/// A template with its places filled in: `{{name}}` by a value, and a line of nothing else by a block of lines,
/// which may be none. One pass: what a value says is no part of the template.
pub(super) fn fill(template: &str, blocks: &[(&str, String)], values: &[(&str, String)]) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, (name, after))) = next_place(rest) {
        text.push_str(before);
        rest = after;
        let known = |(known, _): &&(&str, String)| *known == name;
        if let Some((_, block)) = blocks.iter().find(known) {
            // It stands for its whole line.
            text.push_str(block);
            rest = after.strip_prefix('\n').unwrap_or(after);
        } else if let Some((_, value)) = values.iter().find(known) {
            text.push_str(value);
        }
    }
    text + rest
}

/// Lines, each a number of blanks further to the right.
pub(super) fn indented(lines: &str, blanks: usize) -> String {
    lines.lines().map(|line| format!("{:blanks$}{line}\n", "")).collect()
}

/// What stands before the next `{{name}}`, its name, and what stands after it.
fn next_place(template: &str) -> Option<(&str, (&str, &str))> {
    let (before, after) = template.split_once("{{")?;
    Some((before, after.split_once("}}")?))
}
