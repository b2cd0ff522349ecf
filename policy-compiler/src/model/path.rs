//! Path patterns.

pub use policy_table::MAX_SEGMENTS;
use policy_table::{MAX_TEXT_BYTES, is_direction_mark};

use std::fmt;

/// A pattern of path segments, compared with the decoded segments of a request's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    segments: Vec<Segment>,
    rest: bool,
}

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// These bytes, after escapes were decoded once.
    Literal(Box<[u8]>),
    /// Any one segment; what it is called does not matter.
    Parameter,
}

/// Why a text is no path pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPath {
    /// Two servers could read it in two ways: what is there, in words.
    Ambiguous(&'static str),
    /// It does not begin with a slash.
    NoSlash,
    /// It has a query or fragment.
    Query,
    /// A character that no path has.
    Character,
    /// Braces that are not a whole segment with a name.
    Parameter,
    /// A star that is not a last segment `**`.
    Star,
    /// More segments than a pattern may have.
    TooLong,
    /// A segment of more bytes than a table takes.
    LongSegment,
}

impl PathPattern {
    /// Reads `/orders/{id}` or `/reports/**`; `/` has no segment.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let path = text.strip_prefix('/').ok_or(InvalidPath::NoSlash)?;
        let mut pattern = Self::root();
        pattern.text = text.to_owned();
        if path.is_empty() {
            return Ok(pattern);
        }
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            match (part, parts.peek()) {
                ("**", None) => pattern.rest = true,
                ("", Some(_)) => return Err(InvalidPath::Ambiguous("an empty segment (`//`)")),
                _ => pattern.segments.push(segment(part)?),
            }
        }
        pattern.within_limits()
    }

    /// The pattern of `/`.
    pub fn root() -> Self {
        Self { text: "/".to_owned(), segments: Vec::new(), rest: false }
    }

    /// This pattern, and another one below it.
    ///
    /// # Errors
    /// When both together have too many segments.
    pub fn join(&self, below: &Self) -> Result<Self, InvalidPath> {
        let text = match (self.text.as_str(), below.text.as_str()) {
            ("/", below) => below.to_owned(),
            (base, "/") => base.to_owned(),
            (base, below) => format!("{base}{below}"),
        };
        let mut joined = Self {
            text,
            segments: self.segments.iter().chain(&below.segments).cloned().collect(),
            rest: below.rest,
        };
        if joined.segments.is_empty() && !joined.rest {
            // The path `/` of a request is one empty segment.
            joined.segments.push(Segment::Literal(Box::default()));
        }
        joined.within_limits()
    }

    /// This pattern and everything below it.
    #[must_use]
    pub fn with_rest(mut self) -> Self {
        if !self.rest {
            self.rest = true;
            let slash = if self.text == "/" { "" } else { "/" };
            self.text = format!("{}{slash}**", self.text);
        }
        self
    }

    /// The segments, without a trailing `**`. A trailing slash is a last, empty segment.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether any further segments match, none included.
    pub fn rest(&self) -> bool {
        self.rest
    }

    fn within_limits(self) -> Result<Self, InvalidPath> {
        if self.segments.len() > MAX_SEGMENTS { Err(InvalidPath::TooLong) } else { Ok(self) }
    }
}

/// As it stands in the document.
impl fmt::Display for PathPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl InvalidPath {
    /// What is wrong with the path, for a message after the path itself.
    pub fn problem(self) -> String {
        match self {
            Self::Ambiguous(what) => format!("can be read in two ways: it has {what}"),
            Self::NoSlash => "does not begin with `/`".to_owned(),
            Self::Query => "has a query or fragment".to_owned(),
            Self::Character => "has a character that stands in no path".to_owned(),
            Self::Parameter => "has braces that are not one whole segment `{name}`".to_owned(),
            Self::Star => "has a `*` that is not a last segment `**`".to_owned(),
            Self::TooLong => format!("has more than {MAX_SEGMENTS} segments"),
            Self::LongSegment => format!("has a segment of more than {MAX_TEXT_BYTES} bytes"),
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::Ambiguous(_) => {
                "no request with such a path is let through, so write the path that clients send without it"
            }
            Self::NoSlash => "write `/` in front",
            Self::Query => "leave it out: only the path is matched",
            Self::Character => "write it percent-encoded, a space as `%20`",
            Self::Parameter => "write `/orders/{id}`; a literal brace is `%7B` or `%7D`",
            Self::Star => {
                "write `{name}` for any one segment, `/**` at the end for any rest; a literal star is `%2A`"
            }
            Self::TooLong => "shorten the path, or end it in `/**`",
            Self::LongSegment => "shorten the segment, or write `{name}` for any one segment",
        }
    }
}

fn segment(part: &str) -> Result<Segment, InvalidPath> {
    if let Some(name) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let holds = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        return if holds { Ok(Segment::Parameter) } else { Err(InvalidPath::Parameter) };
    }
    for character in part.chars() {
        match character {
            '{' | '}' => return Err(InvalidPath::Parameter),
            '*' => return Err(InvalidPath::Star),
            '?' | '#' => return Err(InvalidPath::Query),
            '\\' => return Err(InvalidPath::Ambiguous("a backslash")),
            ';' => return Err(InvalidPath::Ambiguous("a `;` parameter")),
            control if control.is_control() => {
                return Err(InvalidPath::Ambiguous("a control character"));
            }
            blank if blank.is_whitespace() => return Err(InvalidPath::Character),
            _ => {}
        }
    }
    let bytes = decode(part)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(InvalidPath::Ambiguous("escapes that are no UTF-8"));
    };
    if text.contains(is_direction_mark) {
        return Err(InvalidPath::Ambiguous("a mark of the direction of writing"));
    }
    if matches!(bytes.as_slice(), b"." | b"..") {
        return Err(InvalidPath::Ambiguous("a `.` or `..` segment"));
    }
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(InvalidPath::LongSegment);
    }
    Ok(Segment::Literal(bytes.into()))
}

/// Decodes escapes once (RFC 3986, section 2.1).
fn decode(part: &str) -> Result<Vec<u8>, InvalidPath> {
    let mut decoded = Vec::with_capacity(part.len());
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let value = hex(bytes.next())
            .zip(hex(bytes.next()))
            .map(|(high, low)| (high << 4) | low)
            .ok_or(InvalidPath::Ambiguous("a broken escape"))?;
        match value {
            b'/' => return Err(InvalidPath::Ambiguous("an encoded slash (`%2F`)")),
            b'\\' => return Err(InvalidPath::Ambiguous("an encoded backslash (`%5C`)")),
            b'?' => return Err(InvalidPath::Ambiguous("an encoded question mark (`%3F`)")),
            0..0x20 | 0x7f => return Err(InvalidPath::Ambiguous("an encoded control character")),
            _ => decoded.push(value),
        }
    }
    Ok(decoded)
}

fn hex(byte: Option<u8>) -> Option<u8> {
    char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Literals in quotes, `{}` for parameters, `**` for any rest.
    fn shape(pattern: &PathPattern) -> String {
        let segments = pattern.segments.iter().map(|segment| match segment {
            Segment::Literal(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
            Segment::Parameter => "{}".to_owned(),
        });
        let rest = pattern.rest.then(|| "**".to_owned());
        segments.chain(rest).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn patterns() {
        let cases = [
            ("/", ""),
            ("/**", "**"),
            ("/orders/{id}", r#""orders" {}"#),
            ("/orders/{order-id.v1}/items", r#""orders" {} "items""#),
            ("/orders/", r#""orders" """#),
            ("/reports/**", r#""reports" **"#),
            ("/a%20b/caf%C3%A9/café", r#""a b" "café" "café""#),
            ("/%7Bid%7D/%2A%2A", r#""{id}" "**""#),
            ("/%252F", r#""%2F""#),
            ("/...", r#""...""#),
            ("/a,b=c:d@e!f$g&h'(i)+~", r#""a,b=c:d@e!f$g&h'(i)+~""#),
        ];
        for (text, expected) in cases {
            assert_eq!(shape(&PathPattern::parse(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn no_patterns() {
        use InvalidPath::{Character, NoSlash, Parameter, Query, Star};
        let cases = [
            ("", NoSlash),
            ("orders", NoSlash),
            ("/a?b", Query),
            ("/a#b", Query),
            ("/a b", Character),
            ("/{", Parameter),
            ("/{}", Parameter),
            ("/{a}b", Parameter),
            ("/{a b}", Parameter),
            ("/**/a", Star),
            ("/a*", Star),
            ("/***", Star),
        ];
        for (text, expected) in cases {
            assert_eq!(PathPattern::parse(text), Err(expected), "{text}");
        }
        let ambiguous = [
            "//",
            "/a//b",
            "/a//",
            "/.",
            "/a/..",
            "/%2e/a",
            "/%2E%2e",
            "/a%2fb",
            "/a\\b",
            "/a%5Cb",
            "/a%3Fb",
            "/a%3f",
            "/a%E2%80%8E",
            "/a%e2%80%ae",
            "/a\u{200F}",
            "/a%00",
            "/a%0A",
            "/a%7f",
            "/a%",
            "/a%4",
            "/a%GG",
            "/a%+1",
            "/a;b",
            "/a\tb",
            "/a%FF",
            "/%C3",
            "/.%80.",
            "/%C0%AE",
        ];
        for text in ambiguous {
            let invalid = PathPattern::parse(text).unwrap_err();
            assert!(matches!(invalid, InvalidPath::Ambiguous(_)), "{text} {invalid:?}");
        }
        assert_eq!(PathPattern::parse(&"/a".repeat(65)), Err(InvalidPath::TooLong));
        let segment = |bytes: usize| PathPattern::parse(&format!("/{}", "a".repeat(bytes)));
        assert!(segment(MAX_TEXT_BYTES).is_ok());
        assert_eq!(segment(MAX_TEXT_BYTES + 1), Err(InvalidPath::LongSegment));
    }

    #[test]
    fn joined_patterns() {
        let cases = [
            ("/", "/", r#""""#, "/"),
            ("/", "/a", r#""a""#, "/a"),
            ("/a", "/", r#""a""#, "/a"),
            ("/a", "/{b}/**", r#""a" {} **"#, "/a/{b}/**"),
        ];
        for (base, below, expected, text) in cases {
            let parse = |text| PathPattern::parse(text).unwrap();
            let joined = parse(base).join(&parse(below)).unwrap();
            assert_eq!((shape(&joined).as_str(), joined.to_string().as_str()), (expected, text));
        }
        let long = PathPattern::parse(&"/a".repeat(64)).unwrap();
        assert_eq!(long.join(&PathPattern::parse("/a").unwrap()), Err(InvalidPath::TooLong));
        assert_eq!(PathPattern::root().with_rest().to_string(), "/**");
    }
}
