//! HTTP methods.

pub use policy_table::MAX_METHODS;

use std::fmt;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Reader, quote};

/// Methods of RFC 9110, section 9, and RFC 5789.
pub(crate) const STANDARD: [&str; 9] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// A method: a token (RFC 9110, section 5.6.2), case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Method(Box<str>);

impl Method {
    /// The text of the method.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text with the standard method in capitals that it is in small letters.
    pub(super) fn standard(text: &str) -> String {
        let upper = text.to_ascii_uppercase();
        if STANDARD.contains(&upper.as_str()) { upper } else { text.to_owned() }
    }

    pub(super) fn read(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let text = reader.text(node, "a method")?;
        let upper = Self::standard(text);
        let (message, help) = if upper != text {
            let message =
                format!("methods are case-sensitive, and {} is not `{upper}`", quote(text));
            (message, format!("write `{upper}`"))
        } else if !is_token(text) {
            let message = format!("{} is not a method", quote(text));
            (
                message,
                "write an HTTP token such as `GET`; leave `methods` out for every method"
                    .to_owned(),
            )
        } else {
            return Some(Self(text.into()));
        };
        let place = reader.place(node);
        reader
            .report(Diagnostic::error(Code::InvalidMethod, place, message).found(text).help(help));
        None
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a text is a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
