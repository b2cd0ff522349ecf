//! Fields that nobody may send: an upstream may take them for those that only the filter writes, for those
//! that no upstream gets, or for what its own server says.

use policy_table::{NameLengths, OTHER_TARGETS, OVERRIDES, Request, is_lookalike};

/// A variable of CGI (RFC 3875, section 4.1.13) in the place of a field: a server that takes it for its proxy's
/// word (gunicorn does, from peers that it trusts) takes the prefix that it names off the path, and what is
/// left is not what was judged.
const SCRIPT_NAME: &str = "script_name";

/// What grpc-gateway takes off the name of a field, and hands the rest to the service as if that had been sent.
const OF_GRPC_GATEWAY: &str = "grpc-metadata-";

/// The names of such fields, in lower case.
#[derive(Debug)]
pub(super) struct Lookalikes {
    headers: Vec<Box<str>>,
    /// Whether the headers are dashed, as nearly all are: a name that is dashed, too, is one of them or like none.
    dashed: bool,
    /// Names that are like none of the headers, and say the same.
    others: Vec<Box<str>>,
    /// Of those that are dashed.
    of_others: NameLengths,
    /// Whether headers that make another request are among them.
    of_requests: bool,
    lengths: NameLengths,
}

impl Lookalikes {
    /// Of the headers that have names `forwarded` and of those that are `stripped`, and with them of those that make
    /// another request of one.
    pub(super) fn of<'h>(
        forwarded: impl Iterator<Item = &'h str> + Clone,
        stripped: impl Iterator<Item = &'h str>,
        of_requests: bool,
    ) -> Self {
        let overrides = OVERRIDES.into_iter().filter(|_| of_requests);
        let others: Vec<Box<str>> = forwarded
            .clone()
            .map(|header| format!("{OF_GRPC_GATEWAY}{header}").into())
            .chain(of_requests.then(|| SCRIPT_NAME.into()))
            .collect();
        let headers: Vec<Box<str>> =
            forwarded.chain(stripped).chain(overrides).map(Box::from).collect();
        Self {
            dashed: headers.iter().all(|header| is_dashed(header.as_bytes())),
            of_others: lengths(others.iter().filter(|other| is_dashed(other.as_bytes()))),
            lengths: lengths(headers.iter().chain(&others)),
            headers,
            others,
            of_requests,
        }
    }

    /// Whether one may be among the fields of a request. Nearly never, and that is seen by the marks in their names.
    pub(super) fn may_be_in<R: Request>(&self, request: &R) -> bool {
        self.candidates(request).next().is_some()
    }

    /// The names of the fields of a request that may be one of them.
    fn candidates<'r, R: Request>(&self, request: &'r R) -> impl Iterator<Item = &'r [u8]> {
        let names = request.headers_of(self.lengths).map(|(name, _)| name);
        names
            .filter(|name| self.of_others.contains(name.len()) || !(self.dashed && is_dashed(name)))
    }

    /// The names of the fields of a request that are none of the headers, but may be taken for one, or for a server's;
    /// of neighbours with the same name one. To look for all that are the same would cost the square of their number,
    /// which a caller chooses.
    pub(super) fn of_request<'r, R: Request>(
        &self,
        request: &'r R,
    ) -> impl Iterator<Item = &'r str> {
        let mut before: &[u8] = &[];
        self.candidates(request)
            .filter(move |name| !core::mem::replace(&mut before, name).eq_ignore_ascii_case(name))
            .filter(|name| self.has(name))
            // What is like the name of a header is text, as that is.
            .filter_map(|name| core::str::from_utf8(name).ok())
    }

    /// Whether a name is of such a field, and of no header.
    fn has(&self, name: &[u8]) -> bool {
        let same = |other: &str| other.as_bytes().eq_ignore_ascii_case(name);
        !self.headers.iter().any(|header| same(header))
            && (self.headers.iter().any(|header| is_lookalike(header.as_bytes(), name))
                || self.others.iter().any(|other| same(other)))
    }

    /// What no trailers may have, where that counts: it would be read after what was judged (RFC 9110, section 6.5.1). As
    /// headers these are for the proxy to remove, which leaves trailers alone.
    pub(super) fn of_no_trailers(&self) -> impl Iterator<Item = &'static str> {
        let names = OVERRIDES.iter().chain(&OTHER_TARGETS).chain(&["host"]).copied();
        names.filter(|_| self.of_requests)
    }
}

fn lengths(names: impl Iterator<Item: AsRef<str>>) -> NameLengths {
    names.fold(NameLengths::NONE, |all, name| all.and(name.as_ref().as_bytes()))
}

/// Whether a name is of letters in lower case, digits and dashes.
fn is_dashed(name: &[u8]) -> bool {
    name.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
