//! Numbers as people read them.

/// A number of things.
pub(crate) fn counted(count: impl TryInto<u128>, what: &str) -> String {
    let count = count.try_into().unwrap_or(u128::MAX);
    let plural = match count {
        1 => "",
        _ if what.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {what}{plural}", grouped(count))
}

/// A number with its digits in groups of three.
pub(crate) fn grouped(count: impl TryInto<u128>) -> String {
    let digits = count.try_into().unwrap_or(u128::MAX).to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(counted(1_u8, "key"), "1 key");
        assert_eq!(counted(0_u8, "loss"), "0 losses");
        assert_eq!(counted(1_234_567_u32, "IPv4 address"), "1,234,567 IPv4 addresses");
    }
}
