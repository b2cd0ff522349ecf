//! What a denied caller gets: a status, a challenge where one is due, and a problem document
//! that does not say which check failed.

use policy_table::settings::CredentialSource;
use policy_table::{Decision, Reason, Table};

/// A local reply.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// For operators only: becomes the response-code details of the host.
    pub details: &'static str,
    /// Names and values of the header fields.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// What operators read when the host refused what the filter asked of it.
pub const HOST_CALL_FAILED: &str = "host_call_failed";

impl Reply {
    /// The reply to a request that `decision` denies; `None` where it goes on.
    #[must_use]
    pub fn new(table: &Table<'_>, decision: &Decision) -> Option<Self> {
        let status = decision.reason.status()?;
        let mut reply = Self::problem(status, decision.reason.code());
        if status == 401 {
            let challenges = challenges(table, decision.reason);
            reply.headers.extend(challenges.map(|challenge| ("www-authenticate", challenge)));
        }
        if decision.reason == Reason::MethodNotAllowed {
            let methods: Vec<&str> = table.method_names(decision.allowed_methods).collect();
            reply.headers.push(("allow", methods.join(", ")));
        }
        Some(reply)
    }

    /// The reply while there is no table to ask.
    #[must_use]
    pub fn table_unavailable() -> Self {
        Self::problem(503, Reason::TableUnavailable.code())
    }

    /// The reply where a host call failed on which the decision depends: fail closed.
    #[must_use]
    pub fn host_call_failed() -> Self {
        Self::problem(503, HOST_CALL_FAILED)
    }

    /// RFC 9457; no cache may keep it, since the next request may be decided otherwise.
    fn problem(status: u16, details: &'static str) -> Self {
        let title = title(status);
        Self {
            status,
            details,
            headers: vec![
                ("content-type", "application/problem+json".into()),
                ("cache-control", "no-store".into()),
            ],
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
        429 => "Too Many Requests",
        _ => "Service Unavailable",
    }
}
