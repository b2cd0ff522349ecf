//! What a denied caller gets: a status, a challenge where one is due, and a problem document
//! that does not say which check failed.

use std::borrow::Cow;

use policy_table::settings::CredentialSource;
use policy_table::{Decision, Reason, Table};

use crate::pairs::serialize;

/// A local reply, in the form in which the host takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// For operators only: becomes the response-code details of the host.
    pub details: &'static str,
    /// The header fields, as [`serialize`] writes them.
    pub headers: Vec<u8>,
    /// The body.
    pub body: String,
}

/// What operators read when the host refused what the filter asked of it.
pub const HOST_CALL_FAILED: &str = "host_call_failed";

/// The replies of one table, made before they are needed: a denial must not cost more than what it
/// keeps away.
pub struct Replies {
    /// In the order of [`Reason::ALL`].
    by_reason: Vec<Option<Reply>>,
}

impl Replies {
    /// Makes those that depend on nothing but the reason.
    #[must_use]
    pub fn new(table: &Table<'_>) -> Self {
        let reply = |reason: &Reason| match reason {
            Reason::MethodNotAllowed => None,
            _ => Reply::new(table, &Decision::early(*reason)),
        };
        Self { by_reason: Reason::ALL.iter().map(reply).collect() }
    }

    /// The reply to a request that `decision` denies by this table; `None` where it goes on.
    #[must_use]
    pub fn get(&self, table: &Table<'_>, decision: &Decision) -> Option<Cow<'_, Reply>> {
        // Reasons are numbered in the order of `Reason::ALL`.
        match self.by_reason.get(decision.reason as usize) {
            Some(Some(reply)) => Some(Cow::Borrowed(reply)),
            _ => Reply::new(table, decision).map(Cow::Owned),
        }
    }
}

impl Reply {
    /// The reply to a request that `decision` denies; `None` where it goes on.
    fn new(table: &Table<'_>, decision: &Decision) -> Option<Self> {
        let status = decision.reason.status()?;
        let mut fields = Vec::new();
        if status == 401 {
            let challenges = challenges(table, decision.reason);
            fields.extend(challenges.map(|challenge| ("www-authenticate", challenge)));
        }
        if decision.reason == Reason::MethodNotAllowed {
            let methods: Vec<&str> = table.allow(decision.allowed_methods).collect();
            fields.push(("allow", methods.join(", ")));
        }
        Some(Self::problem(status, decision.reason.code(), &fields))
    }

    /// The reply while there is no table to ask.
    #[must_use]
    pub fn table_unavailable() -> Self {
        Self::problem(503, Reason::TableUnavailable.code(), &[])
    }

    /// The reply where a host call failed on which the decision depends: fail closed.
    #[must_use]
    pub fn host_call_failed() -> Self {
        Self::problem(503, HOST_CALL_FAILED, &[])
    }

    /// RFC 9457; no cache may keep it, since the next request may be decided otherwise.
    fn problem(status: u16, details: &'static str, more: &[(&'static str, String)]) -> Self {
        let title = title(status);
        let fields = [("content-type", "application/problem+json"), ("cache-control", "no-store")];
        let more = more.iter().map(|(name, value)| (*name, value.as_str()));
        let fields: Vec<(&str, &str)> = fields.into_iter().chain(more).collect();
        Self {
            status,
            details,
            headers: serialize(&fields),
            body: format!(r#"{{"type":"about:blank","title":"{title}","status":{status}}}"#),
        }
    }
}

/// A challenge for each scheme in which a credential may come (RFC 9110, section 11.6.1). For
/// keys in a header, the query or a cookie no scheme is registered: one `ApiKey` stands for all.
fn challenges(table: &Table<'_>, reason: Reason) -> impl Iterator<Item = String> {
    let settings = table.settings();
    let realm = settings.realm;
    let has = |wanted: fn(&CredentialSource<'_>) -> bool| settings.credentials.iter().any(wanted);
    // RFC 6750, section 3.1: no error code where nothing was sent.
    let error = if reason == Reason::CredentialMissing { "" } else { r#", error="invalid_token""# };
    let bearer = has(|source| matches!(source, CredentialSource::Bearer));
    let basic = has(|source| matches!(source, CredentialSource::Basic { .. }));
    let other = !(bearer || basic)
        || has(|source| {
            matches!(
                source,
                CredentialSource::Header(_)
                    | CredentialSource::Query(_)
                    | CredentialSource::Cookie(_)
            )
        });
    [
        bearer.then(|| format!(r#"Bearer realm="{realm}"{error}"#)),
        basic.then(|| format!(r#"Basic realm="{realm}", charset="UTF-8""#)),
        other.then(|| format!(r#"ApiKey realm="{realm}""#)),
    ]
    .into_iter()
    .flatten()
}

/// The title that a problem of type `about:blank` has: the status phrase of RFC 9110, section 15.
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        425 => "Too Early",
        429 => "Too Many Requests",
        _ => "Service Unavailable",
    }
}

#[cfg(test)]
mod tests {
    use policy_table::write::TableWriter;

    use super::*;

    #[test]
    fn a_reply_made_before_is_the_one_made_now() {
        let bytes = TableWriter::new(crate::settings::tests::settings()).finish().unwrap();
        let table = Table::from_bytes(&bytes).unwrap();
        let replies = Replies::new(&table);
        for reason in Reason::ALL {
            let decision = Decision::early(*reason);
            let reply = replies.get(&table, &decision);
            assert_eq!(reply.as_deref(), Reply::new(&table, &decision).as_ref(), "{reason:?}");
            assert_eq!(reply.map(|reply| reply.status), reason.status(), "{reason:?}");
        }
    }
}
