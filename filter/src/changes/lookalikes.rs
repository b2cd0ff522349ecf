//! Fields that an upstream may take for those that only the filter writes, or that no upstream gets.

use policy_table::{NameLengths, Request, is_lookalike};

/// The names of such headers, in lower case.
#[derive(Debug)]
pub(super) struct Lookalikes {
    headers: Vec<Box<str>>,
    lengths: NameLengths,
}

impl Lookalikes {
    /// Of these headers.
    pub(super) fn of<'h>(headers: impl Iterator<Item = &'h str>) -> Self {
        let headers: Vec<Box<str>> = headers.map(Box::from).collect();
        let all = NameLengths::NONE;
        let lengths = headers.iter().fold(all, |lengths, header| lengths.and(header.as_bytes()));
        Self { headers, lengths }
    }

    /// The names, each once, of the fields of a request that are none of the headers, but may be
    /// taken for one.
    pub(super) fn of_request<'r, R: Request>(&self, request: &'r R) -> Vec<&'r str> {
        let mut found: Vec<&str> = Vec::new();
        for (name, _) in request.headers_of(self.lengths) {
            let same = |other: &str| other.as_bytes().eq_ignore_ascii_case(name);
            if self.headers.iter().any(|header| is_lookalike(header.as_bytes(), name))
                && !self.headers.iter().any(|header| same(header))
                && !found.iter().copied().any(same)
            {
                // What is like the name of a header is text, as that is.
                found.extend(core::str::from_utf8(name));
            }
        }
        found
    }
}
