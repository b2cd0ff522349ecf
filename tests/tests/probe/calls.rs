//! Calls of host functions, one a line of text.
//!
//! ```text
//! proxy_get_header_map_value 0 "x-two" value
//! each 0 1 2: proxy_get_header_map_size $ word
//! include headers
//! include joined_name "via"
//! ```
//!
//! An argument is
//! - a number;
//! - `"text"`, which gives a pointer and a size; `\0`, `\n`, `\"`, `\\` and `\xHH` are known; `"a"*70000` repeats;
//! - `["name" "value" ...]`, the wire form of pairs, as a pointer and a size;
//! - `{"text"}`, an array of one WASI buffer, as a pointer and the count 1;
//! - a place that the host writes to, and the probe shows: `value` (pointer and size of bytes), `size` (the same, but only
//!   their number is shown), `word`, `other` (4 bytes each), `long` (8 bytes), `moment` (8 bytes that are not shown),
//!   `scratch` (16 bytes that are not shown).

use std::str::Chars;

use anyhow::{Context, Result, bail};

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The line it was read from.
    pub(crate) text: String,
    pub(crate) function: String,
    pub(crate) arguments: Vec<Argument>,
}

/// What a call gives to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Argument {
    Number(i64),
    Bytes(Vec<u8>),
    /// A WASI buffer.
    Buffer(Vec<u8>),
    Place(Place),
}

/// Where the host writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Value,
    Size,
    Word,
    Other,
    Long,
    Moment,
    Scratch,
}

/// Reads a file of calls. Empty lines and lines that begin with `#` are passed over.
pub(crate) fn parse(text: &str) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        for line in expand(line)? {
            let call = parse_call(&line);
            calls.push(call.with_context(|| format!("`{line}`"))?);
        }
    }
    Ok(calls)
}

/// `each 0 1: f $` stands for `f 0` and `f 1`.
fn expand(line: &str) -> Result<Vec<String>> {
    let Some(rest) = line.strip_prefix("each ") else {
        return Ok(vec![line.to_owned()]);
    };
    let (values, pattern) = rest.split_once(": ").context("`each` without a colon")?;
    Ok(values.split_whitespace().map(|value| pattern.replace('$', value)).collect())
}

fn parse_call(line: &str) -> Result<Call> {
    let (function, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut arguments = Vec::new();
    let mut rest = rest.trim_start();
    while !rest.is_empty() {
        let argument;
        (argument, rest) = parse_argument(rest)?;
        arguments.push(argument);
        rest = rest.trim_start();
    }
    Ok(Call { text: line.to_owned(), function: function.to_owned(), arguments })
}

fn parse_argument(text: &str) -> Result<(Argument, &str)> {
    if text.starts_with('"') {
        let (bytes, rest) = parse_text(text)?;
        return Ok((Argument::Bytes(bytes), rest));
    }
    if let Some(mut rest) = text.strip_prefix('[') {
        let mut texts = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix(']') {
                return Ok((Argument::Bytes(pairs(&texts)), rest));
            }
            let bytes;
            (bytes, rest) = parse_text(rest)?;
            texts.push(bytes);
        }
    }
    if let Some(rest) = text.strip_prefix('{') {
        let (bytes, rest) = parse_text(rest)?;
        let rest = rest.strip_prefix('}').context("`{` without `}`")?;
        return Ok((Argument::Buffer(bytes), rest));
    }
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Ok((parse_word(word)?, rest))
}

fn parse_word(word: &str) -> Result<Argument> {
    let place = match word {
        "value" => Place::Value,
        "size" => Place::Size,
        "word" => Place::Word,
        "other" => Place::Other,
        "long" => Place::Long,
        "moment" => Place::Moment,
        "scratch" => Place::Scratch,
        number => {
            let number = number.parse().with_context(|| format!("`{number}` is no argument"))?;
            return Ok(Argument::Number(number));
        }
    };
    Ok(Argument::Place(place))
}

/// A text in quotes, perhaps repeated, and what comes after it.
fn parse_text(text: &str) -> Result<(Vec<u8>, &str)> {
    let mut characters = text.strip_prefix('"').context("a text begins with `\"`")?.chars();
    let mut bytes = Vec::new();
    loop {
        match characters.next().context("a text ends with `\"`")? {
            '"' => break,
            '\\' => bytes.push(escaped(&mut characters)?),
            plain => bytes.extend(plain.to_string().into_bytes()),
        }
    }
    let rest = characters.as_str();
    let Some(rest) = rest.strip_prefix('*') else {
        return Ok((bytes, rest));
    };
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (count, rest) = rest.split_at(digits);
    Ok((bytes.repeat(count.parse().context("a text is repeated a number of times")?), rest))
}

fn escaped(characters: &mut Chars<'_>) -> Result<u8> {
    Ok(match characters.next() {
        Some('0') => 0,
        Some('n') => b'\n',
        Some('"') => b'"',
        Some('\\') => b'\\',
        Some('x') => {
            let digits: String = characters.take(2).collect();
            u8::from_str_radix(&digits, 16).with_context(|| format!("`\\x{digits}`"))?
        }
        other => bail!("unknown escape `\\{}`", other.unwrap_or(' ')),
    })
}

/// The wire form of pairs, as the specification gives it.
fn pairs(texts: &[Vec<u8>]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    let mut wire = number(texts.len() / 2).to_vec();
    wire.extend(texts.iter().flat_map(|text| number(text.len())));
    for text in texts {
        wire.extend_from_slice(text);
        wire.push(0);
    }
    wire
}

#[test]
fn a_line_is_read_as_it_says() {
    let calls = parse(concat!(
        "# nothing\n\n",
        "each 0 7: proxy_get_header_map_value $ \"a\\x00\\n\"*2 value\n",
        "fd_write 1 {\"x\"} word\n",
        "proxy_set_header_map_pairs 0 [\"k\" \"vw\"]\n",
    ))
    .unwrap();
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[1].text, r#"proxy_get_header_map_value 7 "a\x00\n"*2 value"#);
    let bytes = Argument::Bytes(b"a\0\na\0\n".to_vec());
    assert_eq!(calls[1].arguments, [Argument::Number(7), bytes, Argument::Place(Place::Value)]);
    assert_eq!(calls[2].arguments[1], Argument::Buffer(b"x".to_vec()));
    let wire = b"\x01\0\0\0\x01\0\0\0\x02\0\0\0k\0vw\0".to_vec();
    assert_eq!(calls[3].arguments[1], Argument::Bytes(wire));
    assert!(parse("f \"a").is_err() && parse("f what").is_err());
}
