//! Where requests go that the module lets pass.

use std::net::Ipv6Addr;

/// The text as it is where it is a host and a port: a name is looked up with each request.
///
/// # Errors
/// When it is something else, such as a URL: what to write.
pub(super) fn host_and_port(text: &str) -> Result<String, String> {
    if is_host_and_port(text) {
        return Ok(text.to_owned());
    }
    let expected =
        "expected a host and a port, such as `localhost:9000`, `192.0.2.1:9000` or `[::1]:9000`";
    Err(match text.split_once("://") {
        Some(("http", rest)) => match in_url(rest) {
            Some(bare) => format!("{expected}: write `{bare}`"),
            None => format!("{expected}, without scheme and path"),
        },
        Some(_) => format!("{expected}: it is asked by plain HTTP"),
        None => expected.to_owned(),
    })
}

/// What of a URL is a host and a port; 80 where it says no port.
fn in_url(rest: &str) -> Option<String> {
    let authority = rest.split(['/', '?', '#']).next()?;
    [authority.to_owned(), format!("{authority}:80")]
        .into_iter()
        .find(|text| is_host_and_port(text))
}

/// A name or an address, one of version 6 in brackets.
fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let usable = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(usable),
    };
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}
