//! Header names.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Reader, quote};

use super::method::is_token;

/// Headers that belong to one connection (RFC 9110, section 7.6.1), to the message itself
/// or to the proxy: a policy must not read or write them.
pub(crate) const RESERVED: [&str; 16] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-proto",
];

/// How the names of headers begin that Envoy writes after its filters, over what a filter wrote.
pub(crate) const RESERVED_PREFIX: &str = "x-envoy-";

/// Headers that carry credentials in a form of their own, and how to name that.
pub(crate) const CREDENTIALS: [(&str, &str, &str); 2] = [
    (
        "authorization",
        "`authorization` carries a scheme before the credential",
        "write `{ bearer: true }` or `{ basic: user }`",
    ),
    ("cookie", "`cookie` carries all cookies", "write `{ cookie: name }`"),
];

const OTHER: &str = "choose another header, for instance one that begins with `x-`";

/// The name of a header: a token (RFC 9110, section 5.6.2) in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeaderName(Box<str>);

impl HeaderName {
    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name that the compiler itself chooses.
    pub(super) fn known(name: &'static str) -> Option<Self> {
        is_token(name).then(|| Self(name.into()))
    }

    /// Reads the name of a header that carries a credential, or else a forwarded name.
    pub(super) fn read(reader: &mut Reader, node: &Node<'_>, is_credential: bool) -> Option<Self> {
        let text = reader.text(node, "the name of a header")?;
        let name = text.to_ascii_lowercase();
        let place = reader.place(node);
        let (code, message, help) = if name.starts_with(':') {
            let message =
                format!("{} is a pseudo-header of HTTP/2", quote(&reader.show(place, text)));
            (Code::ReservedHeader, message, OTHER)
        } else if !is_token(&name) {
            let message =
                format!("{} is not the name of a header", quote(&reader.show(place, text)));
            (
                Code::InvalidHeader,
                message,
                "write a name such as `x-api-key`, without blanks and colon",
            )
        } else if let Some((_, message, help)) =
            CREDENTIALS.iter().find(|(known, ..)| *known == name)
        {
            (Code::ReservedHeader, (*message).to_owned(), if is_credential { *help } else { OTHER })
        } else if RESERVED.contains(&name.as_str()) || name.starts_with(RESERVED_PREFIX) {
            let message = format!(
                "header {} belongs to the connection or the proxy",
                quote(&reader.show(place, text))
            );
            (Code::ReservedHeader, message, OTHER)
        } else {
            return Some(Self(name.into()));
        };
        let shown = reader.show(place, text);
        reader.report(Diagnostic::error(code, place, message).found(shown).help(help));
        None
    }
}
