//! Expressions that Envoy evaluates for a module: `expr_create`, `expr_evaluate` and `expr_delete`
//! (`source/extensions/common/wasm/foreign.cc`).
//!
//! Envoy takes any expression of CEL, the Common Expression Language. Here there are literals and
//! attributes, which is what modules ask for; whatever else Envoy would compute is refused.

use std::collections::BTreeMap;

use crate::holdings::ENTRY;
use crate::status::Status;

/// The expressions of a root context, by the tokens that the module knows them by.
#[derive(Debug, Default)]
pub(crate) struct Expressions {
    next: u32,
    made: BTreeMap<u32, Expression>,
}

/// What is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// A value in Envoy's encoding, whoever asks.
    Literal(Vec<u8>),
    /// The property with this path, zero bytes between the names.
    Attribute(Vec<u8>),
}

impl Expressions {
    /// Keeps an expression; its token, as the module gets it.
    pub(crate) fn create(&mut self, text: &[u8]) -> Result<Vec<u8>, Status> {
        let expression = Expression::parse(text).ok_or(Status::BadArgument)?;
        while self.made.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let token = self.next;
        self.next = token.wrapping_add(1);
        self.made.insert(token, expression);
        Ok(token.to_le_bytes().to_vec())
    }

    /// The expression that the module means.
    pub(crate) fn get(&self, token: &[u8]) -> Result<&Expression, Status> {
        self.made.get(&parse_token(token)?).ok_or(Status::NotFound)
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let texts = self.made.values().map(|expression| match expression {
            Expression::Literal(bytes) | Expression::Attribute(bytes) => bytes.len(),
        });
        texts.map(|size| size + ENTRY).sum()
    }

    /// Forgets an expression, which need not be there.
    pub(crate) fn delete(&mut self, token: &[u8]) -> Result<Vec<u8>, Status> {
        self.made.remove(&parse_token(token)?);
        Ok(Vec::new())
    }
}

impl Expression {
    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.trim();
        if let Ok(truth) = text.parse::<bool>() {
            return Some(Self::Literal(vec![u8::from(truth)]));
        }
        if text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
            let number: i64 = text.parse().ok()?;
            return Some(Self::Literal(number.to_le_bytes().to_vec()));
        }
        for quote in ['"', '\''] {
            if let Some(inner) = text.strip_prefix(quote) {
                let inner = inner.strip_suffix(quote)?;
                return (!inner.contains([quote, '\\'])).then(|| Self::Literal(inner.into()));
            }
        }
        let is_name = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.chars().all(|other| other.is_ascii_alphanumeric() || other == '_')
        };
        let path = text.split('.').all(is_name).then(|| text.replace('.', "\0"))?;
        Some(Self::Attribute(path.into_bytes()))
    }
}

/// A token as a module hands it over: four bytes.
fn parse_token(token: &[u8]) -> Result<u32, Status> {
    token.try_into().map(u32::from_le_bytes).map_err(|_| Status::BadArgument)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_attributes_are_expressions() {
        let literal = |value: &[u8]| Some(Expression::Literal(value.to_vec()));
        assert_eq!(Expression::parse(b" 258 "), literal(&[2, 1, 0, 0, 0, 0, 0, 0]));
        assert_eq!(Expression::parse(b"-1"), literal(&[255; 8]));
        assert_eq!(Expression::parse(b"'it'"), literal(b"it"));
        assert_eq!(Expression::parse(b"\"it\""), literal(b"it"));
        assert_eq!(Expression::parse(b"true"), literal(&[1]));
        let attribute = Expression::Attribute(b"request\0path".to_vec());
        assert_eq!(Expression::parse(b"request.path"), Some(attribute));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [&b""[..], b"(", b"1 + 1", b"a.", b".a", b"a[0]", b"'a", b"'a\\n'", b"\xFF"] {
            assert_eq!(Expression::parse(text), None, "{text:?}");
        }
        assert_eq!(Expressions::default().create(b"("), Err(Status::BadArgument));
    }

    #[test]
    fn tokens_are_not_given_twice() {
        let mut expressions = Expressions::default();
        let first = expressions.create(b"1").unwrap();
        assert_eq!(first, [0; 4]);
        assert_eq!(expressions.create(b"2").unwrap(), [1, 0, 0, 0]);
        assert_eq!(expressions.delete(&first), Ok(Vec::new()));
        assert_eq!(expressions.get(&first), Err(Status::NotFound));
        assert_eq!(expressions.create(b"3").unwrap(), [2, 0, 0, 0]);
        assert_eq!(expressions.get(&[0; 3]), Err(Status::BadArgument));
    }
}
