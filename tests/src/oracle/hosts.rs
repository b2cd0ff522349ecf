//! Hosts: which can be read in two ways, and the names of those that cannot.

use policy_table::Reason;

use super::Check;

/// The name of a host in lower case, an IPv6 address in its brackets.
pub(super) fn name(authority: &[u8]) -> Check<Vec<u8>> {
    let authority = std::str::from_utf8(authority).map_err(|_| Reason::HostAmbiguous)?;
    // The last colon begins a port, but within brackets.
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (authority, ""),
    };
    let allowed = |text: &str, others: &str, is_letter: fn(&char) -> bool| {
        text.chars().all(|one| is_letter(&one) || others.contains(one))
    };
    let bracketed = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_name = match bracketed {
        Some(address) => allowed(address, ":.", char::is_ascii_hexdigit),
        None => allowed(name, "-._", char::is_ascii_alphanumeric),
    };
    if is_name && allowed(port, "", char::is_ascii_digit) {
        Ok(name.to_ascii_lowercase().into_bytes())
    } else {
        Err(Reason::HostAmbiguous)
    }
}
