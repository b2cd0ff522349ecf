//! Names of clients, keys, collections, IP lists and usage policies.

use std::borrow::Borrow;
use std::fmt;

use smol_str::SmolStr;

use crate::diagnostic::secret::holds_key;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Reader, quote};

/// The longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

/// A name: 1 to 128 bytes of printable ASCII without a space at either end, which is a legal
/// header value (RFC 9110, section 5.5), because names are forwarded to the upstream. A key in
/// clear text is none: names are shown everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(SmolStr);

impl Name {
    /// The name, if the text is one.
    pub fn new(text: &str) -> Option<Self> {
        let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let holds = !text.is_empty()
            && text.len() <= MAX_NAME_BYTES
            && printable
            && text.trim() == text
            && !holds_key(text);
        holds.then(|| Self(text.into()))
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the name of `what` ("client").
    pub(crate) fn read(reader: &mut Reader, node: &Node<'_>, what: &str) -> Option<Self> {
        let text = node.scalar_text().unwrap_or_default();
        let name = Self::new(text);
        if name.is_none() {
            let place = reader.place(node);
            reader.hide_within(node);
            let text = reader.show(place, text);
            let message = match text.as_str() {
                "" => format!("a {what} needs a name"),
                _ => format!("{} cannot be the name of a {what}", quote(&text)),
            };
            reader.report(Diagnostic::error(Code::InvalidName, place, message).found(text).help(
                format!(
                    "use 1 to {MAX_NAME_BYTES} printable ASCII characters, no space at either end, and no key"
                ),
            ));
        }
        name
    }
}

/// Found by its text.
impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
