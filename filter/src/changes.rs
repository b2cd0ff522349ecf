//! What happens to the header fields of a request that goes on: the credential leaves, names of
//! client, key and collection come, and nobody can send those names himself.

use std::borrow::Cow;

use policy_table::settings::{CredentialSource, Settings};
use policy_table::{
    ClientIndex, CollectionIndex, Decision, KeyIndex, Label, Reason, Request, Table, Verdict,
    cookie_name, is_query_credential, is_whole_field_credential, query_parameters, split_query,
};

use crate::settings::Mode;

mod lookalikes;
use lookalikes::Lookalikes;

/// A change to one header field.
#[derive(Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// The field is there once, with this value.
    Replace(&'a str, Cow<'a, [u8]>),
    /// The field is not there.
    Remove(&'a str),
}

/// The changes that a table asks for.
#[derive(Debug)]
pub struct Changes {
    /// Whether credentials are removed. In shadow mode they stay, because what checks them today
    /// still needs them.
    strips: bool,
    /// Whether any name is forwarded.
    forwards: bool,
    lookalikes: Lookalikes,
}

impl Changes {
    /// Those of a table in this mode; `None` where no request is ever changed, which is in shadow mode alone.
    #[must_use]
    pub fn of(settings: &Settings<'_>, mode: Mode) -> Option<Self> {
        let forward = settings.forward;
        let forwarded = [forward.client, forward.key, forward.collection].into_iter().flatten();
        let enforces = mode == Mode::Enforce;
        let strips = settings.strip_credential && enforces;
        let stripped = settings.credentials.iter().filter(|_| strips);
        let stripped = stripped.filter_map(|source| match source {
            CredentialSource::Header(name) => Some(*name),
            _ => None,
        });
        let forwards = forwarded.clone().next().is_some();
        (enforces || forwards).then(|| Self {
            strips,
            forwards,
            lookalikes: Lookalikes::of(forwarded, stripped, enforces),
        })
    }

    /// Whether there may be anything to do about a request.
    #[must_use]
    pub fn concern<R: Request>(&self, request: &R) -> bool {
        self.strips || self.forwards || self.lookalikes.may_be_in(request)
    }

    /// Makes the changes to a request that goes on. One that would be denied, in shadow mode, gets no
    /// names.
    ///
    /// # Errors
    /// Those of `make`, after which no further change is made.
    pub fn make<R: Request, E>(
        &self,
        table: &Table<'_>,
        decision: &Decision,
        request: &R,
        mut make: impl FnMut(Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let settings = table.settings();
        if self.strips {
            strip(settings, request, &mut make)?;
        }
        for name in self.lookalikes.of_request(request) {
            make(Change::Remove(name))?;
        }
        if !self.forwards {
            return Ok(());
        }
        let decision = match decision.verdict() {
            Verdict::Allow => decision,
            Verdict::Deny => &Decision::early(decision.reason),
        };
        let forward = settings.forward;
        // Looked up only where the settings ask for it.
        let names = [
            (forward.client, decision.client.map(NameOf::Client)),
            (forward.key, decision.key.map(NameOf::Key)),
            (forward.collection, decision.collection.map(NameOf::Collection)),
        ];
        for (header, name) in names {
            let Some(header) = header else { continue };
            match name {
                Some(name) => make(Change::Replace(header, name.value(table)))?,
                None if has(request, header) => make(Change::Remove(header))?,
                None => {}
            }
        }
        Ok(())
    }

    /// The change to a request that is denied, if any: access logs and traces show its path, which must not have a key.
    #[must_use]
    pub fn to_denied<R: Request>(&self, table: &Table<'_>, request: &R) -> Option<Change<'static>> {
        if self.strips { strip_query(table.settings(), request) } else { None }
    }

    /// Makes the changes to the trailers of a request, whose caller alone says what is in them.
    ///
    /// # Errors
    /// As of [`make`](Self::make).
    pub fn make_to_trailers<R: Request, E>(
        &self,
        table: &Table<'_>,
        trailers: &R,
        mut make: impl FnMut(Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for name in self.lookalikes.of_no_trailers().filter(|name| has(trailers, name)) {
            make(Change::Remove(name))?;
        }
        // A name or a credential in them is as of a request without a client.
        self.make(table, &Decision::early(Reason::Public), trailers, make)
    }
}

/// Whose name is sent.
enum NameOf {
    Client(ClientIndex),
    Key(KeyIndex),
    Collection(CollectionIndex),
}

impl NameOf {
    fn value<'a>(self, table: &Table<'a>) -> Cow<'a, [u8]> {
        let label = match self {
            Self::Client(client) => table.client_name(client),
            Self::Key(key) => table.key_name(key),
            Self::Collection(collection) => Label::Name(table.collection_name(collection)),
        };
        match label {
            Label::Name(name) => Cow::Borrowed(name.as_bytes()),
            // A table has the names that it forwards; an id would say who it is, too.
            Label::Id(id) => Cow::Owned(id.as_bytes().to_vec()),
        }
    }
}

/// Removes every credential from where the document says that one may stand.
fn strip<R: Request, E>(
    settings: &Settings<'_>,
    request: &R,
    make: &mut impl FnMut(Change<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let sources = &settings.credentials;
    let carried = |source: &CredentialSource<'_>, field: &str| {
        let mut values = request.values(field.as_bytes());
        values.any(|value| is_whole_field_credential(source, field.as_bytes(), value))
    };
    for (position, source) in sources.iter().enumerate() {
        let Some(field) = source.field() else { continue };
        // Once is enough, and a host may refuse to remove what is not there.
        let before =
            |other: &CredentialSource<'_>| other.field() == Some(field) && carried(other, field);
        if carried(source, field) && !sources.iter().take(position).any(before) {
            make(Change::Remove(field))?;
        }
    }
    if let Some(change) = strip_cookies(settings, request) {
        make(change)?;
    }
    strip_query(settings, request).map_or(Ok(()), make)
}

/// The cookies that are left, as one field; `None` where none has to go.
#[inline(never)]
fn strip_cookies<R: Request>(settings: &Settings<'_>, request: &R) -> Option<Change<'static>> {
    // Most policies have none there: no field has to be looked at.
    if !settings.credentials.iter().any(|source| matches!(source, CredentialSource::Cookie(_))) {
        return None;
    }
    let is_credential = |cookie: &[u8]| {
        settings.credentials.iter().any(
            |source| matches!(source, CredentialSource::Cookie(name) if name.as_bytes() == cookie),
        )
    };
    let cookies = || request.values(b"cookie").flat_map(|field| field.split(|byte| *byte == b';'));
    let is_one = |text: &&[u8]| is_credential(cookie_name(text));
    if !cookies().any(|text| is_one(&text)) {
        return None;
    }
    let mut left = Vec::new();
    for text in cookies().filter(|text| !is_one(text)).map(<[u8]>::trim_ascii) {
        if !text.is_empty() {
            if !left.is_empty() {
                left.extend(*b"; ");
            }
            left.extend_from_slice(text);
        }
    }
    Some(match left.is_empty() {
        true => Change::Remove("cookie"),
        false => Change::Replace("cookie", left.into()),
    })
}

/// Path and query without the parameters that carry a credential, the rest as it stood; `None`
/// where there is none.
#[inline(never)]
fn strip_query<R: Request>(settings: &Settings<'_>, request: &R) -> Option<Change<'static>> {
    if !settings.credentials.iter().any(|source| matches!(source, CredentialSource::Query(_))) {
        return None;
    }
    let is_credential = |parameter: &[u8]| {
        settings
            .credentials
            .iter()
            .any(|source| matches!(source, CredentialSource::Query(name) if is_query_credential(name, parameter)))
    };
    let (path, query) = split_query(request.path());
    let query = query?;
    if !query_parameters(query).any(|(name, _)| is_credential(name)) {
        return None;
    }
    let is_one = |text: &&[u8]| query_parameters(text).any(|(name, _)| is_credential(name));
    let left: Vec<&[u8]> = query.split(|byte| *byte == b'&').filter(|text| !is_one(text)).collect();
    let mut stripped = path.to_vec();
    if !left.is_empty() {
        stripped.push(b'?');
        stripped.extend(left.join(&b'&'));
    }
    Some(Change::Replace(":path", stripped.into()))
}

fn has<R: Request>(request: &R, header: &str) -> bool {
    request.values(header.as_bytes()).next().is_some()
}

#[cfg(test)]
mod tests;
