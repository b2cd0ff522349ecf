//! Requests that are not as they should be. Nothing is taken away from a request, so that one
//! that was denied has no more right to pass than before.

use super::Trial;
use crate::request::Request;

/// Every malformed form of a request, with the words for it.
pub(super) fn forms(request: &Request) -> Vec<(Trial, Request)> {
    let mut forms: Vec<(&'static str, String, Request)> = vec![
        (
            "not_utf8",
            "a header whose value is not UTF-8".to_owned(),
            request.clone().header("x-torment", b"\xff\xfe\x80"),
        ),
        (
            "not_utf8",
            "a header whose name is not UTF-8".to_owned(),
            request.clone().header(b"x-\xff\xfe", b"1"),
        ),
        ("empty", "an empty header".to_owned(), request.clone().header("x-torment", "")),
        ("empty", "a header without a name".to_owned(), request.clone().header("", "1")),
        (
            "not_utf8",
            "a cookie that is not UTF-8".to_owned(),
            request.clone().header("cookie", b"\xff=\xfe; =; ;;\x80"),
        ),
        (
            "giant",
            "a header of 64 KiB".to_owned(),
            request.clone().header("x-torment", vec![b'a'; 64 << 10]),
        ),
        (
            "giant",
            "a header of 2 MiB".to_owned(),
            request.clone().header("x-torment", vec![b'a'; 2 << 20]),
        ),
        (
            "giant",
            "a header name of 64 KiB".to_owned(),
            request.clone().header(vec![b'n'; 64 << 10], b"1"),
        ),
        (
            "many",
            "2,000 headers more".to_owned(),
            (0..2000).fold(request.clone(), |request, number| {
                request.header(format!("x-torment-{number}"), "1")
            }),
        ),
        (
            "repeated",
            "one header 500 times".to_owned(),
            (0..500).fold(request.clone(), |request, _| request.header("x-torment", "1")),
        ),
        ("not_utf8", "a query that is not UTF-8".to_owned(), with_query(request, b"\xff\xfe")),
        ("not_utf8", "a query with a broken escape".to_owned(), with_query(request, b"%zz=%")),
        ("giant", "a query of 64 KiB".to_owned(), with_query(request, &[b'q'; 64 << 10])),
    ];
    forms.extend(of_each_header(request));
    forms
        .into_iter()
        .map(|(kind, words, request)| (Trial::Malformed(kind, words), request))
        .collect()
}

/// Pseudo headers stay as they are: no proxy lets more than one of them in.
fn of_each_header(request: &Request) -> Vec<(&'static str, String, Request)> {
    let headers: Vec<(Vec<u8>, Vec<u8>)> = request
        .headers
        .iter()
        .filter(|(name, _)| !name.starts_with(b":"))
        .map(|(name, value)| (name.to_vec(), value.to_vec()))
        .collect();
    let mut forms = Vec::new();
    for (index, (name, value)) in headers.iter().enumerate() {
        let shown = String::from_utf8_lossy(name).into_owned();
        let changed = |value: &[u8]| with_value(request, &headers, index, value);
        let more = |value: &[u8]| request.clone().header(name, value);
        let broken = [value, b"\xff".as_slice()].concat();
        let padded = [value.clone(), vec![b'a'; 64 << 10]].concat();
        forms.extend([
            ("repeated", format!("`{shown}` twice"), more(value)),
            ("repeated", format!("`{shown}` twice, the second empty"), more(b"")),
            ("repeated", format!("`{shown}` twice, the second not UTF-8"), more(b"\xff")),
            ("not_utf8", format!("a byte behind `{shown}` that is not UTF-8"), changed(&broken)),
            ("giant", format!("64 KiB behind `{shown}`"), changed(&padded)),
        ]);
    }
    forms
}

/// The request with another value for one of its headers.
fn with_value(
    request: &Request,
    headers: &[(Vec<u8>, Vec<u8>)],
    changed: usize,
    value: &[u8],
) -> Request {
    let bare =
        headers.iter().fold(request.clone(), |request, (name, _)| request.without_header(name));
    headers.iter().enumerate().fold(bare, |request, (index, (name, old))| {
        request.header(name, if index == changed { value } else { old })
    })
}

fn with_query(request: &Request, more: &[u8]) -> Request {
    let path = request.headers.first(":path").unwrap_or_default();
    let mark: &[u8] = if path.contains(&b'?') { b"&" } else { b"?" };
    let path = [path, mark, more].concat();
    let mut request = request.clone();
    request.headers.set_in_place(":path", &path);
    request
}
