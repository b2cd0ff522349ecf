//! Hosts: which can be read in two ways, and the names of those that cannot.

use std::net::{Ipv4Addr, Ipv6Addr};

use policy_table::Reason;

use super::Check;

/// The name of a host in lower case; an IPv6 address in brackets, as policies have it.
pub(super) fn name(authority: &[u8]) -> Check<Vec<u8>> {
    let authority = std::str::from_utf8(authority).map_err(|_| Reason::HostAmbiguous)?;
    // The last colon begins a port, but within brackets.
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (authority, None),
    };
    let allowed = |text: &str, others: &str, is_letter: fn(&char) -> bool| {
        text.chars().all(|one| is_letter(&one) || others.contains(one))
    };
    let bracketed = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_number = match last.strip_prefix("0x") {
        Some(digits) => digits.chars().all(|digit| digit.is_ascii_hexdigit()),
        None => allowed(&last, "", char::is_ascii_digit),
    };
    let name = match bracketed.map(str::parse::<Ipv6Addr>) {
        Some(Ok(address)) => format!("[{address}]"),
        None if is_number && name.parse::<Ipv4Addr>().is_err() => {
            return Err(Reason::HostAmbiguous);
        }
        None if allowed(name, "-._", char::is_ascii_alphanumeric) && !name.ends_with('.') => {
            name.to_ascii_lowercase()
        }
        _ => return Err(Reason::HostAmbiguous),
    };
    let is_port = |port: &str| {
        let digits = allowed(port, "", char::is_ascii_digit) && port.len() <= 5;
        digits && port.parse::<u16>().is_ok()
    };
    if port.is_none_or(is_port) { Ok(name.into_bytes()) } else { Err(Reason::HostAmbiguous) }
}
