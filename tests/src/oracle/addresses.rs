//! The client's address, and rules about it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use policy_compiler::model::{AddressList, AddressRule, ClientAddress, Gateway};
use policy_table::Reason;

use super::Check;
use super::credentials::trim;
use crate::request::Request;

/// Where the request comes from; else why no rule can be asked about it.
pub(super) fn client_address(gateway: &Gateway, request: &Request) -> Check<IpAddr> {
    if request.header("early-data").next().is_some() {
        return Err(Reason::TooEarly);
    }
    let address = match gateway.client_address {
        ClientAddress::Connection => request.address,
        ClientAddress::XForwardedFor { trusted_hops } => {
            forwarded(request, usize::from(trusted_hops))
        }
    };
    address.map(unmapped).ok_or(Reason::AddressUnknown)
}

/// Blocked first, then allowed; a rule that says something needs an address.
pub(super) fn check(
    rule: &AddressRule,
    address: Check<IpAddr>,
    blocked: Reason,
    not_allowed: Reason,
) -> Check<()> {
    if rule.blocked.is_empty() && rule.allowed.is_empty() {
        return Ok(());
    }
    let address = address?;
    if holds(&rule.blocked, address) {
        return Err(blocked);
    }
    if !rule.allowed.is_empty() && !holds(&rule.allowed, address) {
        return Err(not_allowed);
    }
    Ok(())
}

fn holds(list: &AddressList, address: IpAddr) -> bool {
    list.ranges().any(|range| match (range.first(), address, range.last()) {
        (IpAddr::V4(first), IpAddr::V4(address), IpAddr::V4(last)) => {
            first <= address && address <= last
        }
        (IpAddr::V6(first), IpAddr::V6(address), IpAddr::V6(last)) => {
            first <= address && address <= last
        }
        _ => false,
    })
}

/// An IPv4-mapped IPv6 address equals its IPv4 address.
fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.into(),
            None => address.into(),
        },
        IpAddr::V4(_) => address,
    }
}

/// The entry of X-Forwarded-For with this number from the right, counted from 1.
fn forwarded(request: &Request, trusted_hops: usize) -> Option<IpAddr> {
    let mut entries = Vec::new();
    for value in request.header("x-forwarded-for") {
        entries.extend(value.split(|byte| *byte == b','));
    }
    let position = entries.len().checked_sub(trusted_hops)?;
    address(std::str::from_utf8(trim(entries.get(position)?)).ok()?)
}

/// `v4`, `v4:port`, `v6`, `[v6]` or `[v6]:port`, a zone after an IPv6 address left out.
fn address(text: &str) -> Option<IpAddr> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (inside, after) = bracketed.split_once(']')?;
        let port_or_nothing = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
        return if port_or_nothing { ipv6(inside) } else { None };
    }
    let ipv4 = |text: &str| text.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    match text.split_once(':') {
        None => ipv4(text),
        Some((before, port)) if before.contains('.') => ipv4(before).filter(|_| is_port(port)),
        Some(_) => ipv6(text),
    }
}

fn ipv6(text: &str) -> Option<IpAddr> {
    let without_zone = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((address, _)) => address,
        None => text,
    };
    without_zone.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}
