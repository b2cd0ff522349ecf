//! The fields of a JSON object.
//!
//! Only what settings need: a flat object of text, numbers and booleans.

use std::borrow::Cow;

use hifijson::num::LexWrite as _;
use hifijson::str::LexAlloc as _;
use hifijson::token::Lex as _;
use hifijson::{Error, Expect, SliceLexer};

use super::fields::{FieldError, Value};

/// The fields of an object, in their order; of those from the first one on that no setting can
/// be, a list or an object, only that one.
///
/// # Errors
/// Where the bytes are no JSON, or another value than an object.
pub(super) fn fields(json: &[u8]) -> Result<Vec<(Cow<'_, str>, Value<'_>)>, FieldError> {
    let mut lexer = SliceLexer::new(json);
    let mut fields = Vec::new();
    let read = lexer.exactly_one(SliceLexer::ws_peek, |first, lexer| {
        if first != b'{' {
            return Err(Stopped::Broken(Expect::Value.into()));
        }
        lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| {
            let (name, value) = field(next, lexer)?;
            let nested = value == NESTED;
            fields.push((name, value));
            if nested { Err(Stopped::Nested) } else { Ok(()) }
        })
    });
    match read {
        Ok(()) | Err(Stopped::Nested) => Ok(fields),
        Err(Stopped::Broken(error)) => Err(FieldError::Json {
            at: json.len().saturating_sub(lexer.as_slice().len()),
            message: error.to_string(),
        }),
    }
}

/// Why reading ended before the end.
enum Stopped {
    Broken(Error),
    /// What is inside does not matter: no field may have it.
    Nested,
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

const NESTED: Value<'_> = Value::Other("a list or an object");

fn field<'a>(next: u8, lexer: &mut SliceLexer<'a>) -> Result<(Cow<'a, str>, Value<'a>), Stopped> {
    lexer.expect(|_| Some(next), b'"').ok_or(Expect::String)?;
    let name = lexer.str_string()?;
    lexer.expect(SliceLexer::ws_peek, b':').ok_or(Expect::Colon)?;
    let value = match lexer.ws_peek().ok_or(Expect::Value)? {
        b'"' => Value::Text(lexer.discarded().str_string()?),
        b'0'..=b'9' | b'-' => number(lexer.num_bytes().validated()?.0),
        b'{' | b'[' => NESTED,
        _ => match lexer.null_or_bool().ok_or(Expect::Value)? {
            Some(switch) => Value::Boolean(switch),
            None => Value::Other("null"),
        },
    };
    Ok((name, value))
}

fn number(digits: &[u8]) -> Value<'_> {
    match std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()) {
        Some(count) => Value::Count(count),
        None => Value::Other("a number that is no count"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    #[test]
    fn an_object_is_read_in_its_order() {
        let json = br#" { "a" : "x", "b": 7, "c\u0064": "\/\"", "e": true, "f": null, "g": -1, "h": 0.5, "a": 1e3 } "#;
        let expected = [
            ("a", text("x")),
            ("b", Value::Count(7)),
            ("cd", text("/\"")),
            ("e", Value::Boolean(true)),
            ("f", Value::Other("null")),
            ("g", Value::Other("a number that is no count")),
            ("h", Value::Other("a number that is no count")),
            ("a", Value::Other("a number that is no count")),
        ];
        assert_eq!(fields(json).unwrap(), expected.map(|(name, value)| (name.into(), value)));
        assert_eq!(fields(b"{}").unwrap(), []);
    }

    #[test]
    fn what_is_nested_is_no_setting() {
        for json in [r#"{"a":{"b":1},"c":"#, r#"{"a":[1"#] {
            let found = fields(json.as_bytes()).unwrap();
            assert_eq!(found, [("a".into(), Value::Other("a list or an object"))], "{json}");
        }
    }

    #[test]
    fn anything_else_is_no_json() {
        for json in [
            "",
            "{",
            "}",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "{\"a\":01}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":1}{}",
            "{\"a\":1} x",
            "{\"a\":tru}",
            "{\"a\":+1}",
            "{,}",
            "{\"a\":1 \"b\":2}",
        ] {
            assert!(fields(json.as_bytes()).is_err(), "{json}");
        }
        assert!(fields(b"{\"a\":\"\xFF\"}").is_err());
    }
}
